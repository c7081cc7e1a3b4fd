/* The graphs of learning, and images as a network's frozen part sees them: what
 * forgetdemo/predict/steps.py does. Everything numeric is in the graphs, traced from torch. */

import { sizeOf } from "./patch.js";
import { openGraph, toFloats } from "./runtime.js";

const [PIXELS, BATCH] = [784, 250]; // of an image; images at a time, where nothing is learned

/**
 * A number as a graph takes it.
 * @param {number} value
 * @returns {Values}
 */
export const scalar = (value) => ({ data: Float32Array.of(value), dims: [] });

/**
 * Rows of a matrix, in this order.
 * @param {Float32Array} data
 * @param {number} width of a row
 * @param {ArrayLike<number>} index
 */
export function rows(data, width, index) {
  const found = new Float32Array(index.length * width);
  for (let i = 0; i < index.length; i += 1)
    found.set(data.subarray(index[i] * width, (index[i] + 1) * width), i * width);
  return found;
}

/**
 * The first dense layer's weight, and the last one's name.
 * @param {Learning} about
 */
export const namesOf = (about) => ({
  first: `${about.dense[0]}.weight`,
  last: `${about.dense[about.dense.length - 1]}.`,
});

/**
 * Open the graphs as they are needed.
 * @param {Tensors} files their bytes by name
 * @param {Learning} about
 * @returns {Graphs}
 */
export function openGraphs(files, about) {
  /** @type {Map<string, Promise<Graph>>} */
  const open = new Map();
  /** @param {string} name */
  function get(name) {
    const found = open.get(name) ?? openGraph(/** @type {Uint8Array} */ (files[name]), name);
    open.set(name, found);
    return found;
  }
  return {
    about,
    run: async (name, given) => (await get(name)).run(given),
    async featuriser(weights) {
      const bytes = Uint8Array.from(files.features);
      for (const [name, place] of Object.entries(about.places)) {
        const { data } = weights[name];
        bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), place);
      }
      return openGraph(bytes, "features");
    },
    stepOf(settings) {
      const fits = about.steps.find(
        ({ methods, redirects, ...step }) =>
          methods.includes(settings.method) &&
          (redirects === null || redirects === (settings.redirect_to !== null)) &&
          step.batch_forget === settings.batch_forget &&
          step.batch_retain === settings.batch_retain,
      );
      if (!fits) throw new Error(`No graph serves ${settings.method} with these batches.`);
      return fits.name;
    },
  };
}

/**
 * All weights of an exported model, by name: copies.
 * @param {Uint8Array} onnx
 * @param {Weight[]} tensors
 * @returns {Named}
 */
export const weightsOf = (onnx, tensors) =>
  Object.fromEntries(
    tensors.map(({ name, shape, offset }) => {
      const bytes = onnx.slice(offset, offset + 4 * sizeOf(shape));
      return [name, { data: new Float32Array(bytes.buffer), dims: shape }];
    }),
  );

/**
 * An exported model with other weights: a new array.
 * @param {Uint8Array} onnx
 * @param {Weight[]} tensors
 * @param {Named} weights
 */
export function withWeights(onnx, tensors, weights) {
  const result = new Uint8Array(onnx);
  for (const { name, offset } of tensors) {
    const { data } = weights[name];
    result.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
  }
  return result;
}

/**
 * Look at images through a network's frozen part.
 * @param {Graphs} graphs
 * @param {Named} weights of the network
 * @param {ArrayLike<number>} pixels N · 784, 0–255
 * @param {ArrayLike<number>} labels N
 * @param {Breathe} [breathe]
 * @returns {Promise<Seen>}
 */
export async function see(graphs, weights, pixels, labels, breathe = () => {}) {
  const { first } = namesOf(graphs.about);
  const [wide, deep] = weights[first].dims;
  const count = labels.length;
  const [features, base] = [new Float32Array(count * deep), new Float32Array(count * wide)];
  const featurise = await graphs.featuriser(weights);
  for (let from = 0; from < count; from += BATCH) {
    await breathe();
    const part = { from, to: Math.min(count, from + BATCH) };
    const found = await featurise.run({ pixels: batch(pixels, range(part)) });
    features.set(found.features.data, from * deep);
    const { data } = (await graphs.run("base", { features: found.features, first: weights[first] }))
      .base;
    base.set(data, from * wide);
  }
  await featurise.close();
  return { labels: Int32Array.from(labels), features, base };
}

/** @param {{ from: number, to: number }} part */
const range = ({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i);

/**
 * @param {ArrayLike<number>} pixels
 * @param {number[]} index
 * @returns {Values}
 */
function batch(pixels, index) {
  const data = new Uint8Array(index.length * PIXELS);
  index.forEach((image, i) => {
    for (let at = 0; at < PIXELS; at += 1) data[i * PIXELS + at] = pixels[image * PIXELS + at];
  });
  return { data: toFloats(data), dims: [index.length, 1, 28, 28] };
}

/**
 * Look at training images, and at the original's gradients for each class apart.
 * @param {Graphs} graphs
 * @param {Named} weights of the original
 * @param {ArrayLike<number>} pixels N · 784
 * @param {ArrayLike<number>} labels N
 * @param {(share: number) => void} [progress]
 * @returns {Promise<Pool>}
 */
export async function study(graphs, weights, pixels, labels, progress = () => {}) {
  const { first } = namesOf(graphs.about);
  const [wide, deep] = weights[first].dims;
  const count = labels.length;
  const classes = weights[`${namesOf(graphs.about).last}bias`].data.length;
  const pool = {
    labels: Int32Array.from(labels),
    features: new Float32Array(count * deep),
    base: new Float32Array(count * wide),
    logits: new Float32Array(count * classes),
    weights,
    /** @type {Record<string, Values>[]} */
    sums: Array.from({ length: classes }, () => ({})),
    counts: new Int32Array(classes),
  };
  const widths = { features: deep, base: wide, logits: classes };
  const featurise = await graphs.featuriser(weights);
  let done = 0;
  for (let digit = 0; digit < classes; digit += 1) {
    const index = range({ from: 0, to: count }).filter((i) => labels[i] === digit);
    pool.counts[digit] = index.length;
    for (let from = 0; from < index.length; from += BATCH) {
      const part = index.slice(from, from + BATCH);
      const { features } = await featurise.run({ pixels: batch(pixels, part) });
      const digits = { data: new Int32Array(part.length).fill(digit), dims: [part.length] };
      const found = await graphs.run("gradients", { ...weights, features, labels: digits });
      for (const [name, value] of Object.entries({ ...found, features })) {
        const data = /** @type {Float32Array} */ (value.data);
        if (name === "features" || name === "base" || name === "logits") {
          const width = widths[name];
          part.forEach((image, i) =>
            pool[name].set(data.subarray(i * width, (i + 1) * width), image * width),
          );
          continue;
        }
        const sum = (pool.sums[digit][name] ??= {
          data: new Float32Array(data.length),
          dims: value.dims,
        });
        for (let i = 0; i < data.length; i += 1) sum.data[i] += data[i];
      }
      done += part.length;
      progress(done / count);
    }
  }
  await featurise.close();
  return pool;
}

/**
 * The images of a lesson: the pool's first `count` of the class, the pool's others, and the test
 * images that its curve is measured on.
 * @param {Tensors} pool pixels, label
 * @param {Tensors} test pixels, label
 * @param {number} digit
 * @param {number} count
 * @param {Learning} about
 */
export function lessonImages(pool, test, digit, count, about) {
  /**
   * @param {Tensors} images
   * @param {boolean} own
   * @param {number} [most]
   */
  const some = ({ pixels, label }, own, most = Infinity) => {
    const index = range({ from: 0, to: label.length })
      .filter((i) => (label[i] === digit) === own)
      .slice(0, most);
    const found = new Uint8Array(index.length * PIXELS);
    index.forEach((image, i) =>
      found.set(
        /** @type {Uint8Array} */ (pixels).subarray(image * PIXELS, (image + 1) * PIXELS),
        i * PIXELS,
      ),
    );
    return { pixels: found, labels: Array.from(index, (i) => label[i]) };
  };
  return {
    taught: some(pool, true, count),
    retained: some(pool, false),
    watched: some(test, true, about.watched),
  };
}
