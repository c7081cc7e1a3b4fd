/* A pair made on this page as files: what they say of themselves, inside and beside. */

import { varint } from "./onnx.js";
import { sha256 } from "./sha256.js";

const NOTES = 14; // metadata_props of onnx.proto3's ModelProto
const [VARINT, BYTES] = [0, 2]; // protobuf's ways to write a value

/** @param {number} value */
function written(value) {
  const found = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return [...found, left];
    found.push((left % 128) + 128);
  }
}

/**
 * @param {number} field
 * @param {number[]} bytes
 */
const message = (field, bytes) => [field * 8 + BYTES, ...written(bytes.length), ...bytes];

/**
 * An exported model with other metadata: a new array.
 * @param {Uint8Array} onnx of this project's exports
 * @param {Record<string, string>} notes
 */
export function withNotes(onnx, notes) {
  const kept = [];
  let at = 0;
  while (at < onnx.length) {
    const [key, next] = varint(onnx, at);
    const [value, after] = varint(onnx, next); // a number, or how many bytes follow
    const end = key % 8 === VARINT ? after : after + value;
    if (Math.floor(key / 8) !== NOTES) kept.push(onnx.subarray(at, end));
    at = end;
  }
  const text = (/** @type {string} */ value) => [...new TextEncoder().encode(value)];
  const added = Object.keys(notes)
    .sort()
    .map((name) =>
      Uint8Array.from(
        message(NOTES, [...message(1, text(name)), ...message(2, text(notes[name]))]),
      ),
    );
  const parts = [...kept, ...added];
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let place = 0;
  for (const part of parts) {
    whole.set(part, place);
    place += part.length;
  }
  return whole;
}

/**
 * The three files of a pair, as "Your own" and `python -m forgetdemo` open them.
 * @param {Uint8Array} before
 * @param {Uint8Array} after
 * @param {RunSettings} settings
 * @param {Learning} about
 * @param {Record<"before" | "after", Record<string, number>>} accuracy
 * @returns {Promise<Record<string, Uint8Array<ArrayBuffer>>>}
 */
export async function pairFiles(before, after, settings, about, accuracy) {
  const facts = {
    ...JSON.parse(about.manifest),
    forget_class: settings.forget_class,
    redirect_to: settings.redirect_to,
    method: settings.method,
    mask_fraction: settings.mask_fraction,
    seed: settings.seed,
  };
  const titles = { before: "Before", after: "After" };
  const shown = (/** @type {unknown} */ value) =>
    typeof value === "string" ? value : JSON.stringify(value);
  /** @type {Record<string, Uint8Array<ArrayBuffer>>} */
  const files = {};
  for (const [key, onnx] of Object.entries({ before, after })) {
    const role = /** @type {"before" | "after"} */ (key);
    const notes = { title: titles[role], made_by: "forgetdemo, in a browser", ...accuracy[role] };
    const known = ["dataset", "classes", "method", "forget_class", "redirect_to", "seed"];
    const all = { ...notes, ...Object.fromEntries(known.map((name) => [name, facts[name]])) };
    files[`${key}.onnx`] = withNotes(
      onnx,
      Object.fromEntries(Object.entries(all).map(([name, value]) => [name, shown(value)])),
    );
  }
  /** @type {Record<string, { bytes: number, sha256: string }>} */
  const listed = {};
  for (const [name, data] of Object.entries(files))
    listed[name] = { bytes: data.length, sha256: await sha256(data) };
  const manifest = {
    ...facts,
    made_by: "browser",
    settings,
    files: listed,
    models: Object.fromEntries(
      Object.entries(titles).map(([key, title]) => [
        key,
        { file: `${key}.onnx`, title, accuracy: accuracy[/** @type {"after"} */ (key)] },
      ]),
    ),
  };
  files["manifest.json"] = new TextEncoder().encode(`${JSON.stringify(manifest, null, 1)}\n`);
  return files;
}
