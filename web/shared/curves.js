/* Lines over steps, which differ in colour, dash and end mark. */
(() => {
  "use strict";
  const { fill, html } = forgetdemo;
  const DASHES = ["", "6 4", "2 3", "8 3 2 3", "1 5"];
  const MARKS = ["●", "■", "▲", "◆", "✕"];
  const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [460, 230, 50, 14, 10, 36]; // and margins

  /**
   * Round numbers from `low` to `high`, about `wanted` of them; `low` alone where there is no way.
   * @param {number} low
   * @param {number} high
   * @param {number} wanted
   */
  function ticks(low, high, wanted) {
    if (!(high > low)) return [low];
    const rough = (high - low) / wanted;
    const unit = 10 ** Math.floor(Math.log10(rough));
    const step = unit * ([1, 2, 5].find((s) => s * unit >= rough * 0.999) ?? 10);
    const found = [];
    for (let i = Math.ceil(low / step - 1e-6); i <= high / step + 1e-6; i += 1)
      found.push(i * step);
    return found;
  }

  /**
   * Three digits, or all before the point.
   * @param {number} value
   */
  const number = (value) =>
    Math.abs(value) >= 100 ? value.toFixed(0) : Number(value.toPrecision(3)).toString();

  /**
   * Axes, lines and a legend.
   * @param {HTMLElement} node
   * @param {Curves} data
   */
  function curves(node, { title, xLabel, yRange, xMax, band, lines }) {
    const all = lines.flatMap((line) => line.points);
    for (const [x, low, high] of band?.points ?? []) all.push([x, low], [x, high]);
    if (!all.length) all.push([0, 0]); // the axes are there before any point, so nothing moves
    const [xs, ys] = [all.map((p) => p[0]), all.map((p) => p[1])];
    const x0 = Math.min(...xs);
    const x1 = Math.max(xMax || Math.max(...xs), x0 + 1);
    const [y0, y1] = yRange || [Math.min(0, ...ys), Math.max(...ys, 1e-9) * 1.05];
    /** @param {number} x */
    const px = (x) => LEFT + ((x - x0) / (x1 - x0)) * (WIDTH - LEFT - RIGHT);
    /** @param {number} y */
    const py = (y) =>
      TOP + ((y1 - Math.min(Math.max(y, y0), y1)) / (y1 - y0)) * (HEIGHT - TOP - BOTTOM);
    const grid = ticks(y0, y1, 5).map(
      (y) => html`<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${py(y)}" y2="${py(y)}"
        class="fd-grid"/><text x="${LEFT - 6}" y="${py(y) + 4}"
        text-anchor="end">${number(y)}</text>`,
    );
    const marks = ticks(x0, x1, 6).map(
      (x) => html`<text x="${px(x)}" y="${HEIGHT - BOTTOM + 16}"
        text-anchor="middle">${number(x)}</text>`,
    );
    const lower = band ? band.points.map(([x, y]) => `${px(x)},${py(y)}`).reverse() : [];
    const upper = band ? band.points.map(([x, , y]) => `${px(x)},${py(y)}`) : [];
    const between = band
      ? html`<polygon class="fd-band fd-${band.role}" points="${[...upper, ...lower].join(" ")}"/>`
      : "";
    const told = band
      ? html`<li class="fd-${band.role}"><svg viewBox="0 0 28 8" width="28" height="8"><rect
        class="fd-band" width="28" height="8"/></svg> ${band.name}</li>`
      : "";
    const drawn = lines.map(({ role, points }, i) => {
      const last = points.at(-1);
      if (!last) return "";
      const path = points.map(
        ([x, y], k) => `${k ? "L" : "M"}${px(x).toFixed(1)} ${py(y).toFixed(1)}`,
      );
      return html`<g class="fd-line fd-${role ?? `line${i}`}"><path d="${path.join("")}"
        stroke-dasharray="${DASHES[i % 5]}"/><text x="${px(last[0])}" y="${py(last[1]) + 4}"
        text-anchor="middle">${MARKS[i % 5]}</text></g>`;
    });
    const legend = lines.map(({ name, role, points }, i) => {
      const last = points.at(-1);
      const value = last ? html` <span class="fd-bar-value">${number(last[1])}</span>` : "";
      return html`<li class="fd-${role ?? `line${i}`}"><svg viewBox="0 0 28 8" width="28"
        height="8"><path d="M0 4H28" stroke-dasharray="${DASHES[i % 5]}"/></svg><b>${
          MARKS[i % 5]
        }</b> ${name}${value}</li>`;
    });
    fill(
      node,
      html`<figure class="fd-curves"><figcaption>${title}</figcaption>
        <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">${grid}${marks}
        <text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 4}"
        text-anchor="middle">${xLabel}</text>
        ${between}${drawn}</svg><ul class="fd-legend">${legend}${told}</ul></figure>`,
    );
  }

  Object.assign(forgetdemo.views, /** @satisfies {Partial<Draw>} */ ({ curves }));
})();
