// Figures of an audit, and the number line that they lie on.

import assert from "node:assert/strict";
import test from "node:test";
import { place, sample } from "./helpers/shared.mjs";

const { MODELS, figure, fill, numberLine, spread, words } = forgetdemo;

/** A repeatable stream of numbers in [0, 1). */
function stream(seed) {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

test("places keep their gap and their order, and stay within bounds", () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const next = stream(seed);
    const places = Array.from({ length: 1 + Math.floor(9 * next()) }, () => 300 * next());
    const moved = spread(places, 13, 0, 300);
    const order = places.map((_, i) => i).sort((a, b) => places[a] - places[b]);
    order.forEach((at, n) => {
      assert(moved[at] >= -1e-9 && moved[at] <= 300 + 1e-9);
      if (n) assert(moved[at] - moved[order[n - 1]] >= 13 - 1e-9);
    });
  }
  assert.deepEqual(spread([10, 50, 90], 13, 0, 100), [10, 50, 90], "none is moved for nothing");
  assert.deepEqual(spread([50, 50], 10, 0, 100), [45, 55], "both give way");
  assert.deepEqual(spread([], 10, 0, 100), []);
});

test("figures as the command line prints them", () => {
  assert.equal(figure(0.99575, "%"), "99.58");
  assert.equal(figure(12, "steps"), "12");
  assert.equal(figure(0.0083321, "×"), "0.00833");
  assert.equal(figure(1.25, "×"), "1.250");
  assert.equal(figure(null, "steps", 64), ">64");
  assert.equal(figure(null, "%"), "–");
});

test("an audited model stands above the line, all others below it", () => {
  const row = { ...sample("AuditRow", "x"), unit: "%", low: 0, high: 1, cap: null };
  Object.assign(row, { run: 0.98, original: 0, oracles: [0.01, 0.03], oracle_mean: 0.02 });
  Object.assign(row, { oracle_sd: 0.01, held_out: 0.02, control: null, random_init: null });
  assert.deepEqual(
    MODELS.map((model) => words(row, model)),
    ["98.00", "0.00", "2.00 ± 1.00", "2.00", "–", "–"],
  );
  const node = place();
  fill(node, numberLine(row));
  const letters = [...node.querySelectorAll("g > text")].map((one) => [
    one.textContent,
    one.getAttribute("y"),
  ]);
  assert.deepEqual(letters, [
    ["B", "55"],
    ["H", "55"],
    ["O", "55"],
    ["A", "14"],
  ]);
  assert.equal(node.querySelectorAll(".fd-tick").length, 2);
  assert.equal(node.querySelectorAll(".fd-band").length, 1);
});

test("beyond a curve there is an arrow; where nothing is known, no line", () => {
  const row = { ...sample("AuditRow", "x", false), unit: "steps", low: 0, high: 64, cap: 64 };
  Object.assign(row, { run: 2, oracles: [null, null] });
  assert.equal(words(row, MODELS[2]), ">64");
  assert.equal(words({ ...row, oracles: [3, null] }, MODELS[2]), "some beyond");
  const node = place();
  fill(node, numberLine(row));
  assert.match(node.querySelector(".fd-axis").getAttribute("d"), /m4 -4l4 4l-4 4$/);
  assert.equal(numberLine({ ...row, cap: null, run: null, oracles: [] }), "");
});
