/* What a run of this page gives, as the records that views draw: figures, curves, moved weights.
 * Words and figures as forgetdemo/views/report.py and heat.py have them. Pure functions. */

const { percent, plainPng } = forgetdemo;
const [DARK, BRIGHT] = [
  [13, 17, 28],
  [255, 196, 92],
]; // unmoved, and the layer's largest change
const TERMS = {
  loss_retain: "keep the rest",
  loss_penalty: "penalty on the class",
  loss_redirect: "pull to the substitute",
};

/** @param {number[]} row */
const sum = (row) => row.reduce((a, b) => a + b, 0);

/**
 * Accuracies of a table of truths against answers.
 * @param {number[][]} counts
 * @param {number} forget
 * @param {number | null} redirect
 */
export function measured(counts, forget, redirect) {
  const right = counts.map((row, digit) => row[digit]);
  const sizes = counts.map(sum);
  const [all, own] = [sum(sizes), sizes[forget]];
  const answered = redirect === null ? 0 : sum(counts.map((row) => row[redirect]));
  return {
    acc_forget: right[forget] / own,
    acc_retain: (sum(right) - right[forget]) / (all - own),
    acc_overall: sum(right) / all,
    ceiling: (all - own) / all,
    redirect_rate: redirect === null ? 0 : counts[forget][redirect] / own,
    precision: redirect === null || !answered ? null : counts[redirect][redirect] / answered,
    images: all,
  };
}

/**
 * The figures above everything else.
 * @param {number[][]} before
 * @param {number[][]} after
 * @param {Facts} facts
 * @param {IndexedPair | undefined} known what Python found under the same settings, where it ships
 * @returns {Headline}
 */
export function headlineOf(
  before,
  after,
  { classes, forget_class: forget, redirect_to: to },
  known,
) {
  const [old, now] = [measured(before, forget, to), measured(after, forget, to)];
  const name = classes[forget];
  /** @type {(was: number | null, is: number | null) => { before: string, after: string }} */
  const pair = (was, is) => ({
    before: was === null ? "–" : percent(was, 2),
    after: is === null ? "–" : percent(is, 2),
  });
  const python = (/** @type {number} */ share) =>
    `Python, 2,000 images a class: ${percent(share, 2)}`;
  const rows = [
    {
      name: `class ${name}`,
      ...pair(old.acc_forget, now.acc_forget),
      note: known ? python(known.acc_forget) : "share of its test images still answered right",
    },
    {
      name: "other classes",
      ...pair(old.acc_retain, now.acc_retain),
      note: known ? python(known.acc_retain) : "should stay",
    },
    {
      name: "overall",
      ...pair(old.acc_overall, now.acc_overall),
      note: `ceiling without the class: ${percent(now.ceiling, 2)}`,
    },
  ];
  if (to === null) return rows;
  return [
    ...rows,
    {
      name: `${name} answered as ${classes[to]}`,
      ...pair(old.redirect_rate, now.redirect_rate),
      note: known ? python(known.redirect_rate) : "the redirect",
    },
    {
      name: `precision of ${classes[to]}`,
      ...pair(old.precision, now.precision),
      note: `${name}s now dilute it`,
    },
  ];
}

/**
 * Accuracy of both groups, and the terms of the loss.
 * @param {RunRecord[]} history
 * @param {number} steps
 * @returns {[Curves, Curves]}
 */
export function curvesOf(history, steps) {
  const points = (/** @type {(record: RunRecord) => number} */ of) =>
    history.map((record) => [record.step, of(record)]);
  const known = Object.entries(TERMS).filter(([key]) => history[0] && key in history[0].terms);
  return [
    {
      title: "Unlearning: accuracy on held-out images",
      xLabel: "step",
      yRange: [0, 1],
      xMax: steps,
      lines: [
        { name: "forgotten class", role: "after", points: points((r) => r.acc_forget) },
        { name: "other classes", role: "other", points: points((r) => r.acc_retain) },
      ],
    },
    {
      title: "Unlearning: terms of the loss, weighted",
      xLabel: "step",
      xMax: steps,
      ...(known.length ? {} : { yRange: [0, 1] }),
      lines: known.map(([key, name]) => ({ name, points: points((r) => r.terms[key]) })),
    },
  ];
}

/**
 * A picture per dense layer of what moved; in the first, the largest change in a channel's places.
 * @param {Moved[]} layers
 * @param {number[]} maps channels, height and width of the features
 * @returns {Heat}
 */
export function heatOf(layers, maps) {
  return layers.map(({ layer, before, after }, at) => {
    const [height, deep] = before.dims;
    const each = at === 0 ? maps[1] * maps[2] : 1;
    const width = deep / each;
    const grid = new Float64Array(height * width);
    let [changed, largest] = [0, 0];
    before.data.forEach((old, i) => {
      const change = Math.abs(after.data[i] - old);
      changed += Number(change > 0);
      largest = Math.max(largest, change);
      const cell = Math.floor(i / deep) * width + Math.floor((i % deep) / each);
      grid[cell] = Math.max(grid[cell], change);
    });
    const colours = new Uint8Array(3 * grid.length);
    grid.forEach((change, cell) => {
      const share = largest ? Math.sqrt(change / largest) : 0;
      DARK.forEach((dark, channel) => {
        colours[3 * cell + channel] = Math.round(dark + (BRIGHT[channel] - dark) * share);
      });
    });
    const picture = plainPng(colours, width, height, 3);
    return { layer, picture, width, height, changed, total: before.data.length, largest };
  });
}
