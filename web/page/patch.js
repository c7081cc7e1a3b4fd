/* Bytes that travelled small → the exact files: planes, patches, safetensors. Pure functions. */

const ARRAYS = { U8: Uint8Array, I32: Int32Array, F32: Float32Array };

/** Undo `planes` of export/web/data.py: four planes of bytes → groups of four. */
export function fromPlanes(bytes) {
  const quarter = Math.floor(bytes.length / 4);
  const result = new Uint8Array(bytes.length);
  for (let plane = 0; plane < 4; plane += 1)
    for (let i = 0; i < quarter; i += 1) result[4 * i + plane] = bytes[plane * quarter + i];
  result.set(bytes.subarray(4 * quarter), 4 * quarter);
  return result;
}

/** Read safetensors: { name: typed array }, copies. Throws on anything that does not fit. */
export function readTensors(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 8 + Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
  const found = {};
  for (const [name, { dtype, data_offsets: [from, to] }] of Object.entries(header)) {
    const kind = ARRAYS[dtype];
    if (!kind || !(from <= to) || start + to > bytes.length) throw new Error(`${name} does not fit`);
    found[name] = new kind(bytes.slice(start + from, start + to).buffer);
  }
  return found;
}

/** `base` with the bytes of a patch (`make_patch` of export/web/data.py) put in: a new array. */
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

/** `base` with some of its float32 replaced: a new array.
 *
 * tensors: [{ shape, offset }] in the order that positions count through; offset is the place of
 * a tensor's first byte. index: ascending positions; value: as many float32. */
export function applyWeights(base, tensors, index, value) {
  const result = base.slice();
  const view = new DataView(result.buffer);
  let [tensor, first] = [0, 0];
  const size = () => tensors[tensor].shape.reduce((a, b) => a * b, 1);
  index.forEach((position, i) => {
    while (position >= first + size()) {
      first += size();
      tensor += 1;
    }
    view.setFloat32(tensors[tensor].offset + 4 * (position - first), value[i], true);
  });
  return result;
}
