/* A pair that a visitor drops in: before.onnx, after.onnx, manifest.json of `python -m export`.
 * Each wrong file gets one sentence; nothing of the page changes before all three are right. */

import { openModel } from "./models.js";
import { whatIsForeign } from "./onnx.js";
import { sha256 } from "./sha256.js";

const MANIFEST = "manifest.json";
const MODELS = ["before.onnx", "after.onnx"];
const NAMES = [...MODELS, MANIFEST];
const MAX_MANIFEST = 1_000_000; // bytes
const MAX_NAME = 40; // characters of a class

/**
 * Why a manifest cannot be used, in one sentence; "" if it can. The same checks as
 * forgetdemo/predict/inference.py.
 * @param {any} manifest whatever the file held
 * @param {Limits} limits
 */
export function whatIsWrong(manifest, limits) {
  const isRecord = (/** @type {unknown} */ value) =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  const isDigit = (/** @type {unknown} */ value) =>
    typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 10;
  if (!isRecord(manifest) || manifest.format !== limits.format)
    return "manifest.json is not that of an exported pair: use the one that `python -m export` wrote.";
  if (manifest.preprocess_version !== limits.preprocessVersion)
    return "This pair was made for other preprocessing: export it again.";
  const names = manifest.classes;
  if (
    !Array.isArray(names) ||
    names.length !== 10 ||
    !names.every((name) => typeof name === "string" && name.length <= MAX_NAME)
  )
    return "manifest.json does not name ten classes: export the pair again.";
  if (
    !isDigit(manifest.forget_class) ||
    !(manifest.redirect_to === null || isDigit(manifest.redirect_to))
  )
    return "manifest.json does not say which class was forgotten: export the pair again.";
  for (const name of MODELS)
    if (
      !isRecord(manifest.files) ||
      !isRecord(manifest.files[name]) ||
      !/^[0-9a-f]{64}$/.test(manifest.files[name].sha256)
    )
      return `manifest.json does not list ${name}: export the pair again.`;
  return "";
}

/**
 * The three files by name, none of them too large.
 * @param {Iterable<File>} files
 * @param {Limits} limits
 * @throws {Error} one sentence
 */
function sorted(files, limits) {
  const given = [...files].map((file) => ({ name: file.name.toLowerCase(), file }));
  const found = NAMES.flatMap((name) => given.findLast((one) => one.name === name) ?? []);
  const missing = NAMES.filter((name) => !found.some((one) => one.name === name));
  if (missing.length === NAMES.length && given.some(({ name }) => name.endsWith(".zip")))
    throw new Error(
      "That is a zip archive: unpack it, then choose before.onnx, after.onnx and manifest.json.",
    );
  if (missing.length)
    throw new Error(
      `${missing.join(" and ")} ${missing.length > 1 ? "are" : "is"} missing: ` +
        "choose before.onnx, after.onnx and manifest.json together.",
    );
  const number = (/** @type {number} */ count) => count.toLocaleString("en");
  for (const { name, file } of found) {
    const most = name === MANIFEST ? MAX_MANIFEST : limits.maxBytes;
    if (file.size > most)
      throw new Error(`${name} has ${number(file.size)} bytes; at most ${number(most)} are read.`);
  }
  return found;
}

/**
 * Check dropped files and open both models.
 * @param {Iterable<File>} files
 * @param {Limits} limits
 * @returns {Promise<{ manifest: Facts, before: Model, after: Model }>}
 * @throws {Error} one sentence
 */
export async function openBundle(files, limits) {
  const [first, second, about] = sorted(files, limits);
  let manifest;
  try {
    manifest = JSON.parse(await about.file.text());
  } catch {
    throw new Error("manifest.json is not JSON: use the one that `python -m export` wrote.");
  }
  const wrong = whatIsWrong(manifest, limits);
  if (wrong) throw new Error(wrong);
  const verified = [];
  for (const { name, file } of [first, second]) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    if ((await sha256(bytes)) !== manifest.files[name].sha256)
      throw new Error(
        `${name} is not the file that this manifest.json belongs to (its SHA-256 is another).`,
      );
    const foreign = whatIsForeign(bytes, name);
    if (foreign) throw new Error(foreign);
    verified.push(bytes);
  }
  const before = await openModel(verified[0], "before.onnx");
  try {
    return { manifest, before, after: await openModel(verified[1], "after.onnx") };
  } catch (error) {
    before.close();
    throw error;
  }
}
