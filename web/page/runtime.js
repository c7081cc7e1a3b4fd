/* onnxruntime-web on one thread: sessions, graphs with named arrays, and what they take. */

import * as ort from "../vendor/ort.wasm.min.js";

/**
 * Start the runtime from its bytes; nothing else is fetched but its loader beside the page's code.
 * @param {Uint8Array} wasm
 */
export function startRuntime(wasm) {
  const loader = new URL("../vendor/ort-wasm-simd-threaded.js", import.meta.url);
  ort.env.wasm.numThreads = 1; // more threads need headers that plain hosts do not send
  ort.env.wasm.wasmPaths = { mjs: loader.href };
  ort.env.wasm.wasmBinary = wasm;
  ort.env.logLevel = "error";
}

/**
 * Start a session.
 * @param {Uint8Array} bytes
 * @param {string} name what the sentence calls it
 * @throws {Error} one sentence
 */
export const openSession = (bytes, name) =>
  ort.InferenceSession.create(bytes, {
    executionProviders: ["wasm"],
    logSeverityLevel: 4,
  }).catch((error) => {
    if (/no available backend|WebAssembly/i.test(String(error)))
      throw new Error("This browser cannot run WebAssembly with SIMD: use a newer one.");
    throw new Error(`${name} is damaged (not an ONNX model): export it again.`);
  });

/** @param {Values | Whole} values */
export const tensor = ({ data, dims }) =>
  data instanceof Int32Array
    ? new ort.Tensor("int32", data, dims)
    : new ort.Tensor("float32", data, dims);

/**
 * A graph: named arrays in, named arrays out; given what it does not read, it looks away.
 * @param {Uint8Array} bytes
 * @param {string} name
 * @returns {Promise<Graph>}
 */
export async function openGraph(bytes, name) {
  const session = await openSession(bytes, name);
  const outputs = [...session.outputNames];
  return {
    async run(given) {
      const feeds = Object.fromEntries(session.inputNames.map((one) => [one, tensor(given[one])]));
      const found = await session.run(feeds, outputs);
      return Object.fromEntries(
        outputs.map((one) => [one, { data: found[one].data, dims: [...found[one].dims] }]),
      );
    },
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
