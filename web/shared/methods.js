/* Methods side by side: a scatter per question, and a table of all of them. */
(() => {
  "use strict";
  const { figure, fill, html, spread } = forgetdemo;

  /** @type {Record<string, string>} */
  const SHAPES = {
    after: "M-5-5H5V5H-5Z",
    before: "M0-6L6 0L0 6L-6 0Z",
    oracle: "M0-6L5 4H-5Z",
    masked: "M0 6L5-4H-5Z",
  };
  const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [560, 330, 52, 400, 12, 284]; // of a scatter
  const TICKS = [0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998];

  /**
   * Accuracies crowd below 1: a scale on which 90, 99 and 99.9 % lie equally far apart.
   * @param {number} share
   */
  const nines = (share) => -Math.log10(1 - share + 0.0005);

  /** @param {Scatter} data */
  function scatter({ title, yLabel, points, band }) {
    const shares = points.map((p) => p.x);
    const [least, most] = [Math.min(...shares), Math.max(...shares)];
    const [x0, x1] = [nines(least) - 0.08, nines(most) + 0.08];
    const y1 = 1.06 * Math.max(...points.map((p) => p.y), ...(band ?? []), 1e-6);
    /** @param {number} share */
    const x = (share) => LEFT + ((nines(share) - x0) / (x1 - x0)) * (RIGHT - LEFT);
    /** @param {number} value */
    const y = (value) => BOTTOM - (Math.max(0, value) / y1) * (BOTTOM - TOP);
    const round = TICKS.filter((v) => nines(v) >= x0 && nines(v) <= x1);
    const lines = [0, 0.25, 0.5, 0.75, 1].map(
      (part) => html`<path class="fd-grid" d="M${LEFT} ${y(part * y1)}H${RIGHT}"/><text
        x="${LEFT - 6}" y="${y(part * y1) + 4}" text-anchor="end">${(part * y1).toFixed(2)}</text>`,
    );
    const under = (x1 - x0 > 0.3 ? round : [least, most]).map(
      (v) =>
        html`<text x="${x(v)}" y="${BOTTOM + 16}"
          text-anchor="middle">${Number((100 * v).toFixed(2))}</text>`,
    );
    const places = spread(
      points.map((p) => y(p.y)),
      14,
      TOP + 2,
      HEIGHT - 8,
    );
    const marks = points.map((p, i) => {
      const at = `${x(p.x).toFixed(1)} ${y(p.y).toFixed(1)}`;
      return html`<g class="fd-${p.role}" data-method="${p.name}"><path class="fd-lead"
        d="M${at}L${RIGHT + 6} ${places[i].toFixed(1)}"/><path class="fd-mark"
        transform="translate(${at})" d="${SHAPES[p.role] ?? SHAPES.after}"/><text
        x="${RIGHT + 10}" y="${(places[i] + 4).toFixed(1)}">${p.name}</text></g>`;
    });
    const shade = band
      ? html`<g class="fd-oracle"><rect class="fd-band" x="${LEFT}" width="${RIGHT - LEFT}"
        y="${y(band[1])}" height="${Math.max(3, y(band[0]) - y(band[1]))}"/></g>`
      : "";
    const said = points.map((p) => `${p.name}: ${(100 * p.x).toFixed(2)} %, ${p.y.toFixed(3)}`);
    return html`<figure class="fd-scatter"><figcaption>${title}</figcaption><div class="fd-scroll"
      tabindex="0" role="group" aria-label="${title}"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}"
      role="img" aria-label="${said.join("; ")}">${shade}${lines}${under}<text
      x="${(LEFT + RIGHT) / 2}" y="${HEIGHT - 6}"
      text-anchor="middle">retained accuracy, % (stretched towards 100)</text>
      ${marks}</svg></div><p class="fd-small">${yLabel}</p></figure>`;
  }

  /**
   * One figure of one method: mean ± sd over seeds, and how many ended beyond the curve.
   * @param {MethodColumn} column
   * @param {MethodCell} value
   */
  function cell({ unit }, { mean, sd, beyond }) {
    if (mean === null) return beyond && unit === "steps" ? "beyond" : "–";
    const wide = sd === null ? "" : ` ± ${figure(sd, unit)}`;
    return `${figure(mean, unit)}${wide}${beyond ? ` (${beyond} beyond)` : ""}`;
  }

  /**
   * References and methods, as scatters and as a table.
   * @param {HTMLElement} node
   * @param {Methods} data
   */
  function methods(node, { columns, rows, panels, note }) {
    const heads = columns.map(
      (c) => html`<th scope="col" title="${c.explain}">${c.title} ${c.arrow} ${c.unit}</th>`,
    );
    const body = rows.map((row) => {
      const cells = row.note
        ? html`<td colspan="${columns.length}">${row.note}</td>`
        : columns.map((c) => html`<td data-column="${c.name}">${cell(c, row.cells[c.name])}</td>`);
      return html`<tr data-method="${row.name}"><th scope="row">${row.name}</th>${cells}</tr>`;
    });
    fill(
      node,
      html`<div class="fd-methods"><div class="fd-pair">${panels.map(scatter)}</div><div
        class="fd-scroll" tabindex="0" role="group" aria-label="table of methods"><table><thead><tr
        ><th scope="col"></th>${heads}</tr></thead><tbody>${body}</tbody></table></div><p
        class="fd-small">${note}</p></div>`,
    );
  }

  Object.assign(forgetdemo.views, /** @satisfies {Partial<Draw>} */ ({ methods }));
})();
