/* A pair that a visitor drops in: before.onnx, after.onnx, manifest.json of `python -m export`. Each
 * wrong file gets one sentence; nothing of the page changes before all three are right. */

import { openModel } from "./models.js";
import { sha256 } from "./sha256.js";

const NAMES = ["before.onnx", "after.onnx", "manifest.json"];
const MAX_MANIFEST = 1_000_000; // bytes
const MAX_NAME = 40; // characters of a class

/** Why a manifest cannot be used, in one sentence; "" if it can. limits: { format, maxBytes,
 * preprocessVersion }. The same checks as forgetdemo/predict/inference.py. */
export function whatIsWrong(manifest, limits) {
  const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  const isDigit = (value) => Number.isInteger(value) && value >= 0 && value < 10;
  if (!isRecord(manifest) || manifest.format !== limits.format)
    return "manifest.json is not that of an exported pair: use the one that `python -m export` wrote.";
  if (manifest.preprocess_version !== limits.preprocessVersion)
    return "This pair was made for other preprocessing: export it again.";
  const names = manifest.classes;
  if (!Array.isArray(names) || names.length !== 10
      || !names.every((name) => typeof name === "string" && name.length <= MAX_NAME))
    return "manifest.json does not name ten classes: export the pair again.";
  if (!isDigit(manifest.forget_class)
      || !(manifest.redirect_to === null || isDigit(manifest.redirect_to)))
    return "manifest.json does not say which class was forgotten: export the pair again.";
  for (const name of ["before.onnx", "after.onnx"])
    if (!isRecord(manifest.files) || !isRecord(manifest.files[name])
        || !/^[0-9a-f]{64}$/.test(manifest.files[name].sha256))
      return `manifest.json does not list ${name}: export the pair again.`;
  return "";
}

/** Check dropped files and open both models. files: File objects; limits: as `whatIsWrong`.
 *
 * Returns { manifest, before, after } with opened models. Throws an Error with one sentence. */
export async function openBundle(files, limits) {
  const found = new Map([...files].map((file) => [file.name.toLowerCase(), file]));
  const missing = NAMES.filter((name) => !found.has(name));
  if (missing.length === NAMES.length && [...found.keys()].some((name) => name.endsWith(".zip")))
    throw new Error("That is a zip archive: unpack it, then choose before.onnx, after.onnx and manifest.json.");
  if (missing.length)
    throw new Error(`${missing.join(" and ")} ${missing.length > 1 ? "are" : "is"} missing: `
      + "choose before.onnx, after.onnx and manifest.json together.");
  const number = (count) => count.toLocaleString("en");
  for (const name of NAMES) {
    const [size, most] = [found.get(name).size, name.endsWith("json") ? MAX_MANIFEST : limits.maxBytes];
    if (size > most)
      throw new Error(`${name} has ${number(size)} bytes; at most ${number(most)} are read.`);
  }
  let manifest;
  try {
    manifest = JSON.parse(await found.get("manifest.json").text());
  } catch {
    throw new Error("manifest.json is not JSON: use the one that `python -m export` wrote.");
  }
  const wrong = whatIsWrong(manifest, limits);
  if (wrong) throw new Error(wrong);
  const verified = [];
  for (const name of NAMES.slice(0, 2)) {
    const bytes = new Uint8Array(await found.get(name).arrayBuffer());
    if ((await sha256(bytes)) !== manifest.files[name].sha256)
      throw new Error(`${name} is not the file that this manifest.json belongs to (its SHA-256 is another).`);
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
