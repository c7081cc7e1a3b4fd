// The static page's own modules, where they need neither a model nor a canvas.

import assert from "node:assert/strict";
import test from "node:test";
import { place } from "./helpers/shared.mjs";
import { answerOf, change, describe, percent, runnerUp } from "../../web/page/answers.js";
import { applyWeights, fromPlanes, readTensors } from "../../web/page/patch.js";
import { mountTabs } from "../../web/page/tabs.js";

const column = (best, forget = null, redirect = null) => ({
  title: forget === null ? "Before" : "After",
  classes: [..."0123456789"],
  probabilities: [...Array(10).keys()].map((c) => (c === best ? 0.6 : c === 9 ? 0.3 : 0)),
  forget,
  redirect,
});

test("what happened between two answers", () => {
  assert.deepEqual([answerOf(column(6)), runnerUp(column(6))], [6, 9]);
  assert.deepEqual(
    [answerOf({ probabilities: null }), runnerUp({ probabilities: null })],
    [-1, -1],
  );
  assert.equal(change(column(6), column(6, 6, 3)), "not forgotten here");
  assert.equal(change(column(5), column(5, 6, 3)), "the same answer");
  assert.equal(change(column(5), column(2, 6, 3)), "another answer");
  assert.equal(change(column(6), column(3, 6, 3)), "redirected");
  assert.equal(change(column(6), column(9, 6, 3)), "forgotten, its runner-up");
  assert.equal(change(column(6), column(1, 6)), "forgotten towards 1");
  assert.equal(describe([column(6)], true), "Draw a digit.");
  assert.equal(percent(0.0625), "6.2 %", "ties go to the even digit, as Python's do");
});

test("planes and weights go back to their places", () => {
  assert.deepEqual(
    fromPlanes(Uint8Array.from([0, 4, 1, 5, 2, 6, 3, 7, 8, 9])),
    Uint8Array.from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
  );
  const base = new Uint8Array(40);
  const tensors = [
    { shape: [2, 2], offset: 4 },
    { shape: [3], offset: 24 },
  ];
  const bytes = applyWeights(base, tensors, [1, 4, 6], [1.5, 2.5, 3.5]);
  const view = new DataView(bytes.buffer);
  assert.deepEqual(
    [8, 24, 32].map((at) => view.getFloat32(at, true)),
    [1.5, 2.5, 3.5],
  );
  assert(base.every((value) => value === 0));
});

test("tensors that do not fit are refused", () => {
  const file = (header, data = 4) => {
    const text = new TextEncoder().encode(JSON.stringify(header));
    const bytes = new Uint8Array(8 + text.length + data);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
    bytes.set(text, 8);
    return bytes;
  };
  const good = { a: { dtype: "I32", shape: [1], data_offsets: [0, 4] } };
  assert.deepEqual(readTensors(file(good)).a, Int32Array.of(0));
  for (const wrong of [{ dtype: "F64" }, { data_offsets: [4, 0] }, { data_offsets: [0, 8] }])
    assert.throws(() => readTensors(file({ a: { ...good.a, ...wrong } })), /a does not fit/);
});

test("tabs by keyboard, past those that are hidden", () => {
  globalThis.location = { hash: "#two" };
  globalThis.history = { replaceState: () => {} };
  const list = place();
  const names = ["one", "two", "three"];
  for (const name of names) {
    const [tab, panel] = [document.createElement("button"), place()];
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", name);
    list.append(tab);
    panel.id = name;
  }
  const opened = [];
  const open = mountTabs(list, (name) => opened.push(name));
  assert.deepEqual(opened, ["two"], "the address names it");
  const [first, second] = list.children;
  second.hidden = true;
  first.focus();
  for (const key of ["ArrowRight", "ArrowRight", "End", "Home", "x"])
    document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  assert.deepEqual(opened.slice(1), ["three", "one", "three", "one"]);
  open("two");
  assert.deepEqual(
    names.filter((name) => !document.getElementById(name).hidden),
    ["two"],
  );
});
