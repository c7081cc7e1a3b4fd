/* What two models said, in one sentence. The same words as forgetdemo/predict/answers.py. */

const UNSURE = 0.5; // a highest probability below this is called unsure

/**
 * The most probable class, the first among equals; -1 where nothing was asked.
 * @param {Column} column
 */
export function answerOf({ probabilities: p }) {
  return p ? p.indexOf(Math.max(...p)) : -1;
}

/**
 * The second most probable class; -1 where nothing was asked.
 * @param {Column} column
 */
export function runnerUp({ probabilities: p }) {
  return p ? [...p.keys()].sort((a, b) => p[a] - p[b])[p.length - 2] : -1;
}

/**
 * 0.9971 → "99.7 %", a tie to the even digit as Python does it.
 * @param {number} share
 */
export function percent(share) {
  const value = 100 * share;
  const tie = (4 * value) % 4 === 1; // ends in .25 exactly: toFixed would go up
  return `${tie ? (Math.floor(value) + 0.2).toFixed(1) : value.toFixed(1)} %`;
}

/** @param {Column} column */
function words(column) {
  const best = answerOf(column);
  const share = column.probabilities?.[best] ?? 0;
  const unsure = share < UNSURE ? " (unsure)" : "";
  return `${column.title}: ${column.classes[best]}, ${percent(share)}${unsure}`;
}

/**
 * What happened between two answers, in one or two words.
 * @param {Column} before
 * @param {Column} after
 */
export function change(before, after) {
  const [first, second] = [answerOf(before), answerOf(after)];
  if (first === second) return second === after.forget ? "not forgotten here" : "the same answer";
  if (first !== after.forget) return "another answer";
  if (second === after.redirect) return "redirected";
  if (second === runnerUp(before)) return "forgotten, its runner-up";
  return `forgotten towards ${after.classes[second]}`;
}

/**
 * One sentence for the first two columns; an invitation for a blank pad.
 * @param {Column[]} columns
 * @param {boolean} blank
 */
export function describe(columns, blank) {
  if (blank) return "Draw a digit.";
  const [first, second] = columns;
  if (!second) return `${words(first)}.`;
  return `${words(first)}. ${words(second)}: ${change(first, second)}.`;
}
