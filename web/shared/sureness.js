/* How sure each model is of a drawing: digits that cannot be excluded, and whether it is one. */
(() => {
  "use strict";
  const { fill, html } = forgetdemo;
  const EXPLAINED =
    "Digits that cannot be excluded, by thresholds that held the truth for 95 % and 99 % of the " +
    "validation images in Before. None: stranger than all but 5 % or 1 % of them.";

  /**
   * Sets by level under each model's title, and a doubt above them.
   * @param {HTMLElement} node
   * @param {Sureness} data
   */
  function sureness(node, { doubt, columns }) {
    const shown = columns.map(({ title, role, asked, sets }) => {
      const rows = sets.map(
        ({ level, names }) =>
          html`<div><dt>${level}</dt><dd>${asked ? names.join(", ") || "none" : "–"}</dd></div>`,
      );
      return html`<section class="fd-sureness fd-${role}" aria-label="${title}"><dl>${rows}</dl>
        </section>`;
    });
    fill(
      node,
      html`<p class="fd-doubt" role="status">${doubt}</p><div class="fd-layer-columns"
        style="--fd-count:${columns.length}">${shown}</div><p
        class="fd-small">${EXPLAINED}</p>`,
    );
  }

  Object.assign(forgetdemo.views, /** @satisfies {Partial<Draw>} */ ({ sureness }));
})();
