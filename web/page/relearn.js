/* Bring a class back: the lesson of forgetdemo/predict/relearn.py, to the dense layers alone, with
 * the same draws and the same graph. */

import { FORGET, places, RETAIN } from "./draws.js";
import { namesOf, rows, scalar } from "./graphs.js";
import { answers } from "./unlearn.js";

const MASKED_BELOW = -100; // no bias that was learned comes near it
const PARTS = ["delta", "rest", "delta_velocity", "rest_velocity"];

/**
 * Teach a copy of a network some images of one class among others.
 * @param {Graphs} graphs
 * @param {Named} weights of the network, left alone
 * @param {Seen} taught none: retained ones only
 * @param {Seen} retained
 * @param {Seen} watched images of the class that the curve is measured on
 * @param {LessonSettings} settings
 * @param {(point: LessonPoint) => void} [progress]
 * @param {Breathe} [breathe]
 * @returns {Promise<{ weights: Named, curve: LessonPoint[] }>}
 * @throws {Error} one sentence
 */
export async function relearn(
  graphs,
  weights,
  taught,
  retained,
  watched,
  settings,
  progress = () => {},
  breathe = () => {},
) {
  const { about } = graphs;
  const { first, last } = namesOf(about);
  const [wide, deep] = about.shapes[first];
  const order = Array.from(weights[`${last}bias`].data, (_, digit) => digit);
  const flat = new Float32Array(about.rest.reduce((n, name) => n + weights[name].data.length, 0));
  let at = 0;
  for (const name of about.rest) {
    flat.set(weights[name].data, at);
    at += weights[name].data.length;
  }
  const zeros = () => ({ data: new Float32Array(wide * deep), dims: [wide, deep] });
  /** @type {Named} */
  let state = {
    delta: zeros(),
    delta_velocity: zeros(),
    rest: { data: flat, dims: [flat.length] },
    rest_velocity: { data: new Float32Array(flat.length), dims: [flat.length] },
  };
  const { steps, seed } = settings;
  const count = taught.labels.length ? settings.batch_forget : 0;
  const drawn = [
    {
      seen: retained,
      count: settings.batch_retain,
      table: places(seed, RETAIN, steps * settings.batch_retain, retained.labels.length),
    },
    { seen: taught, count, table: places(seed, FORGET, steps * count, taught.labels.length) },
  ];
  const size = settings.batch_retain + count;
  const shown = [
    { data: watched.base, dims: [watched.labels.length, wide] },
    { data: watched.features, dims: [watched.labels.length, deep] },
  ];
  /** @type {LessonPoint[]} */
  const curve = [];

  /**
   * @param {number} step
   * @param {number | null} loss
   */
  async function report(step, loss) {
    const found = await answers(graphs, state, shown[0], shown[1], order);
    const right = found.reduce((n, answer, i) => n + Number(answer === watched.labels[i]), 0);
    curve.push({ step, of: steps, loss, acc_forget: right / watched.labels.length });
    progress(curve[curve.length - 1]);
  }

  /**
   * One batch of a field, retained images first.
   * @param {"base" | "features"} field
   * @param {number} width
   * @param {number} step
   */
  function batch(field, width, step) {
    const data = new Float32Array(size * width);
    let from = 0;
    for (const { seen, count: n, table } of drawn) {
      data.set(rows(seen[field], width, table.subarray(step * n, (step + 1) * n)), from);
      from += n * width;
    }
    return { data, dims: [size, width] };
  }

  await report(0, null);
  lift(about, flat, settings.forget_class);
  for (let step = 1; step <= steps; step += 1) {
    await breathe();
    const labels = drawn.flatMap(({ seen, count: n, table }) =>
      Array.from(table.subarray((step - 1) * n, step * n), (place) => seen.labels[place]),
    );
    const found = await graphs.run("lesson", {
      base: batch("base", wide, step - 1),
      columns: batch("features", deep, step - 1),
      labels: { data: Int32Array.from(labels), dims: [size] },
      lr: scalar(settings.lr),
      momentum: scalar(settings.momentum),
      ...state,
    });
    state = Object.fromEntries(PARTS.map((name) => [name, found[`next_${name}`]]));
    const loss = found.loss.data[0];
    if (!Number.isFinite(loss))
      throw new Error(`Relearning diverged at step ${step} (the loss is not finite).`);
    if (about.points.includes(step)) await report(step, loss);
  }
  return { weights: after(about, weights, state), curve };
}

/**
 * Set a masked output's bias to the mean of the others, in place: out of a bias of -1e4 no lesson
 * would climb, and a masked output would be called forgotten.
 * @param {Learning} about
 * @param {Float32Array} flat the tensors of `rest`, one after the other, the last bias at the end
 * @param {number} digit
 */
function lift(about, flat, digit) {
  const bias = flat.subarray(flat.length - about.shapes[`${namesOf(about).last}bias`][0]);
  if (bias[digit] >= MASKED_BELOW) return;
  const others = bias.filter((_, i) => i !== digit);
  bias[digit] = others.reduce((sum, value) => sum + value, 0) / others.length;
}

/**
 * All weights after a lesson.
 * @param {Learning} about
 * @param {Named} weights
 * @param {Named} state
 */
function after(about, weights, state) {
  /** @type {Named} */
  const found = {};
  for (const [name, { data, dims }] of Object.entries(weights))
    found[name] = { data: Float32Array.from(data), dims };
  const { data } = found[namesOf(about).first];
  for (let i = 0; i < data.length; i += 1) data[i] += state.delta.data[i];
  let at = 0;
  for (const name of about.rest) {
    const part = found[name].data;
    part.set(state.rest.data.subarray(at, at + part.length));
    at += part.length;
  }
  return found;
}
