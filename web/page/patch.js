/* Bytes that travelled small → the exact files: planes, patches, safetensors. Pure functions. */

/**
 * Half precision → single: every value has its own there. Infinity and NaN have none here.
 * @param {Uint16Array} bits
 */
export function fromHalf(bits) {
  const found = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i += 1) {
    const [power, rest] = [(bits[i] >> 10) & 31, bits[i] & 1023];
    const size = power ? (1 + rest / 1024) * 2 ** (power - 15) : rest * 2 ** -24;
    found[i] = bits[i] & 0x8000 ? -size : size;
  }
  return found;
}

/** @type {Record<string, (buffer: ArrayBuffer) => Tensors[string]>} */
const ARRAYS = {
  U8: (buffer) => new Uint8Array(buffer),
  I32: (buffer) => new Int32Array(buffer),
  F32: (buffer) => new Float32Array(buffer),
  F16: (buffer) => fromHalf(new Uint16Array(buffer)),
};

/**
 * How many values a tensor of this shape has.
 * @param {number[]} shape
 */
export const sizeOf = (shape) => shape.reduce((a, b) => a * b, 1);

/**
 * Undo `planes` of export/web/data.py: four planes of bytes → groups of four.
 * @param {Uint8Array} bytes
 */
export function fromPlanes(bytes) {
  const quarter = Math.floor(bytes.length / 4);
  const result = new Uint8Array(bytes.length);
  for (let plane = 0; plane < 4; plane += 1)
    for (let i = 0; i < quarter; i += 1) result[4 * i + plane] = bytes[plane * quarter + i];
  result.set(bytes.subarray(4 * quarter), 4 * quarter);
  return result;
}

/**
 * Read safetensors: copies, by name. Throws on anything that does not fit.
 * @param {Uint8Array} bytes
 */
export function readTensors(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 8 + Number(view.getBigUint64(0, true));
  /** @type {Record<string, { dtype: string, data_offsets: [number, number] }>} */
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
  /** @type {Tensors} */
  const found = {};
  for (const [name, { dtype, data_offsets: offsets }] of Object.entries(header)) {
    const [kind, [from, to]] = [ARRAYS[dtype], offsets];
    if (!kind || !(from <= to) || start + to > bytes.length)
      throw new Error(`${name} does not fit`);
    found[name] = kind(new Uint8Array(bytes.subarray(start + from, start + to)).buffer);
  }
  return found;
}

/**
 * `base` with the bytes of a patch (`make_patch` of export/web/data.py) put in: a new array.
 * @param {Uint8Array} base
 * @param {Uint8Array} patch
 */
export function applyPatch(base, patch) {
  const { gaps, value, length } = readTensors(patch);
  const result = new Uint8Array(length[0]);
  result.set(base.subarray(0, Math.min(base.length, length[0])));
  let at = 0;
  gaps.forEach((gap, i) => {
    at += gap;
    result[at] = value[i];
  });
  return result;
}

/**
 * `base` with some of its float32 replaced: a new array.
 * @param {Uint8Array} base
 * @param {PairTensor[]} tensors in the order that positions count through
 * @param {ArrayLike<number>} index ascending positions
 * @param {ArrayLike<number>} value as many float32
 */
export function applyWeights(base, tensors, index, value) {
  const result = new Uint8Array(base);
  const view = new DataView(result.buffer);
  let [tensor, first] = [0, 0];
  const size = () => sizeOf(tensors[tensor].shape);
  for (let i = 0; i < index.length; i += 1) {
    while (index[i] >= first + size()) {
      first += size();
      tensor += 1;
    }
    view.setFloat32(tensors[tensor].offset + 4 * (index[i] - first), value[i], true);
  }
  return result;
}
