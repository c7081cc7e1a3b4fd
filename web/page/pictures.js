/* Grey values → pictures as data URLs, by a canvas; and bytes → files of the visitor. */

/** @type {Map<number, HTMLCanvasElement>} */
const canvases = new Map();

/** @param {number} side */
function canvasOf(side) {
  const canvas = canvases.get(side) ?? document.createElement("canvas");
  if (!canvases.has(side)) canvas.width = canvas.height = side;
  canvases.set(side, canvas);
  return canvas;
}

/**
 * A square of grey values 0–255 → a PNG data URL.
 * @param {Uint8Array} grey
 * @param {number} side
 */
export function pictureUrl(grey, side) {
  const canvas = canvasOf(side);
  const context = /** @type {CanvasRenderingContext2D} */ (
    canvas.getContext("2d", { willReadFrequently: true })
  );
  const image = context.createImageData(side, side);
  grey.forEach((value, i) => image.data.set([value, value, value, 255], 4 * i));
  context.putImageData(image, 0, 0);
  return canvas.toDataURL("image/png");
}

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
