/* What an ONNX file would have the runtime do, read before the runtime sees it. A stranger's file
 * may hold loops without an end, or tensors larger than the machine; here it is a chain of the
 * layers that such a network has, whose sizes are known, or it is refused. */

const [IMAGE, CLASSES] = [28, 10];
const MOST = { nodes: 64, values: 1_000_000, products: 100_000_000, side: 15 };
const [VARINT, FIXED64, BYTES, FIXED32] = [0, 1, 2, 5]; // protobuf's ways to write a value
const [FLOAT, INTEGER] = [1, 7]; // onnx.TensorProto.DataType
const SIZE = { [FLOAT]: 4, [INTEGER]: 8 };

// prettier-ignore
/** The fields of onnx.proto3 that a model of this kind may have, by message: name by number. */
const FIELDS = {
  model: {
    1: "ir", 2: "producer", 3: "version", 4: "domain", 5: "number", 6: "doc", 7: "graph",
    8: "opset", 14: "notes",
  },
  opset: { 1: "domain", 2: "version" },
  graph: {
    1: "node", 2: "name", 5: "initializer", 10: "doc", 11: "input", 12: "output", 13: "value",
    16: "notes",
  },
  node: {
    1: "input", 2: "output", 3: "name", 4: "type", 5: "attribute", 6: "doc", 7: "domain",
    9: "notes",
  },
  attribute: { 1: "name", 2: "f", 3: "i", 4: "s", 8: "ints", 13: "doc", 20: "type" },
  tensor: { 1: "dims", 2: "type", 8: "name", 9: "raw", 12: "doc" },
};
/** Those that may come more than once; of others, protobuf takes the last, or merges them. */
const MANY = "node initializer opset input output value attribute ints dims notes".split(" ");

/** What is not a network of ours; the words go into a sentence, if the file is one at all. */
class Foreign extends Error {}
const DAMAGED = "";

/** @typedef {Record<string, (number | Uint8Array)[]>} Message */
/** @typedef {Record<string, number[]>} Settings a layer's attributes that are whole numbers */
/** @typedef {{ type: string, inputs: string[], output: string, settings: Settings }} Layer */
/** @typedef {{ dims: number[], type: number }} Weight */
/** @typedef {number[]} Shape one image's: [values], or [channels, height, width] */

/**
 * One protobuf message, each field's values in their order.
 * @param {number | Uint8Array} bytes
 * @param {keyof typeof FIELDS} kind
 * @returns {Message}
 */
function read(bytes, kind) {
  if (!(bytes instanceof Uint8Array)) throw new Foreign(DAMAGED);
  /** @type {Record<number, string>} */
  const names = FIELDS[kind];
  /** @type {Message} */
  const found = {};
  let at = 0;
  while (at < bytes.length) {
    const [key, next] = varint(bytes, at);
    const [name, way] = [names[Math.floor(key / 8)], key % 8];
    if (!name) throw new Foreign(`its ${kind} has parts that none of ours has`);
    /** @type {number | Uint8Array} */
    let value = 0;
    at = next;
    if (way === VARINT) [value, at] = varint(bytes, at);
    else if (way === FIXED32) at += 4;
    else if (way === FIXED64) at += 8;
    else if (way === BYTES) {
      const [length, start] = varint(bytes, at);
      at = start + length;
      value = bytes.subarray(start, at);
    } else throw new Foreign(DAMAGED);
    if (at > bytes.length) throw new Foreign(DAMAGED);
    const values = (found[name] ??= []);
    values.push(value);
    if (values.length > 1 && !MANY.includes(name)) throw new Foreign(`it has two of ${name}`);
  }
  return found;
}

/**
 * A number and where the next byte is; negative ones come as 2 ** 64 less, too large for anything.
 * @param {Uint8Array} bytes
 * @param {number} at
 * @returns {[number, number]}
 */
export function varint(bytes, at) {
  let value = 0;
  for (let i = 0; i < 10 && at + i < bytes.length; i += 1) {
    value += (bytes[at + i] & 127) * 2 ** (7 * i);
    if (bytes[at + i] < 128) return [value, at + i + 1];
  }
  throw new Foreign(DAMAGED);
}

/**
 * Whole numbers, packed into one value or one by one.
 * @param {(number | Uint8Array)[]} values
 * @returns {number[]}
 */
function numbers(values = []) {
  return values.flatMap((value) => {
    if (typeof value === "number") return value;
    const result = [];
    let at = 0;
    while (at < value.length) {
      const [one, next] = varint(value, at);
      result.push(one);
      at = next;
    }
    return result;
  });
}

/** @param {(number | Uint8Array)[]} values */
const texts = (values = []) =>
  values.map((value) =>
    typeof value === "number" ? "" : new TextDecoder().decode(value.subarray(0, 200)),
  );
/** @param {number[]} sizes */
const product = (sizes) => sizes.reduce((whole, size) => whole * size, 1);

/**
 * A tensor of the file: as many values as it says, in the file itself.
 * @param {number | Uint8Array} bytes
 * @returns {[string, Weight]}
 */
function weight(bytes) {
  const tensor = read(bytes, "tensor");
  const [dims, type] = [numbers(tensor.dims), numbers(tensor.type)[0]];
  const raw = tensor.raw?.[0];
  const size = type === FLOAT || type === INTEGER ? SIZE[type] : 0;
  if (!(raw instanceof Uint8Array) || !size || raw.length !== product(dims) * size)
    throw new Foreign("its weights are not in it as they should be");
  return [texts(tensor.name)[0] ?? "", { dims, type }];
}

/**
 * @param {number | Uint8Array} bytes
 * @returns {Layer}
 */
function layer(bytes) {
  const node = read(bytes, "node");
  const [outputs, type] = [texts(node.output), texts(node.type)[0] ?? ""];
  if (!Object.hasOwn(OPERATORS, type)) throw new Foreign(`it uses the operator ${type}`);
  if (texts(node.domain)[0] || outputs.length !== 1)
    throw new Foreign(`it uses ${type} in its own way`);
  const attributes = (node.attribute ?? []).map((value) => read(value, "attribute"));
  const settings = Object.fromEntries(
    attributes.map((a) => [texts(a.name)[0] ?? "", numbers(a.ints ?? a.i)]),
  );
  if (Object.keys(settings).length !== attributes.length) throw new Foreign(DAMAGED);
  if (attributes.some((a) => texts(a.name)[0] === "auto_pad" && texts(a.s)[0] !== "NOTSET"))
    throw new Foreign("its layers widen their images by themselves");
  return {
    type,
    inputs: texts(node.input),
    output: outputs[0],
    settings,
  };
}

/**
 * Sides after a window has gone over an image.
 * @param {Shape} shape
 * @param {number[]} window
 * @param {Record<string, number[]>} settings
 * @returns {number[]}
 */
function slide(
  [, ...sides],
  window,
  { pads = [0, 0, 0, 0], strides = [1, 1], dilations = [1, 1] },
) {
  const small = [...window, ...pads, ...strides, ...dilations].every((n) => n <= MOST.side);
  if (sides.length !== 2 || window.length !== 2 || pads.length !== 4 || !small)
    throw new Foreign("a window of its layers is too large");
  return sides.map((side, axis) => {
    const covered = dilations[axis] * (window[axis] - 1) + 1;
    return Math.floor((side + pads[axis] + pads[axis + 2] - covered) / strides[axis]) + 1;
  });
}

/**
 * What each operator makes of one image's values, and how many products that takes.
 * @type {Record<string, (shape: Shape, weights: Weight[], settings: Settings) => [Shape, number]>}
 */
const OPERATORS = {
  Sub: scaled,
  Div: scaled,
  Relu: (shape) => [shape, 0],
  Softmax: (shape) => [shape, 0],
  Reshape: (shape) => [[product(shape)], 0],
  Flatten: (shape) => [[product(shape)], 0],
  MaxPool(shape, _, settings) {
    const window = settings.kernel_shape ?? [];
    const next = [shape[0], ...slide(shape, window, settings)];
    return [next, product([...next, ...window])];
  },
  Conv(shape, [kernel], settings) {
    const [channels, each, ...window] = kernel?.dims ?? [];
    const sides = slide(shape, window, settings);
    if (each !== shape[0]) throw new Foreign("its layers do not fit each other");
    return [[channels, ...sides], product([channels, ...sides, each, ...window])];
  },
  Gemm(shape, [matrix], settings) {
    const dims = settings.transB?.[0] === 1 ? matrix?.dims : [...(matrix?.dims ?? [])].reverse();
    if (shape.length !== 1 || dims?.length !== 2 || dims[1] !== shape[0])
      throw new Foreign("its layers do not fit each other");
    return [[dims[0]], product(dims)];
  },
};

/**
 * One number for all values.
 * @param {Shape} shape
 * @param {Weight[]} weights
 * @returns {[Shape, number]}
 */
function scaled(shape, weights) {
  if (weights.length !== 1 || weights[0].dims.length)
    throw new Foreign("it works on its image in another way");
  return [shape, 0];
}

/**
 * Follow one image through the layers.
 * @param {Message} graph
 */
function follow(graph) {
  if ((graph.node ?? []).length > MOST.nodes) throw new Foreign("it has too many layers");
  const layers = (graph.node ?? []).map(layer);
  const weights = new Map((graph.initializer ?? []).map(weight));
  /** @type {[Shape, string, number]} */
  let [shape, name, products] = [[1, IMAGE, IMAGE], "pixels", 0];
  for (const { type, inputs, output, settings } of layers) {
    const others = inputs.slice(1).map((each) => weights.get(each));
    const fixed = others.filter((each) => each !== undefined);
    if (inputs[0] !== name || fixed.length !== others.length || weights.has(output))
      throw new Foreign("its layers do not follow each other");
    const [next, more] = OPERATORS[type](shape, fixed, settings);
    if (!next.every((side) => side >= 1) || !(product(next) <= MOST.values))
      throw new Foreign("a layer is too large, or empty");
    [shape, name, products] = [next, output, products + more];
  }
  if (!(products <= MOST.products)) throw new Foreign("it takes too long");
  if (shape.length !== 1 || shape[0] !== CLASSES)
    throw new Foreign("it does not answer ten classes");
}

/**
 * Why the runtime must not open this file, in one sentence; "" if it may: it is a chain of known
 * layers, and one image takes a bounded number of values and products.
 * @param {Uint8Array} bytes of a whole file
 * @param {string} name what the sentence calls it
 */
export function whatIsForeign(bytes, name) {
  try {
    const model = read(bytes, "model");
    const imports = (model.opset ?? []).map((each) => read(each, "opset"));
    if (imports.some((each) => texts(each.domain)[0]))
      throw new Foreign("it uses operators of its own");
    follow(read(model.graph?.[0] ?? 0, "graph"));
    return "";
  } catch (error) {
    if (!(error instanceof Foreign)) throw error;
    return error.message
      ? `${name} is another kind of model (${error.message}): export it with forgetdemo.`
      : `${name} is damaged (not an ONNX model): export it again.`;
  }
}
