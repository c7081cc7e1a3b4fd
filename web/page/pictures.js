/* Grey values → pictures as data URLs; and bytes → files of the visitor. */

export const { plainPng: pictureUrl } = forgetdemo;

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
