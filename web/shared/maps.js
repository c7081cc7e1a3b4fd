/* Maps of many models: methods as a scatter and a table, pairs as a heat map. Each function takes a
 * node and plain JSON and fills the node. Knows neither Gradio nor the page; needs charts.js and
 * audit.js before it. */
(() => {
  "use strict";
  const { figure, spread, views } = globalThis.forgetdemo;
  const escape = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
  const SHAPES = { after: "M-5-5H5V5H-5Z", before: "M0-6L6 0L0 6L-6 0Z", oracle: "M0-6L5 4H-5Z", masked: "M0 6L5-4H-5Z" };

  /** Accuracies crowd below 1: a scale on which 90, 99 and 99.9 % lie equally far apart. */
  const nines = (share) => -Math.log10(1 - share + 0.0005);

  /** data: { title, yLabel, points: [{ name, role, x: accuracy, y }], band: [low, high] | null } */
  function scatter(data) {
    const [W, H, L, R, T, B] = [560, 330, 52, 400, 12, 284];
    const xs = data.points.map((p) => nines(p.x));
    const ys = [...data.points.map((p) => p.y), ...(data.band || [])];
    const [x0, x1, y1] = [Math.min(...xs) - 0.08, Math.max(...xs) + 0.08, 1.06 * Math.max(...ys, 1e-6)];
    const x = (share) => L + ((nines(share) - x0) / (x1 - x0)) * (R - L);
    const y = (value) => B - (Math.max(0, value) / y1) * (B - T);
    const shown = [0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998].filter((v) => nines(v) >= x0 && nines(v) <= x1);
    const wide = (x1 - x0) > 0.3 ? shown : [data.points[xs.indexOf(Math.min(...xs))].x, data.points[xs.indexOf(Math.max(...xs))].x];
    const grid = [0, 0.25, 0.5, 0.75, 1].map((part) => `<path class="fd-grid" d="M${L} ${y(part * y1)}H${R}"/><text
      x="${L - 6}" y="${y(part * y1) + 4}" text-anchor="end">${(part * y1).toFixed(2)}</text>`).join("") +
      wide.map((v) => `<text x="${x(v)}" y="${B + 16}" text-anchor="middle">${Number((100 * v).toFixed(2))}</text>`).join("");
    const places = spread(data.points.map((p) => y(p.y)), 14, T + 2, H - 8);
    const marks = data.points.map((p, i) => `<g class="fd-${escape(p.role)}" data-method="${escape(p.name)}"><path
      class="fd-lead" d="M${x(p.x).toFixed(1)} ${y(p.y).toFixed(1)}L${R + 6} ${places[i].toFixed(1)}"/><path class="fd-mark"
      transform="translate(${x(p.x).toFixed(1)} ${y(p.y).toFixed(1)})" d="${SHAPES[p.role] || SHAPES.after}"/><text
      x="${R + 10}" y="${(places[i] + 4).toFixed(1)}">${escape(p.name)}</text></g>`).join("");
    const band = data.band ? `<g class="fd-oracle"><rect class="fd-band" x="${L}" width="${R - L}" y="${y(data.band[1])}"
      height="${Math.max(3, y(data.band[0]) - y(data.band[1]))}"/></g>` : "";
    return `<figure class="fd-scatter"><figcaption>${escape(data.title)}</figcaption><div class="fd-scroll" tabindex="0"
      role="group" aria-label="${escape(data.title)}"><svg viewBox="0 0 ${W} ${H}" role="img" aria-label="${
      escape(data.points.map((p) => `${p.name}: ${(100 * p.x).toFixed(2)} %, ${p.y.toFixed(3)}`).join("; "))}">${band}${
      grid}<text x="${(L + R) / 2}" y="${H - 6}" text-anchor="middle">retained accuracy, % (stretched towards 100)</text>${
      marks}</svg></div><p class="fd-small">${escape(data.yLabel)}</p></figure>`;
  }

  /** Methods side by side. data: { panels: [scatter data], columns: [{ name, title, arrow, unit,
   * explain }], rows: [{ name, note, cells: { column: { mean, sd, beyond } | null } }], note } */
  function methods(node, data) {
    const cell = (column, value) => {
      if (!value || value.mean === null) return value && value.beyond && column.unit === "steps" ? "beyond" : "–";
      const sd = value.sd === null ? "" : ` ± ${figure(value.sd, column.unit)}`;
      return `${figure(value.mean, column.unit)}${sd}${value.beyond ? ` (${value.beyond} beyond)` : ""}`;
    };
    const head = data.columns.map((c) => `<th scope="col" title="${escape(c.explain)}">${escape(c.title)} ${c.arrow} ${
      escape(c.unit)}</th>`).join("");
    const body = data.rows.map((row) => `<tr data-method="${escape(row.name)}"><th scope="row">${escape(row.name)}</th>${
      row.note ? `<td colspan="${data.columns.length}">${escape(row.note)}</td>`
        : data.columns.map((c) => `<td data-column="${escape(c.name)}">${cell(c, row.cells[c.name])}</td>`).join("")}</tr>`);
    node.innerHTML = `<div class="fd-methods"><div class="fd-pair">${data.panels.map(scatter).join("")}</div><div
      class="fd-scroll" tabindex="0" role="group" aria-label="table of methods"><table><thead><tr><th scope="col"></th>${
      head}</tr></thead><tbody>${body.join("")}</tbody></table></div><p class="fd-small">${escape(data.note)}</p></div>`;
  }

  const MEASURES = {
    drop: { name: "other classes lose", unit: "points", scale: 100, digits: 2, worst: "largest" },
    redirect_rate: { name: "sent to the substitute", unit: "%", scale: 100, digits: 1, worst: "smallest" },
    seconds: { name: "time", unit: "s", scale: 1, digits: 1, worst: "longest" },
  };

  /** All pairs, one figure at a time. data: { classes, rows: [{ forget, redirect, drop,
   * redirect_rate, seconds }], notes: [text] }; pick(forget, substitute) on a cell. Arrow keys move
   * between cells; one of them is in the tab order. */
  function pairs(node, data, pick) {
    const choose = (key) => {
      const measure = MEASURES[key];
      const values = data.classes.map(() => data.classes.map(() => null));
      data.rows.forEach((row) => { values[row.forget][row.redirect] = measure.scale * row[key]; });
      const all = data.rows.map((row) => row[key]);
      const worst = data.rows[all.indexOf(Math[measure.worst === "smallest" ? "min" : "max"](...all))];
      const shown = (value) => `${(measure.scale * value).toFixed(measure.digits)} ${measure.unit}`;
      node.querySelector(".fd-worst").textContent = `Mean ${shown(all.reduce((a, b) => a + b, 0) / all.length)}, ${
        measure.worst} ${shown(worst[key])}: ${data.classes[worst.forget]} → ${data.classes[worst.redirect]}.`;
      node.querySelectorAll("[data-measure]").forEach((button) =>
        button.setAttribute("aria-pressed", String(button.dataset.measure === key)));
      const [low, high] = [Math.min(...all), Math.max(...all)].map((v) => measure.scale * v);
      const map = node.querySelector(".fd-map");
      views.pairMap(map, { classes: data.classes, title: `${measure.name}, ${measure.unit}`, unit: measure.unit,
        values, low, high, digits: measure.digits }, pick);
      // Dark or light figures by what lies behind them: see style.css.
      map.querySelectorAll("td button").forEach((button) =>
        button.classList.toggle("fd-strong", button.style.getPropertyValue("--fd-share") > 0.66));
      walk(map);
      map.querySelector(`[data-true="${worst.forget}"][data-predicted="${worst.redirect}"]`).classList.add("fd-worst-cell");
    };
    node.innerHTML = `<div class="fd-pairs"><div class="fd-choice" role="group" aria-label="what the map shows">${
      Object.entries(MEASURES).map(([key, measure]) => `<button type="button" data-measure="${key}" aria-pressed="false">${
        measure.name}</button>`).join("")}</div><p class="fd-worst" role="status"></p><div class="fd-map"></div>${
      data.notes.map((note) => `<p class="fd-small">${escape(note)}</p>`).join("")}</div>`;
    node.querySelectorAll("[data-measure]").forEach((button) =>
      button.addEventListener("click", () => choose(button.dataset.measure)));
    choose("drop");
  }

  const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

  /** Let arrow keys move among the buttons of a map, past its empty diagonal. */
  function walk(map) {
    const buttons = [...map.querySelectorAll("td button")];
    const at = (row, column) => map.querySelector(`[data-true="${row}"][data-predicted="${column}"]`);
    buttons.forEach((button, i) => {
      button.tabIndex = i ? -1 : 0;
      button.addEventListener("focus", () => buttons.forEach((b) => { b.tabIndex = b === button ? 0 : -1; }));
      button.addEventListener("keydown", (event) => {
        const step = STEPS[event.key];
        if (!step) return;
        event.preventDefault();
        const [row, column] = [Number(button.dataset.true), Number(button.dataset.predicted)];
        const next = at(row + step[0], column + step[1]) || at(row + 2 * step[0], column + 2 * step[1]);
        if (next) next.focus();
      });
    });
  }

  Object.assign(views, { methods, pairs });
})();
