/* Grey values ↔ pictures: data URLs by a canvas, blends, and text files to save. */

const canvases = new Map();

/** Grey values 0–255, side · side, → a PNG data URL. */
export function pictureUrl(grey, side) {
  if (!canvases.has(side)) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = side;
    canvases.set(side, canvas);
  }
  const context = canvases.get(side).getContext("2d", { willReadFrequently: true });
  const image = context.createImageData(side, side);
  grey.forEach((value, i) => image.data.set([value, value, value, 255], 4 * i));
  context.putImageData(image, 0, 0);
  return canvases.get(side).toDataURL("image/png");
}

/** Save bytes as a file of the visitor. */
export function save(bytes, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes]));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
