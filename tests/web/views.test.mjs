// Every view draws every record, and no text of a record becomes anything but text.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { place, readRecords, sample, shapeOf } from "./helpers/shared.mjs";

const { views } = forgetdemo;
const EVIL = `x"><img src=x onerror=alert(1)><script>alert(2)</script><b a='`;
const { Views } = readRecords();

function drawn(name, data, pick) {
  const node = place();
  views[name](node, data, pick);
  return node;
}

test("there is a view for every record, and no other", () => {
  assert.deepEqual(Object.keys(views).sort(), Object.keys(Views).sort());
});

for (const [name, { type }] of Object.entries(Views)) {
  test(`${name}: markup in every text stays text`, () => {
    for (const full of [true, false]) {
      const plain = drawn(name, sample(type, "x", full));
      const evil = drawn(name, sample(type, EVIL, full));
      assert.deepEqual(shapeOf(evil), shapeOf(plain));
      assert.equal(evil.querySelectorAll("script, img[onerror]").length, 0);
    }
    const said = (node) =>
      [node, ...node.querySelectorAll("*")].flatMap((one) => [
        ...one.getAttributeNames().map((attribute) => one.getAttribute(attribute)),
        one.textContent,
      ]);
    assert(said(drawn(name, sample(type, EVIL))).some((words) => words.includes(EVIL)));
  });
}

test("columns are filled in place, and the sentence is said once it rests", (context) => {
  const waiting = new Map();
  const set = (late) => waiting.set(waiting.size + 1, late).size;
  context.mock.method(globalThis, "setTimeout", set);
  context.mock.method(globalThis, "clearTimeout", (timer) => waiting.delete(timer));
  const rest = () => waiting.forEach((late) => late());
  const node = place();
  const data = (best, sentence) => ({
    classes: [..."0123456789"],
    columns: ["before", "after"].map((key) => ({
      key,
      title: key,
      role: key,
      probabilities: best === null ? null : [...Array(10).keys()].map((c) => (c === best ? 1 : 0)),
    })),
    sentence,
  });
  views.comparison(node, data(null, "Draw a digit."));
  const [column, region] = [".fd-column", ".fd-said"].map((name) => node.querySelector(name));
  assert.equal(column.querySelector(".fd-answer").textContent, "–");
  views.comparison(node, data(6, "six"));
  assert.equal(node.querySelector(".fd-column"), column);
  assert.equal(column.querySelector(".fd-top .fd-bar-name").textContent, "6");
  assert.equal(node.querySelector(".fd-sentence").textContent, "six");
  views.comparison(node, data(3, "three"));
  assert.equal(waiting.size, 1, "an answer that did not rest is never said");
  assert.equal(region.textContent, "", "not while answers still change");
  rest();
  assert.equal(node.querySelector(".fd-said"), region);
  assert.equal(region.textContent, "three");
  views.comparison(node, { ...data(3, ""), columns: data(3, "").columns.slice(1) });
  assert.equal(node.querySelectorAll(".fd-column").length, 1, "another shape is laid out anew");
});

test("cells are doors unless nothing is behind them", () => {
  const data = sample("Confusion", "x", false);
  const pick = mock.fn();
  const open = drawn("confusion", data, pick);
  open.querySelector('[data-true="3"][data-predicted="7"]').click();
  assert.deepEqual(pick.mock.calls[0].arguments, [3, 7]);
  const still = drawn("confusion", { ...data, still: true }, pick);
  still.querySelector("td button").click();
  assert.equal(pick.mock.callCount(), 1);
  assert.equal(still.querySelectorAll("[tabindex]").length, 100);
  assert.equal(open.querySelectorAll("[tabindex]").length, 0);
  assert.equal(open.querySelectorAll("tr.fd-forgotten").length, 1);
});

test("pictures and steps call back with their place", () => {
  for (const name of ["pictures", "morph"]) {
    const pick = mock.fn();
    drawn(name, sample(Views[name].type, "x"), pick).querySelectorAll("button")[4].click();
    assert.deepEqual(pick.mock.calls[0].arguments, [4]);
  }
  const none = drawn("pictures", { label: "l", items: [], empty: "nothing" });
  assert.equal(none.textContent, "nothing");
});

test("a run comes into sight as it begins, once", () => {
  const node = place();
  node.scrollIntoView = mock.fn();
  for (const state of ["done", "running", "running", "failed", "running"])
    views.progress(node, { text: "t", share: 0.5, state });
  assert.equal(node.scrollIntoView.mock.callCount(), 2);
  assert.equal(node.querySelector("[role=progressbar]").getAttribute("aria-valuenow"), "50");
});

test("curves have axes before any point, and a mark at every line's end", () => {
  const lines = [
    { name: "a", points: [] },
    { name: "b", role: "after", points: [[0, 0.5], [10, 1]] }, // prettier-ignore
  ];
  const empty = drawn("curves", { title: "t", xLabel: "x", lines: lines.slice(0, 1), xMax: 300 });
  assert(empty.querySelectorAll(".fd-grid").length > 2 && !empty.querySelector(".fd-line"));
  assert.match(empty.querySelector("svg").textContent, /300/);
  const one = [{ name: "a", points: [[1, 1]] }];
  const short = drawn("curves", { title: "t", xLabel: "x", yRange: [1, 1], xMax: 1, lines: one });
  assert.match(
    short.querySelector("svg").textContent,
    /2\s+x\s+●$/,
    "a run of one step has an axis",
  );
  const node = drawn("curves", { title: "t", xLabel: "x", yRange: [0, 1], lines });
  assert.equal(node.querySelector(".fd-line path").getAttribute("d"), "M50.0 102.0L446.0 10.0");
  assert.deepEqual(
    [...node.querySelectorAll(".fd-legend li")].map((item) => item.className),
    ["fd-line0", "fd-after"],
  );
});

test("a map of pairs: one figure at a time, the worst is marked, arrows pass the diagonal", () => {
  const rows = [0, 1, 2].flatMap((forget) =>
    [0, 1, 2].flatMap((redirect) =>
      forget === redirect
        ? []
        : [{ forget, redirect, drop: forget / 100, redirect_rate: 1 - redirect / 10, seconds: 2 }],
    ),
  );
  const pick = mock.fn();
  const node = drawn("pairs", { classes: ["a", "b", "c"], rows, notes: ["note"] }, pick);
  const cell = (row, column) =>
    node.querySelector(`[data-true="${row}"][data-predicted="${column}"]`);
  assert.match(node.querySelector(".fd-worst").textContent, /largest 2\.00 points: c → a\.$/);
  assert(cell(2, 0).classList.contains("fd-worst-cell"));
  node.querySelector("[data-measure=redirect_rate]").click();
  assert.match(node.querySelector(".fd-worst").textContent, /^Mean 90\.0 %, smallest 80\.0 %/);
  assert.equal(cell(0, 1).textContent, "90.0");
  cell(0, 1).focus();
  const press = (key) =>
    document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key }));
  press("ArrowDown");
  assert.equal(document.activeElement, cell(2, 1), "over the diagonal");
  press("ArrowLeft");
  assert.equal(document.activeElement, cell(2, 0));
  press("ArrowLeft");
  press("x");
  assert.equal(document.activeElement, cell(2, 0), "nothing lies there");
  assert.equal(node.querySelectorAll('td button[tabindex="0"]').length, 1);
  cell(2, 0).click();
  assert.deepEqual(pick.mock.calls[0].arguments, [2, 0]);
});
