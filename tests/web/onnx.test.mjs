// What an ONNX file would have the runtime do: files of ours pass, all else gets one sentence.

import assert from "node:assert/strict";
import fs from "node:fs";
import test from "node:test";
import { whatIsForeign } from "../../web/page/onnx.js";

const shipped = (name) =>
  new Uint8Array(fs.readFileSync(new URL(`../../assets/models/${name}`, import.meta.url)));

// A writer of protobuf: [field, value] pairs; a number, text, bytes, or a message of such pairs.
const varint = (n) => (n < 128 ? [n] : [(n % 128) | 128, ...varint(Math.floor(n / 128))]);
function message(...fields) {
  return fields.flatMap(([field, value]) => {
    if (typeof value === "number") return [...varint(8 * field), ...varint(value)];
    const bytes = typeof value === "string" ? [...new TextEncoder().encode(value)] : value;
    return [...varint(8 * field + 2), ...varint(bytes.length), ...bytes];
  });
}
const tensor = (name, dims, type = 1) =>
  message(
    ...dims.map((side) => [1, side]),
    [2, type],
    [8, name],
    [9, Array(dims.reduce((a, b) => a * b, 1) * (type === 1 ? 4 : 8)).fill(0)],
  );
const ints = (name, ...values) => message([1, name], ...values.map((v) => [8, v]), [20, 7]);
const int = (name, value) => message([1, name], [3, value], [20, 2]);
const node = (type, inputs, output, ...attributes) =>
  message(
    ...inputs.map((name) => [1, name]),
    [2, output],
    [4, type],
    ...attributes.map((a) => [5, a]),
  );
const graph = (nodes, tensors) =>
  message(...nodes.map((n) => [1, n]), [2, "g"], ...tensors.map((t) => [5, t]));
const model = (nodes, tensors, ...more) =>
  Uint8Array.from(
    message([1, 10], [7, graph(nodes, tensors)], [8, message([1, ""], [2, 20])], ...more),
  );
const flat = node("Flatten", ["pixels"], "flat");
const dense = node("Gemm", ["flat", "w", "b"], "logits", int("transB", 1));
const soft = node("Softmax", ["logits"], "probabilities");
const weights = [tensor("w", [10, 784]), tensor("b", [10])];
const conv = (...attributes) => node("Conv", ["pixels", "k"], "seen", ...attributes);
const pool = (...sides) => node("MaxPool", ["pixels"], "seen", ints("kernel_shape", ...sides));

test("the shipped models and a small one of the same kind are opened", () => {
  for (const name of ["before.onnx", "after.onnx", "oracle.onnx", "logit_mask.onnx"])
    assert.equal(whatIsForeign(shipped(name), name), "");
  assert.equal(whatIsForeign(model([flat, dense, soft], weights), "a"), "");
});

test("packed numbers are read like single ones", () => {
  const w = message(
    [1, [...varint(10), ...varint(784)]],
    [2, 1],
    [8, "w"],
    [9, Array(31360).fill(0)],
  );
  assert.equal(whatIsForeign(model([flat, dense, soft], [w, weights[1]]), "a"), "");
});

const scan = node("Relu", ["pixels"], "flat", message([1, "body"], [6, graph([], [])], [20, 5]));
const cases = {
  "operator Loop": model([node("Loop", ["pixels"], "flat"), dense, soft], weights),
  "attribute has parts": model([scan, dense, soft], weights),
  "operator ConstantOfShape": model([node("ConstantOfShape", ["pixels"], "flat")], []),
  "operator Expand": model([node("Expand", ["pixels", "s"], "flat")], [tensor("s", [4], 7)]),
  "operator toString": model([node("toString", ["pixels"], "flat")], []),
  "operator __proto__": model([node("__proto__", ["pixels"], "flat")], []),
  "works on its image in another way": model(
    [node("Sub", ["pixels", "k"], "seen")],
    [tensor("k", [500, 1])],
  ),
  "do not follow each other": model([flat, node("Relu", ["pixels"], "other")], []),
  "window of its layers is too large": model(
    [conv(ints("pads", 60_000, 0, 0, 0))],
    [tensor("k", [1, 1, 3, 3])],
  ),
  "too large, or empty": model(
    [pool(15, 15), node("MaxPool", ["seen"], "x", ints("kernel_shape", 15, 15))],
    [],
  ),
  "widen their images": model(
    [conv(message([1, "auto_pad"], [4, "SAME_UPPER"], [20, 3]))],
    [tensor("k", [1, 1, 3, 3])],
  ),
  "not answer ten classes": model([flat], []),
  "do not fit each other": model([flat, dense, soft], [tensor("w", [10, 700]), tensor("b", [10])]),
  "too many layers": model(Array(65).fill(node("Relu", ["pixels"], "pixels")), []),
  "takes too long": model(
    [
      node("Conv", ["pixels", "k"], "a"),
      node("Conv", ["a", "l"], "b"),
      node("Conv", ["b", "l"], "c"),
      node("Conv", ["c", "l"], "d"),
      node("Conv", ["d", "l"], "e"),
      node("Conv", ["e", "l"], "f"),
    ],
    [tensor("k", [200, 1, 1, 1]), tensor("l", [200, 200, 1, 1])],
  ),
  "weights are not in it": model([flat, dense, soft], [message([1, 10], [2, 1], [8, "w"])]),
  "its model has parts": model([flat, dense, soft], weights, [25, message([1, "f"])]),
  "it has two of graph": model([flat, dense, soft], weights, [7, graph([], [])]),
  "operators of its own": model([flat, dense, soft], weights, [8, message([1, "com.x"], [2, 1])]),
  "in its own way": model([message([1, "pixels"], [2, "a"], [2, "b"], [4, "Relu"])], []),
  "is damaged": Uint8Array.from([71, 73, 70, 56, 57, 97]),
};
for (const [words, bytes] of Object.entries(cases))
  test(`refused: ${words}`, () => {
    const said = whatIsForeign(bytes, "after.onnx");
    assert.ok(said.startsWith("after.onnx is ") && said.endsWith("."), said);
    assert.ok(said.includes(words), said);
    assert.ok(said.length < 160);
  });

test("dimensions beyond all bounds are read as such", () => {
  const huge = message([1, 2 ** 52], [1, 2 ** 52], [2, 1], [8, "w"], [9, []]);
  assert.match(whatIsForeign(model([flat, dense, soft], [huge, weights[1]]), "a"), /not in it/);
});

test("whatever bytes are changed or lost, there is an answer, and soon", () => {
  const whole = shipped("before.onnx");
  let seed = 1;
  const below = (n) => (seed = (seed * 48271) % 2147483647) % n;
  for (let i = 0; i < 2000; i += 1) {
    const bytes = whole.slice(0, i % 4 ? whole.length : below(whole.length));
    for (let n = 0; n < 3; n += 1) bytes[i % 2 ? below(1500) : below(bytes.length)] = below(256);
    const start = performance.now();
    assert.equal(typeof whatIsForeign(bytes, "a"), "string");
    assert.ok(performance.now() - start < 1000);
  }
});

test("four megabytes of tiny parts take no longer than a moment", () => {
  const bytes = new Uint8Array(4_000_000).fill(0);
  for (let i = 0; i < bytes.length; i += 2) bytes[i] = 0x3a; // field 7, empty, two million times
  const start = performance.now();
  assert.match(whatIsForeign(bytes, "a"), /two of graph/);
  const nodes = new Uint8Array(3_999_994);
  for (let i = 0; i < nodes.length; i += 2) nodes[i] = 0x0a; // two million empty nodes
  const many = Uint8Array.from([0x3a, ...varint(nodes.length)]);
  const file = new Uint8Array(many.length + nodes.length);
  file.set(many);
  file.set(nodes, many.length);
  assert.notEqual(whatIsForeign(file, "a"), "");
  assert.ok(performance.now() - start < 4000);
});
