/* Models to compare with, for each digit: retrained without it, or with its output switched off.
 * The twin of forgetdemo/predict/compared.py. */

import { withWeights, weightsOf } from "./graphs.js";
import { readTensors } from "./patch.js";
import { sha256 } from "./sha256.js";

const INDEX = "compared.json";

/** Titles that name the class, as in forgetdemo/predict/entry.py.
 * @type {Record<string, (name: string) => string>} */
const NAMED = {
  oracle: (name) => `Retrained without ${name}${name.length === 1 ? "s" : ""}`,
  logit_mask: (name) => `Original, output ${name} switched off`,
};

/**
 * A column's title: "Retrained without 4s".
 * @param {string} kind
 * @param {string} name of the class
 * @param {string} otherwise
 */
export const titleOf = (kind, name, otherwise) => NAMED[kind]?.(name) ?? otherwise;

/**
 * An exported model with one output switched off: its row of weights 0, its bias far below all.
 * @param {Uint8Array} base
 * @param {Weight[]} tensors
 * @param {number} digit
 * @param {number} bias
 */
export function masked(base, tensors, digit, bias) {
  const weights = weightsOf(base, tensors);
  const [row, offset] = [".weight", ".bias"].map((part) => {
    const { name } = /** @type {Weight} */ (tensors.findLast((one) => one.name.endsWith(part)));
    return weights[name];
  });
  const width = row.dims[1];
  row.data.fill(0, digit * width, (digit + 1) * width);
  offset.data[digit] = bias;
  return withWeights(base, tensors, weights);
}

/**
 * @param {Store} store
 */
export function openCompared(store) {
  /** @returns {Promise<ComparedIndex>} */
  const index = () => store.json(INDEX);
  return {
    isHere: store.has(INDEX),
    index,
    /**
     * A network as an ONNX file, verified.
     * @param {string} kind
     * @param {number} digit
     * @throws {Error} one sentence
     */
    async onnx(kind, digit) {
      const [about, base] = await Promise.all([index(), store.bytes("before.onnx")]);
      if (kind === "logit_mask") return masked(base, about.tensors, digit, about.masked);
      const row = about.networks[`${kind}-${digit}`];
      if (!row) throw new Error(`No such model was shipped for ${digit}.`);
      const arrays = readTensors(await store.bytes(row.file));
      const weights = Object.fromEntries(
        about.tensors.map(({ name, shape }) => {
          const data = /** @type {Float32Array} */ (arrays[name]);
          return [name, { data, dims: shape }];
        }),
      );
      const whole = withWeights(base, about.tensors, weights);
      if ((await sha256(whole)) !== row.onnx_sha256)
        throw new Error(`${row.file} does not give the model it should: reload the page.`);
      return whole;
    },
  };
}
