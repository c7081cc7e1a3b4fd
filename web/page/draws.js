/* Random numbers that Python and JavaScript agree on, as forgetdemo/settings/draws.py makes them:
 * Threefry-2x32-20 (Salmon and others 2011), a keyed counter, and what is drawn from it. */

/** Streams: places of a batch among images of the class, and among the rest. */
export const [FORGET, RETAIN] = [0, 1];
const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
];
const PARITY = 0x1bd11bda;
const WORD = 2 ** 32;

/**
 * Encrypt one counter with a key: 20 rounds.
 * @param {[number, number]} key
 * @param {[number, number]} counter
 * @returns {[number, number]}
 */
export function threefry(key, counter) {
  const keys = [key[0], key[1], key[0] ^ key[1] ^ PARITY];
  let [left, right] = [(counter[0] + keys[0]) | 0, (counter[1] + keys[1]) | 0];
  for (let turn = 0; turn < 5; turn += 1) {
    for (const rotation of ROTATIONS[turn % 2]) {
      left = (left + right) | 0;
      right = ((right << rotation) | (right >>> (32 - rotation))) ^ left;
    }
    left = (left + keys[(turn + 1) % 3]) | 0;
    right = (right + keys[(turn + 2) % 3] + turn + 1) | 0;
  }
  return [left >>> 0, right >>> 0];
}

/**
 * The first `count` words of a stream.
 * @param {number} seed
 * @param {number} stream
 * @param {number} count
 */
export function words(seed, stream, count) {
  const found = new Uint32Array(count);
  for (let i = 0; i < count; i += 2) {
    const [left, right] = threefry([seed, stream], [i / 2, 0]);
    found[i] = left;
    if (i + 1 < count) found[i + 1] = right;
  }
  return found;
}

/**
 * `count` places 0..below-1, drawn with replacement.
 * @param {number} seed
 * @param {number} stream
 * @param {number} count
 * @param {number} below at most 2 ** 21, so that no product is rounded
 */
export const places = (seed, stream, count, below) =>
  Int32Array.from(words(seed, stream, count), (word) => Math.floor((word * below) / WORD));
