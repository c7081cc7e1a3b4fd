/* onnxruntime-web, one thread, and models whose bytes were verified before they come here. */

import { applyPatch } from "./patch.js";
import { sha256 } from "./sha256.js";
import * as ort from "../vendor/ort.wasm.min.mjs";

const [IMAGE, CLASSES] = [28, 10];

/**
 * Start the runtime from its bytes; nothing else is fetched but its loader beside the page's code.
 * @param {Uint8Array} wasm
 */
export function startRuntime(wasm) {
  const loader = new URL("../vendor/ort-wasm-simd-threaded.mjs", import.meta.url);
  ort.env.wasm.numThreads = 1; // more threads need headers that plain hosts do not send
  ort.env.wasm.wasmPaths = { mjs: loader.href };
  ort.env.wasm.wasmBinary = wasm;
  ort.env.logLevel = "error";
}

/**
 * Whether a tensor is this one, its batch free.
 * @param {import("../vendor/ort.wasm.min.mjs").Metadata} found
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
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: ["wasm"],
    logSeverityLevel: 4,
  }).catch((error) => {
    if (/no available backend|WebAssembly/i.test(String(error)))
      throw new Error("This browser cannot run WebAssembly with SIMD: use a newer one.");
    throw new Error(`${name} is damaged (not an ONNX model): export it again.`);
  });
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
    const pixels = new ort.Tensor("float32", floats, [count, 1, IMAGE, IMAGE]);
    const result = await session.run({ pixels }, ["probabilities"]);
    return result.probabilities.data;
  }
  return {
    ask: async (pixels) => Array.from(await askAll(toFloats(pixels), 1)),
    askAll,
    close: () => session.release(),
  };
}

/**
 * Grey values 0–255 → what a model takes, the same float32 as Python's.
 * @param {Uint8Array} pixels
 */
export function toFloats(pixels) {
  const floats = new Float32Array(pixels.length); // a plain loop: from() takes longer than a model
  for (let i = 0; i < floats.length; i += 1) floats[i] = pixels[i] / 255;
  return floats;
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
