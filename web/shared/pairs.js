/* All pairs of a digit and its substitute as a map, one figure at a time. */
(() => {
  "use strict";
  const { fill, html, matrix, part, parts, short } = forgetdemo;

  /** @type {Record<string, PairMeasure>} */
  const MEASURES = {
    drop: {
      name: "other classes lose",
      unit: "points",
      scale: 100,
      digits: 2,
      worst: "largest",
      of: (row) => row.drop,
    },
    redirect_rate: {
      name: "sent to the substitute",
      unit: "%",
      scale: 100,
      digits: 1,
      worst: "smallest",
      of: (row) => row.redirect_rate,
    },
    seconds: {
      name: "time",
      unit: "s",
      scale: 1,
      digits: 1,
      worst: "longest",
      of: (row) => row.seconds,
    },
  };
  /** @type {Record<string, [number, number]>} */
  const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const DARK = 0.66; // of a cell's shade, from where on its figure is the other colour

  /**
   * The map of one figure.
   * @param {HTMLElement} node
   * @param {Pairs} data
   * @param {PairMeasure} measure
   * @param {Picked} [pick]
   */
  function drawMap(node, { classes, rows }, { name, unit, scale, digits, of }, pick) {
    const all = rows.map(of);
    const [low, high] = [Math.min(...all), Math.max(...all)];
    const body = classes.map((from, forget) => {
      const cells = classes.map((to, redirect) => {
        const row = rows.find((one) => one.forget === forget && one.redirect === redirect);
        if (!row) return html`<td><span class="fd-hole">·</span></td>`;
        const text = (scale * of(row)).toFixed(digits);
        const label = `forget ${from}, answer ${to}: ${text} ${unit}`;
        const shade = (0.08 + 0.85 * ((of(row) - low) / (high - low || 1))).toFixed(3);
        return html`<td><button type="button" data-true="${forget}" data-predicted="${redirect}"
          style="--fd-share:${shade}" class="${Number(shade) > DARK ? "fd-strong" : ""}"
          title="${label}" aria-label="${label}">${text}</button></td>`;
      });
      return html`<tr><th scope="row">${short(from)}</th>${cells}</tr>`;
    });
    const heads = classes.map((to) => html`<th scope="col">${short(to)}</th>`);
    const corner = html`<th scope="col"><span class="fd-corner">forget ↓ answer →</span></th>`;
    const caption = html`${name}, ${unit}`;
    matrix(node, { role: "after", caption, head: html`${corner}${heads}`, body }, pick);
  }

  /**
   * A cell's button, if there is one.
   * @param {HTMLElement} map
   * @param {number} row
   * @param {number} column
   */
  const cell = (map, row, column) =>
    /** @type {HTMLElement | null} */ (
      map.querySelector(`[data-true="${row}"][data-predicted="${column}"]`)
    );

  /**
   * Let arrow keys move among a map's buttons, past its empty diagonal; one is in the tab order.
   * @param {HTMLElement} map
   */
  function walk(map) {
    const buttons = parts(map, "td button");
    buttons.forEach((button, i) => {
      button.tabIndex = i ? -1 : 0;
      button.addEventListener("focus", () => {
        for (const other of buttons) other.tabIndex = other === button ? 0 : -1;
      });
      button.addEventListener("keydown", (event) => {
        if (!(event.key in STEPS)) return;
        event.preventDefault();
        const [down, right] = STEPS[event.key];
        const [row, column] = [Number(button.dataset.true), Number(button.dataset.predicted)];
        const next = cell(map, row + down, column + right);
        (next ?? cell(map, row + 2 * down, column + 2 * right))?.focus();
      });
    });
  }

  /**
   * All pairs. pick(forget, substitute).
   * @param {HTMLElement} node
   * @param {Pairs} data
   * @param {Picked} [pick]
   */
  function pairs(node, data, pick) {
    const buttons = Object.entries(MEASURES).map(
      ([key, { name }]) => html`<button type="button" data-measure="${key}"
        aria-pressed="false">${name}</button>`,
    );
    const notes = data.notes.map((note) => html`<p class="fd-small">${note}</p>`);
    fill(
      node,
      html`<div class="fd-pairs"><div class="fd-choice" role="group"
        aria-label="what the map shows">${buttons}</div><p class="fd-worst" role="status"></p><div
        class="fd-map"></div>${notes}</div>`,
    );
    const map = part(node, ".fd-map");
    /** @param {string} key */
    const choose = (key) => {
      const measure = MEASURES[key];
      const { scale, unit, digits, of } = measure;
      const all = data.rows.map(of);
      const extreme = measure.worst === "smallest" ? Math.min(...all) : Math.max(...all);
      const worst = data.rows[all.indexOf(extreme)];
      /** @param {number} value */
      const shown = (value) => `${(scale * value).toFixed(digits)} ${unit}`;
      const mean = all.reduce((a, b) => a + b, 0) / all.length;
      const pair = `${data.classes[worst.forget]} → ${data.classes[worst.redirect]}`;
      part(node, ".fd-worst").textContent =
        `Mean ${shown(mean)}, ${measure.worst} ${shown(extreme)}: ${pair}.`;
      for (const button of parts(node, "[data-measure]"))
        button.setAttribute("aria-pressed", String(button.dataset.measure === key));
      drawMap(map, data, measure, pick);
      walk(map);
      cell(map, worst.forget, worst.redirect)?.classList.add("fd-worst-cell");
    };
    for (const button of parts(node, "[data-measure]"))
      button.addEventListener("click", () => choose(String(button.dataset.measure)));
    choose("drop");
  }

  Object.assign(forgetdemo.views, /** @satisfies {Partial<Draw>} */ ({ pairs }));
})();
