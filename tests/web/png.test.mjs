// Pictures survive the way through a PNG, and what is none is refused.

import assert from "node:assert/strict";
import { test } from "node:test";
import zlib from "node:zlib";
import "./helpers/shared.mjs";

const { canvasOf, greyOf, packedPng, plainPng, strokeInto } = forgetdemo;
const SIDE = 280;
const BEGIN = "data:image/png;base64,";

function drawing() {
  const grey = new Uint8Array(SIDE * SIDE);
  strokeInto(
    grey,
    SIDE,
    [
      [80, 60],
      [200, 90],
      [120, 220],
    ],
    20,
  );
  return grey;
}
const noise = Uint8Array.from({ length: SIDE * SIDE }, (_, at) => (at * 2654435761) >>> 24);
const sample = canvasOf(Uint8Array.from({ length: 784 }, (_, at) => (at * 37) % 256));

for (const [name, grey] of Object.entries({ drawing: drawing(), noise, sample })) {
  test(`${name}: the same grey values come back`, async () => {
    assert.deepEqual(await greyOf(plainPng(grey, SIDE), SIDE), grey);
    assert.deepEqual(await greyOf(await packedPng(grey, SIDE), SIDE), grey);
  });
}

test("a drawing is far smaller than what the server takes", async () => {
  assert((await packedPng(drawing(), SIDE)).length < 8000);
  assert((await packedPng(sample, SIDE)).length < 65_536);
});

/** A PNG of `side` whose rows are `rows`, of colour type `kind`. */
function made(side, kind, rows, depth = 8, interlaced = 0) {
  const url = plainPng(new Uint8Array(side * side), side);
  const bytes = Buffer.from(url.slice(BEGIN.length), "base64");
  Buffer.from([depth, kind, 0, 0, interlaced]).copy(bytes, 24);
  const packed = zlib.deflateSync(Buffer.from(rows));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(packed.length);
  const parts = [bytes.subarray(0, 33), length, Buffer.from("IDAT"), packed, Buffer.alloc(4)];
  return BEGIN + Buffer.concat([...parts, bytes.subarray(-12)]).toString("base64");
}

test("every filter of the format is undone", async () => {
  const rows = [
    [0, 10, 20, 30, 40],
    [1, 5, 5, 5, 5],
    [2, 1, 1, 1, 1],
    [3, 8, 8, 8, 8],
    [4, 2, 2, 2, 2],
  ].flat();
  // by hand: left; above; mean of both, rounded down; whichever is nearest to left + above - corner
  const found = await greyOf(made(5, 0, [...rows].slice(0, 25)), 5).catch((error) => error);
  assert(found instanceof Error, "rows of four in a picture of five");
  const square = await greyOf(made(4, 0, rows.slice(0, 20)), 4);
  assert.deepEqual([...square], [10, 20, 30, 40, 5, 10, 15, 20, 6, 11, 16, 21, 11, 19, 25, 31]);
  const paeth = await greyOf(made(2, 0, [0, 10, 20, 4, 2, 2]), 2);
  assert.deepEqual([...paeth], [10, 20, 12, 22]);
});

test("of several channels the first is taken", async () => {
  const rows = [0, 1, 9, 9, 255, 2, 9, 9, 255, 0, 3, 9, 9, 255, 4, 9, 9, 255];
  assert.deepEqual([...(await greyOf(made(2, 6, rows), 2))], [1, 2, 3, 4]);
});

test("what is no such picture is refused", async () => {
  const rows = new Array(SIDE * (SIDE + 1)).fill(0);
  const wrong = {
    "another size": plainPng(new Uint8Array(28 * 28), 28),
    "a palette": made(SIDE, 3, rows),
    "16 bits": made(SIDE, 0, rows, 16),
    interlaced: made(SIDE, 0, rows, 8, 1),
    "rows too few": made(SIDE, 0, rows.slice(0, 1000)),
    "rows without end": made(SIDE, 0, new Uint8Array(2 ** 25)),
    nothing: BEGIN,
    "another kind": "data:image/jpeg;base64,AAAA",
  };
  for (const [name, url] of Object.entries(wrong)) await assert.rejects(greyOf(url, SIDE), name);
});
