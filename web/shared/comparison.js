/* The models' answers to one drawing, side by side, and the picture that they were asked about. */
(() => {
  "use strict";
  const { fill, html, part, parts, percent } = forgetdemo;
  const RESTED_MS = 700; // without a newer answer

  /** What the columns of a node are about; another shape is laid out anew.
   * @type {WeakMap<Element, string>} */
  const shapes = new WeakMap();

  /** @type {WeakMap<Element, ReturnType<typeof setTimeout>>} */
  const timers = new WeakMap();

  /**
   * A column per model: large answer, then bars 0–9 in fixed order.
   *
   * Equal columns are filled in place, so that nothing moves and bars glide; screen readers hear
   * the sentence once it has rested, not while the pen moves.
   * @param {HTMLElement} node
   * @param {Comparison} data
   */
  function comparison(node, data) {
    const shape = JSON.stringify([data.classes, data.columns.map((c) => [c.key, c.title, c.role])]);
    const known = node.querySelector(".fd-columns");
    if (!known || shapes.get(node) !== shape) {
      shapes.set(node, shape);
      const columns = data.columns.map((column) => emptyColumn(column, data.classes));
      fill(
        node,
        html`<div class="fd-columns" style="--fd-count:${data.columns.length}">${columns}</div>
          <p class="fd-sentence"></p><p class="fd-said" aria-live="polite"></p>`,
      );
    }
    parts(node, ".fd-column").forEach((column, place) =>
      fillColumn(column, data.columns[place].probabilities, data.classes),
    );
    part(node, ".fd-sentence").textContent = data.sentence;
    clearTimeout(timers.get(node));
    if (!known) return;
    const said = part(node, ".fd-said");
    timers.set(
      node,
      setTimeout(() => (said.textContent = data.sentence), RESTED_MS),
    );
  }

  /**
   * @param {ComparisonColumn} column
   * @param {string[]} classes
   */
  function emptyColumn({ key, title, role }, classes) {
    const rows = classes.map(
      (name) => html`<div class="fd-bar-row"><span class="fd-bar-name"
        title="${name}">${name}</span><span class="fd-bar"><i></i></span><span
        class="fd-bar-value"></span></div>`,
    );
    return html`<section class="fd-column fd-${role}" data-model="${key}">
      <h3>${title}</h3><div class="fd-answer"></div><div class="fd-sure"></div>
      ${rows}</section>`;
  }

  /**
   * @param {HTMLElement} node
   * @param {number[] | null} p
   * @param {string[]} classes
   */
  function fillColumn(node, p, classes) {
    const best = p ? p.indexOf(Math.max(...p)) : -1;
    const answer = part(node, ".fd-answer");
    answer.dataset.answer = String(best);
    answer.textContent = p ? classes[best] : "–";
    part(node, ".fd-sure").textContent = p ? percent(p[best]) : "\u00a0";
    parts(node, ".fd-bar-row").forEach((row, digit) => {
      row.classList.toggle("fd-top", digit === best);
      part(row, "i").style.width = `${p ? (100 * p[digit]).toFixed(1) : 0}%`;
      part(row, ".fd-bar-value").textContent = p ? percent(p[digit]) : "–";
    });
  }

  /**
   * The 28×28 picture that the models see.
   * @param {HTMLElement} node
   * @param {Preview} data
   */
  function preview(node, { picture, note }) {
    const image = picture
      ? html`<img alt="The 28 by 28 picture that the models see" src="${picture}">`
      : html`<span class="fd-empty"></span>`;
    fill(
      node,
      html`<figure class="fd-preview">${image}<figcaption>what the models see<br>
        <span class="fd-note">${note || "28 × 28 pixels"}</span></figcaption></figure>`,
    );
  }

  Object.assign(forgetdemo.views, /** @satisfies {Partial<Draw>} */ ({ comparison, preview }));
})();
