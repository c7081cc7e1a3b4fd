// What the Relearn tab says of a curve: the same as forgetdemo/views/recovery.py.

import assert from "node:assert/strict";
import fs from "node:fs";
import test from "node:test";
import "./helpers/shared.mjs";

const { depth, depthWords, VERDICTS } = await import("../../web/page/relearntab.js");

const line = (...shares) => [0, 1, 2, 4].map((step, i) => [step, shares[i]]);
const known = { original: line(1, 1, 1, 1), oracle: line(0, 0.1, 0.3, 0.6) };

test("the verdict is by how high the curve lies", () => {
  for (const [shares, verdict] of [
    [[0, 0, 0, 0.2], "deep"],
    [[0, 0.1, 0.3, 0.6], "deep"],
    [[0, 0.1, 0.5, 1], "between"],
    [[0, 0.9, 1, 1], "shallow"],
    [[1, 1, 1, 1], "shallow"],
  ]) {
    assert.equal(depth(line(...shares), known.original, known.oracle), verdict);
    assert(depthWords("6", line(...shares), known).endsWith(VERDICTS[verdict]));
  }
});

test("the words are Python's", () => {
  const source = fs.readFileSync(
    new URL("../../forgetdemo/views/recovery.py", import.meta.url),
    "utf8",
  );
  const python = source.replace(/"\s*\n\s*"/g, "");
  for (const words of Object.values(VERDICTS)) assert(python.includes(`"${words}"`), words);
  assert.equal(
    depthWords("6", line(0, 0.95, 1, 1), known).split(". ")[0],
    "6 is back to stay after 1 step; a model that never saw it is not within 4",
  );
  assert.match(depthWords("6", line(0, 0, 0, 0.5), known), /^After 4 steps 6 is at 50 %, not at/);
  assert.match(depthWords("6", line(0, 0, 0, 0.5), null), /No retrained model was measured/);
});
