/* How sure each model is of one drawing. The same as forgetdemo/views/sure.py. */

const STRANGE = "This does not look like a digit: the answers mean little.";

/**
 * The digits that cannot be excluded, most probable first; none where all can be.
 * @param {number[]} probabilities
 * @param {number} least
 */
export const candidates = (probabilities, least) =>
  [...probabilities.keys()]
    .sort((a, b) => probabilities[b] - probabilities[a] || a - b)
    .filter((digit) => probabilities[digit] >= least);

/**
 * The record of the `sureness` view.
 * @param {Sure} sure
 * @param {Column[]} columns with roles
 * @param {number | null} energy of the drawing in the original; null: it is blank
 * @returns {Sureness}
 */
export const surenessOf = (sure, columns, energy) => ({
  doubt: energy !== null && energy < sure.energy ? STRANGE : "",
  columns: columns.map(({ title, role, classes, probabilities }) => ({
    title,
    role,
    asked: probabilities !== null,
    sets: Object.entries(sure.least).map(([level, least]) => ({
      level,
      names: probabilities ? candidates(probabilities, least).map((digit) => classes[digit]) : [],
    })),
  })),
});
