// Strokes become the pixels that they cover, whatever the order, and never more than the pad.

import assert from "node:assert/strict";
import { test } from "node:test";
import "./helpers/shared.mjs";

const { strokeInto } = forgetdemo;
const SIDE = 280;
const drawn = (...strokes) => {
  const grey = new Uint8Array(SIDE * SIDE);
  for (const points of strokes) strokeInto(grey, SIDE, points, 20);
  return grey;
};
const total = (grey) => grey.reduce((sum, value) => sum + value, 0) / 255;
const near = (found, expected, share = 0.005) =>
  assert(Math.abs(found - expected) < share * expected, `${found}, not ${expected}`);

test("a tap is a disc as wide as the pen", () => {
  const grey = drawn([[100, 140]]);
  near(total(grey), Math.PI * 100);
  assert.equal(grey[140 * SIDE + 100], 255);
  assert.equal(grey[140 * SIDE + 111], 0);
  assert.equal(grey[140 * SIDE + 88], 0);
});

test("a line is as large as a rectangle with two half discs, however steep", () => {
  for (const angle of [0, 0.3, 1, Math.PI / 2, 2.5, 4]) {
    const end = [140 + 90 * Math.cos(angle), 140 + 90 * Math.sin(angle)];
    near(total(drawn([[140, 140], end])), 90 * 20 + Math.PI * 100);
  }
});

test("order, direction and repetition of strokes change nothing", () => {
  const [a, b] = [
    [
      [30.5, 40.25],
      [200, 90],
    ],
    [
      [40, 200],
      [180.75, 60],
    ],
  ];
  const back = [...a].reverse();
  assert.deepEqual(drawn(a, b), drawn(b, a));
  assert.deepEqual(drawn(a, a), drawn(a));
  const other = drawn(back);
  assert(drawn(a).every((value, at) => Math.abs(value - other[at]) <= 1));
});

test("points of one place are a dot, and a line may leave the pad", () => {
  const dot = drawn([[50, 50]]);
  assert.deepEqual(
    drawn([
      [50, 50],
      [50, 50],
    ]),
    dot,
  );
  const box = strokeInto(
    new Uint8Array(SIDE * SIDE),
    SIDE,
    [
      [-500, 140],
      [500, 140],
    ],
    20,
  );
  assert.deepEqual(box, { left: 0, top: 129, right: SIDE, bottom: 151 });
  assert.equal(strokeInto(new Uint8Array(SIDE * SIDE), SIDE, [[-50, -50]], 20), null);
});

test("the box holds all that changed", () => {
  const grey = new Uint8Array(SIDE * SIDE);
  const box = strokeInto(
    grey,
    SIDE,
    [
      [60, 70],
      [90, 200],
      [210, 100],
    ],
    20,
  );
  grey.forEach((value, at) => {
    const [x, y] = [at % SIDE, Math.floor(at / SIDE)];
    const inside = x >= box.left && x < box.right && y >= box.top && y < box.bottom;
    assert(inside || value === 0);
  });
});
