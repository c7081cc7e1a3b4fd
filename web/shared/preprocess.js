/* What is on the pad → the 28×28 picture that models see. As forgetdemo/predict/preprocess.py, to
 * the bit: every step is a plain sum in the same order. Needs nothing else, not even a page. */
(() => {
  "use strict";
  const [IMAGE, PAD, DIGIT, CENTRE, THRESHOLD, FAINTEST] = [28, 280, 20, 13.5, 10, 32];

  /**
   * Keys' cubic convolution kernel, a = -0.5.
   * @param {number} distance
   */
  function cubic(distance) {
    const x = Math.abs(distance);
    if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
    if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
    return 0;
  }

  /**
   * Resize rows of (size × across) values to `count`, the kernel widened by the shrink factor.
   * @param {Float64Array} source
   * @param {number} size
   * @param {number} across
   * @param {number} count
   */
  function resampleRows(source, size, across, count) {
    const step = size / count;
    const width = Math.max(step, 1);
    const result = new Float64Array(count * across);
    for (let row = 0; row < count; row += 1) {
      const middle = (row + 0.5) * step - 0.5;
      const first = Math.max(0, Math.ceil(middle - 2 * width));
      const last = Math.min(size - 1, Math.floor(middle + 2 * width));
      const weights = [];
      let total = 0;
      for (let at = first; at <= last; at += 1) {
        weights.push(cubic((at - middle) / width));
        total += weights[weights.length - 1];
      }
      weights.forEach((weight, place) => {
        const share = weight / total;
        const from = (first + place) * across;
        for (let x = 0; x < across; x += 1) result[row * across + x] += source[from + x] * share;
      });
    }
    return result;
  }

  /**
   * @param {Float64Array} source
   * @param {number} rows
   * @param {number} columns
   */
  function transpose(source, rows, columns) {
    const result = new Float64Array(rows * columns);
    for (let y = 0; y < rows; y += 1)
      for (let x = 0; x < columns; x += 1) result[x * rows + y] = source[y * columns + x];
    return result;
  }

  /**
   * Resize grey values to Uint8Array(height · width), rounding half up.
   * @param {ArrayLike<number>} source
   * @param {number} rows
   * @param {number} columns
   * @param {number} height
   * @param {number} width
   */
  function resize(source, rows, columns, height, width) {
    const tall = resampleRows(Float64Array.from(source), rows, columns, height);
    const both = resampleRows(transpose(tall, height, columns), columns, height, width);
    const upright = transpose(both, width, height);
    return Uint8Array.from(upright, (v) => Math.min(255, Math.max(0, Math.floor(v + 0.5))));
  }

  /**
   * A 28×28 picture as the pad would show it: Uint8Array(280 · 280).
   * @param {Uint8Array} pixels
   */
  const canvasOf = (pixels) => resize(pixels, IMAGE, IMAGE, PAD, PAD);

  /**
   * Where to paste so that the centre of mass comes nearest to 13.5, all inside.
   * @param {number[]} sums
   * @param {number} side
   */
  function offset(sums, side) {
    let total = 0;
    let moment = 0;
    sums.forEach((sum, at) => {
      total += sum;
      moment += sum * at;
    });
    const centre = total ? moment / total : (side - 1) / 2;
    return Math.min(Math.max(Math.floor(CENTRE - centre + 0.5), 0), IMAGE - side);
  }

  /**
   * Box, longest side 20, anti-aliased, centre of mass at the centre of 28×28.
   * @param {Uint8Array} grey height · width values 0–255, row by row
   * @param {number} width
   * @param {number} height
   * @returns {Drawing}
   */
  function preprocess(grey, width, height) {
    let bright = 0;
    for (const value of grey) if (value >= 128) bright += 1;
    const notes = [];
    let values = grey;
    if (2 * bright > grey.length) {
      values = Uint8Array.from(grey, (value) => 255 - value);
      notes.push("dark ink on a bright ground: inverted");
    }
    let [top, bottom, left, right, most] = [height, -1, width, -1, 0];
    for (let y = 0; y < height; y += 1)
      for (let x = 0; x < width; x += 1) {
        const value = values[y * width + x];
        if (value > most) most = value;
        if (value > THRESHOLD) {
          top = Math.min(top, y);
          bottom = y;
          left = Math.min(left, x);
          right = Math.max(right, x);
        }
      }
    const pixels = new Uint8Array(IMAGE * IMAGE);
    if (bottom < 0 || most < FAINTEST) return { pixels, blank: true, note: "draw a digit" };
    const [rows, columns] = [bottom - top + 1, right - left + 1];
    const longest = Math.max(rows, columns);
    if (10 * longest <= Math.max(height, width)) notes.push("only a dot: draw larger");
    else if (Math.min(top, left) === 0 || bottom === height - 1 || right === width - 1)
      notes.push("the ink touches the edge: some may be missing");
    const digit = new Float64Array(rows * columns);
    for (let y = 0; y < rows; y += 1)
      for (let x = 0; x < columns; x += 1)
        digit[y * columns + x] = values[(top + y) * width + left + x];
    /** @param {number} side */
    const scaled = (side) => Math.max(1, Math.floor((side * DIGIT) / longest + 0.5));
    const [tall, wide] = [scaled(rows), scaled(columns)];
    const small = resize(digit, rows, columns, tall, wide);
    const byRow = new Array(tall).fill(0);
    const byColumn = new Array(wide).fill(0);
    small.forEach((value, at) => {
      byRow[Math.floor(at / wide)] += value;
      byColumn[at % wide] += value;
    });
    const [oy, ox] = [offset(byRow, tall), offset(byColumn, wide)];
    small.forEach((value, at) => {
      pixels[(oy + Math.floor(at / wide)) * IMAGE + ox + (at % wide)] = value;
    });
    return { pixels, blank: false, note: notes.join("; ") };
  }

  globalThis.forgetdemo = Object.assign(
    globalThis.forgetdemo ?? {},
    /** @satisfies {Partial<Forgetdemo>} */ ({ preprocess, canvasOf }),
  );
})();
