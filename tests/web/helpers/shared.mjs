// A page in Node with web/shared loaded in its order, and the records that its records.js declares.

import fs from "node:fs";
import { JSDOM } from "jsdom";

const SHARED = new URL("../../../web/shared/", import.meta.url);
const { window } = new JSDOM("<!doctype html><body></body>");
window.Element.prototype.scrollIntoView = () => {};
globalThis.document = window.document;
globalThis.KeyboardEvent = window.KeyboardEvent;
globalThis.MouseEvent = window.MouseEvent;

const { scripts } = JSON.parse(fs.readFileSync(new URL("order.json", SHARED), "utf8"));
for (const name of scripts) await import(new URL(name, SHARED).href);

/** An empty node of the page. */
export function place() {
  return document.body.appendChild(document.createElement("div"));
}

/** Tags and names of attributes, without what they say. */
export function shapeOf(node) {
  const names = node.getAttributeNames().sort().join(" ");
  return [`${node.localName} ${names}`, ...[...node.children].map(shapeOf)];
}

/** Typedefs of records.js: name → { field: { type, optional } }, or a type for an alias. */
export function readRecords() {
  const text = fs.readFileSync(new URL("records.js", SHARED), "utf8");
  const found = {};
  for (const [block] of text.matchAll(/\/\*\*.*?\*\//gs)) {
    const [, type, name] = /@typedef \{(.+)\} (\w+)/.exec(block) ?? [];
    if (!name) continue;
    const fields = [...block.matchAll(/@property \{(.+)\} (\[?)(\w+)/g)].map(
      ([, of, bracket, field]) => [field, { type: of, optional: bracket !== "" }],
    );
    found[name] = type === "object" ? Object.fromEntries(fields) : type;
  }
  return found;
}

/**
 * A value of a record's type: every string is `text`, keys of dictionaries included; `full`: with
 * optional fields, and nothing null.
 */
export function sample(type, text, full = true) {
  const records = readRecords();
  const make = (kind) => {
    if (kind.endsWith(" | null"))
      return full ? make(kind.slice(0, -7).replace(/^\((.*)\)$/, "$1")) : null;
    if (kind.endsWith("[]")) {
      const item = kind.slice(0, -2).replace(/^\((.*)\)$/, "$1");
      return Array.from({ length: 10 }, () => make(item));
    }
    if (kind.startsWith('"')) return JSON.parse(kind.split(" | ")[0]);
    if (kind.startsWith("Record<")) {
      const item = kind.slice("Record<string, ".length, -1);
      const keys = [text, "run", "original", "control", `oracle ${text}`];
      return Object.fromEntries(keys.map((key) => [key, make(item)]));
    }
    if (kind === "string") return text;
    if (kind === "number") return 1;
    if (kind === "boolean") return true;
    const record = records[kind];
    if (typeof record === "string") return make(record);
    const fields = Object.entries(record).filter(([, { optional }]) => full || !optional);
    return Object.fromEntries(fields.map(([name, { type: of }]) => [name, make(of)]));
  };
  return make(type);
}
