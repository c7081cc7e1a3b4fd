// What learning on the static page does before any graph runs: draws, ranks, batches, certificates.

import assert from "node:assert/strict";
import fs from "node:fs";
import test from "node:test";
import "./helpers/runtime.mjs";
import { places, threefry, words } from "../../web/page/draws.js";

const { batches, certify, confusion, highest } = await import("../../web/page/unlearn.js");
const { lessonImages, rows, weightsOf, withWeights } = await import("../../web/page/graphs.js");
const fixture = new URL("../fixtures/draws.json", import.meta.url);
const draws = JSON.parse(fs.readFileSync(fixture, "utf8"));

test("draws are the published ones, and Python's", () => {
  assert.ok(draws.threefry.length >= 3 && draws.words.length >= 4 && draws.places.length >= 5);
  for (const { key, counter, answer } of draws.threefry)
    assert.deepEqual(threefry(key, counter), answer);
  for (const { of, is } of draws.words) assert.deepEqual([...words(...of)], is);
  for (const { of, is } of draws.places) {
    const [seed, stream, high, wide, below] = of;
    assert.deepEqual([...places(seed, stream, high * wide, below)], is.flat());
  }
});

test("one more draw shifts no other", () => {
  assert.deepEqual(words(5, 1, 9).subarray(0, 4), words(5, 1, 4));
  assert.notDeepEqual(words(5, 1, 4), words(5, 0, 4));
  assert.notDeepEqual(words(5, 1, 4), words(6, 1, 4));
});

test("ranks choose exactly as many as asked for, ties by position", () => {
  const values = Float32Array.of(0, 2, 1, 2, 0, 1, 0, 1);
  const marked = (count) => [...highest(values, count)].flatMap((one, i) => (one ? [i] : []));
  assert.deepEqual(marked(0), []);
  assert.deepEqual(marked(1), [1]);
  assert.deepEqual(marked(2), [1, 3]);
  assert.deepEqual(marked(4), [1, 2, 3, 5]);
  assert.deepEqual(marked(6), [0, 1, 2, 3, 5, 7]);
  assert.deepEqual(marked(8), [0, 1, 2, 3, 4, 5, 6, 7]);
  const same = new Float32Array(5).fill(-1);
  assert.deepEqual([...highest(same, 2)], [1, 1, 0, 0, 0]);
});

test("ranks are those of sorting, whatever the values", () => {
  const values = Float32Array.from(words(3, 2, 400), (word) => (word % 37) - 18);
  const order = [...values.keys()].sort((a, b) => values[b] - values[a] || a - b);
  for (const count of [1, 10, 57, 399, 400]) {
    const wanted = new Uint8Array(400);
    for (const i of order.slice(0, count)) wanted[i] = 1;
    assert.deepEqual(highest(values, count), wanted, `${count}`);
  }
});

test("a batch is the class's images, then the others'", () => {
  const labels = Int32Array.from({ length: 60 }, (_, i) => i % 3);
  const settings = { forget_class: 2, steps: 7, seed: 4, batch_forget: 5, batch_retain: 8 };
  const drawn = batches(labels, settings);
  assert.equal(drawn.length, 7);
  for (const step of drawn) {
    const seen = Array.from(step, (i) => labels[i] === 2);
    assert.deepEqual(seen, [...Array(5).fill(true), ...Array(8).fill(false)]);
  }
  assert.deepEqual(batches(labels, settings), drawn, "the same seed, the same images");
  assert.notDeepEqual(batches(labels, { ...settings, seed: 5 }), drawn);
  const longer = batches(labels, { ...settings, steps: 9 });
  assert.deepEqual(longer.slice(0, 7), drawn, "a longer run begins as a shorter one");
});

test("answers are counted by truth", () => {
  const counts = confusion(Int32Array.of(0, 0, 1, 2), Int32Array.of(0, 1, 1, 1), 3);
  assert.deepEqual(counts, [
    [1, 1, 0],
    [0, 1, 0],
    [0, 1, 0],
  ]);
});

const named = (weight, bias) => ({
  "fc1.weight": { data: Float32Array.from(weight), dims: [weight.length] },
  "fc1.bias": { data: Float32Array.from(bias), dims: [bias.length] },
});
const free = { "fc1.weight": Uint8Array.of(1, 0, 1), "fc1.bias": Uint8Array.of(0) };

test("a certificate counts what may and what did change", () => {
  const found = certify(named([3, 0, 4.5], [1]), named([3, 0, 4], [1]), free);
  assert.equal(found.editable, 2);
  assert.equal(found.total, 4);
  assert.equal(found.changed, 1);
  assert.equal(found.fraction, 0.5);
  assert.equal(found.max_abs_change_outside, 0);
  assert.equal(found.layers.fc1.max_abs_change, 0.5);
  assert.equal(found.layers.fc1.relative_change, 0.5 / Math.sqrt(26));
});

test("a bit that moved outside the mask ends the run, the sign of zero too", () => {
  for (const [weight, bias] of [
    [[3, -0, 4], [1]],
    [[3, 1e-38, 4], [1]],
    [[3, 0, 4], [1.0000001]],
  ])
    assert.throws(
      () => certify(named(weight, bias), named([3, 0, 4], [1]), free),
      /outside the mask moved/,
    );
});

test("weights go into a file and come out of it as they were", () => {
  const file = Uint8Array.from({ length: 40 }, (_, i) => i);
  const tensors = [
    { name: "fc1.weight", shape: [3], offset: 5 },
    { name: "fc1.bias", shape: [1], offset: 30 },
  ];
  const made = withWeights(file, tensors, named([1.5, -2, 7], [0.25]));
  const found = weightsOf(made, tensors);
  assert.deepEqual([...found["fc1.weight"].data, ...found["fc1.bias"].data], [1.5, -2, 7, 0.25]);
  const kept = [...made.keys()].filter((i) => i < 5 || (i >= 17 && i < 30) || i >= 34);
  assert.ok(kept.every((i) => made[i] === file[i]) && made.length === file.length);
  assert.deepEqual(file[5], 5, "the file itself is left alone");
});

test("rows come in the order asked for, more than once if asked", () => {
  const table = Float32Array.of(0, 1, 10, 11, 20, 21);
  assert.deepEqual([...rows(table, 2, [2, 0, 2])], [20, 21, 0, 1, 20, 21]);
});

test("a lesson takes the class's first images, all others, and watches test images", () => {
  const images = (count, first) => ({
    label: Uint8Array.from({ length: count }, (_, i) => i % 2),
    pixels: Uint8Array.from({ length: 784 * count }, (_, i) => first + Math.floor(i / 784)),
  });
  const found = lessonImages(images(6, 0), images(8, 100), 1, 2, { watched: 3 });
  const firsts = ({ pixels }) => [...pixels.filter((_, i) => i % 784 === 0)];
  assert.deepEqual(firsts(found.taught), [1, 3]);
  assert.deepEqual(firsts(found.retained), [0, 2, 4]);
  assert.deepEqual(firsts(found.watched), [101, 103, 105]);
  assert.deepEqual(found.watched.labels, [1, 1, 1]);
});
