/* Grey values → pictures as data URLs; and bytes → files of the visitor. */

/**
 * A square of grey values 0–255 → a PNG data URL.
 * @param {Uint8Array} grey
 * @param {number} side
 */
export const pictureUrl = (grey, side) => forgetdemo.plainPng(grey, side);

/**
 * Save bytes as a file of the visitor.
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {string} name
 */
export function save(bytes, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes]));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
