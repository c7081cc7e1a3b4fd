/* Models whose bytes were verified before they come here. */

import { applyPatch } from "./patch.js";
import { openSession, tensor, toFloats } from "./runtime.js";
import { sha256 } from "./sha256.js";

const [IMAGE, CLASSES] = [28, 10];

/**
 * Whether a tensor is this one, its batch free.
 * @param {import("../vendor/ort.wasm.min.js").Metadata} found
 * @param {string} name
 * @param {number[]} shape
 */
const same = (found, name, shape) =>
  found.name === name &&
  found.type === "float32" &&
  found.shape.length === shape.length + 1 &&
  shape.every((side, axis) => found.shape[axis + 1] === side);

/**
 * Open one model.
 * @param {Uint8Array} bytes
 * @param {string} name what the sentence calls it
 * @returns {Promise<Model>}
 * @throws {Error} one sentence
 */
export async function openModel(bytes, name) {
  const session = await openSession(bytes, name);
  const [inputs, outputs] = [session.inputMetadata, session.outputMetadata];
  const good =
    inputs.length === 1 &&
    outputs.length === 2 &&
    same(inputs[0], "pixels", [1, IMAGE, IMAGE]) &&
    ["probabilities", "logits"].every((each) =>
      outputs.some((found) => same(found, each, [CLASSES])),
    );
  if (!good) {
    await session.release();
    throw new Error(`${name} is another kind of model: export it with forgetdemo.`);
  }
  /** @type {Model["askAll"]} */
  async function askAll(floats, count) {
    const pixels = tensor({ data: floats, dims: [count, 1, IMAGE, IMAGE] });
    const result = await session.run({ pixels }, ["probabilities"]);
    return result.probabilities.data;
  }
  return {
    ask: async (pixels) => Array.from(await askAll(toFloats(pixels), 1)),
    askAll,
    async energy(pixels) {
      const input = tensor({ data: toFloats(pixels), dims: [1, 1, IMAGE, IMAGE] });
      const { logits } = await session.run({ pixels: input }, ["logits"]);
      const most = Math.max(...logits.data);
      return most + Math.log(logits.data.reduce((sum, z) => sum + Math.exp(z - most), 0));
    },
    close: () => session.release(),
  };
}

/**
 * The exact ONNX bytes of a shipped model, verified whichever way they travelled.
 * @param {SiteModel} model
 * @param {Store["bytes"]} bytes
 */
export async function shippedBytes(model, bytes) {
  const arrived = await bytes(model.file);
  const whole = model.patch ? applyPatch(await bytes("before.onnx"), arrived) : arrived;
  if ((await sha256(whole)) !== model.sha256)
    throw new Error(`${model.file} does not give the model it should: reload the page.`);
  return whole;
}
