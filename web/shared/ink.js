/* Strokes → grey values, in plain arithmetic: equal bits in every browser, and nothing that one
 * could falsify, as some do with what is read back from a canvas. */
(() => {
  "use strict";

  /**
   * Add a line with round ends to grey values; what is brighter already stays.
   *
   * A pixel is as bright as the line's edge is far from its middle: 255 from half a pixel inside,
   * 0 from half a pixel outside.
   * @param {Uint8Array} grey side · side values, row by row; changed
   * @param {number} side
   * @param {Stroke} points one: a dot
   * @param {number} pen the line's width, in pixels
   * @returns {Box | null} what may have changed; null: nothing
   */
  function strokeInto(grey, side, points, pen) {
    const reach = pen / 2 + 0.5;
    let [left, top, right, bottom] = [side, side, 0, 0]; // right and bottom are just outside
    for (let at = Math.min(1, points.length - 1); at < points.length; at += 1) {
      const [x0, y0] = points[Math.max(0, at - 1)];
      const [dx, dy] = [points[at][0] - x0, points[at][1] - y0];
      const length = dx * dx + dy * dy;
      const first = [Math.min(x0, x0 + dx), Math.min(y0, y0 + dy)];
      const last = [Math.max(x0, x0 + dx), Math.max(y0, y0 + dy)];
      const [x1, y1] = first.map((value) => Math.max(0, Math.floor(value - reach)));
      const [x2, y2] = last.map((value) => Math.min(side, Math.ceil(value + reach)));
      for (let y = y1; y < y2; y += 1) {
        for (let x = x1; x < x2; x += 1) {
          const [px, py] = [x + 0.5 - x0, y + 0.5 - y0];
          const along = length ? Math.min(1, Math.max(0, (px * dx + py * dy) / length)) : 0;
          const [ox, oy] = [px - along * dx, py - along * dy];
          const cover = Math.min(1, Math.max(0, reach - Math.sqrt(ox * ox + oy * oy)));
          const value = Math.floor(255 * cover + 0.5);
          if (value > grey[y * side + x]) grey[y * side + x] = value;
        }
      }
      [left, top] = [Math.min(left, x1), Math.min(top, y1)];
      [right, bottom] = [Math.max(right, x2), Math.max(bottom, y2)];
    }
    return left < right && top < bottom ? { left, top, right, bottom } : null;
  }

  Object.assign(forgetdemo, /** @satisfies {Partial<Forgetdemo>} */ ({ strokeInto }));
})();
