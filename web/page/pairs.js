/* Models of all pairs "forget one digit, answer another": one base, and few weights per pair. */

import { applyWeights, readTensors } from "./patch.js";
import { sha256 } from "./sha256.js";

/**
 * Build one pair's model, verified by its hash: the bytes of its file.
 * @param {Store} store
 * @param {PairIndex} index
 * @param {number} forget
 * @param {number} redirect
 * @throws {Error} one sentence
 */
export async function pairBytes(store, index, forget, redirect) {
  const row = index.pairs.find((one) => one.forget === forget && one.redirect === redirect);
  const name = `${forget}-${redirect}`;
  const moved = readTensors(await store.bytes("pairs.safetensors"));
  const base = await store.bytes("before.onnx");
  const bytes = applyWeights(base, index.tensors, moved[`${name}.index`], moved[`${name}.value`]);
  if ((await sha256(bytes)) !== row?.sha256)
    throw new Error(
      `The model of ${forget} → ${redirect} is damaged (its SHA-256 is another): reload the page.`,
    );
  return bytes;
}
