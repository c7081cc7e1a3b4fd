/* The worker that learns, so that the page goes on answering: one piece of work at a time, asked
 * for and told about in messages. lab.js is the other end. */

import { lessonImages, openGraphs, see, study, weightsOf, withWeights } from "./graphs.js";
import { openModel } from "./models.js";
import { readTensors } from "./patch.js";
import { relearn } from "./relearn.js";
import { startRuntime, toFloats } from "./runtime.js";
import { unlearn } from "./unlearn.js";

const [BATCH, PIXELS] = [250, 784];
const BREATH = 30; // ms of work between looks at what came meanwhile

/**
 * What lies ready once it has started.
 * @typedef {object} Desk
 * @property {Graphs} graphs
 * @property {Uint8Array} base before.onnx
 * @property {Tensors} images the pool's, and those of a run's curves
 * @property {Pool} pool
 * @property {Seen} watched
 */
/** @typedef {{ id: number, kind: string, [more: string]: any }} Asked */

/** @typedef {{ onmessage: unknown, postMessage(data: object): void }} Scope */

const scope = /** @type {Scope} */ (/** @type {unknown} */ (globalThis));
/** @type {Desk | null} */
let desk = null;
/** Work that nobody waits for any more.
 * @type {Set<number>} */
const stopped = new Set();

/** @param {number} id */
function breather(id) {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < BREATH) return;
    await new Promise((done) => setTimeout(done));
    if (stopped.delete(id)) throw new Error("stopped");
    last = performance.now();
  };
}

/** @type {Record<string, (asked: Asked, tell: (news: object) => void) => Promise<object>>} */
const work = {
  /** Look at the pool through the original's eyes: once. */
  async start({ wasm, graphs: files, about, pool, base }, tell) {
    startRuntime(wasm);
    const graphs = openGraphs(readTensors(files), about);
    const images = readTensors(pool);
    const weights = weightsOf(base, about.tensors);
    const told = (/** @type {number} */ share) => tell({ share });
    const studied = await study(graphs, weights, images.pixels, images.label, told);
    const watched = await see(graphs, weights, images.watched_pixels, images.watched_label);
    desk = { graphs, base, images, pool: studied, watched };
    return {};
  },

  /** Forget: settings → the new model's bytes, certificate and curves. */
  async forget({ id, settings }, tell) {
    const { graphs, base, pool, watched } = ready();
    const start = performance.now();
    const told = (/** @type {RunRecord} */ record) => tell({ record });
    const done = await unlearn(graphs, pool, watched, settings, told, breather(id));
    const seconds = (performance.now() - start) / 1000;
    const onnx = withWeights(base, graphs.about.tensors, done.weights);
    const moved = graphs.about.dense.map((layer) => {
      const name = `${layer}.weight`;
      return { layer, before: pool.weights[name], after: done.weights[name] };
    });
    return { onnx, mask: done.mask, history: done.history, moved, seconds };
  },

  /** A model's answers to test images. */
  async measure({ id, onnx, pixels }, tell) {
    const breathe = breather(id);
    const model = await openModel(onnx, "the model");
    const count = pixels.length / PIXELS;
    const answered = new Uint8Array(count);
    for (let from = 0; from < count; from += BATCH) {
      await breathe();
      const to = Math.min(count, from + BATCH);
      const floats = toFloats(pixels.subarray(from * PIXELS, to * PIXELS));
      const found = await model.askAll(floats, to - from);
      const classes = found.length / (to - from);
      for (let i = from; i < to; i += 1) {
        const row = found.subarray((i - from) * classes, (i - from + 1) * classes);
        answered[i] = row.indexOf(Math.max(...row));
      }
      tell({ share: to / count });
    }
    model.close();
    return { answered };
  },

  /** Bring a class back: by `count` images of the pool, or by `drawings` of the visitor. */
  async relearn({ id, onnx, digit, count, drawings, test }, tell) {
    const { graphs, images } = ready();
    const { about } = graphs;
    const breathe = breather(id);
    const weights = weightsOf(onnx, about.tensors);
    const { taught, retained, watched } = lessonImages(images, test, digit, count, about);
    if (drawings) {
      taught.pixels = drawings;
      taught.labels = new Array(drawings.length / PIXELS).fill(digit);
    }
    const parts = [];
    for (const { pixels, labels } of [taught, retained, watched])
      parts.push(await see(graphs, weights, pixels, labels, breathe));
    const [some, others, shown] = parts;
    const settings = { ...about.lesson, forget_class: digit };
    const told = (/** @type {LessonPoint} */ point) => tell({ point });
    const start = performance.now();
    const done = await relearn(graphs, weights, some, others, shown, settings, told, breathe);
    const seconds = (performance.now() - start) / 1000;
    return { onnx: withWeights(onnx, about.tensors, done.weights), curve: done.curve, seconds };
  },
};

/** What lies ready; work comes after `start`. */
function ready() {
  if (!desk) throw new Error("the learner has not started");
  return desk;
}

/** One after the other: sessions of a runtime do not run at once.
 * @type {Promise<void>} */
let last = Promise.resolve();
scope.onmessage = (/** @type {{ data: Asked }} */ { data }) => {
  const { id, kind } = data;
  if (kind === "stop") {
    stopped.add(data.which);
    return;
  }
  const tell = (/** @type {object} */ news) => scope.postMessage({ id, news });
  last = last
    .then(() => work[kind](data, tell))
    .then(
      (result) => scope.postMessage({ id, result }),
      (error) => scope.postMessage({ id, error: String(error?.message ?? error) }),
    );
};
