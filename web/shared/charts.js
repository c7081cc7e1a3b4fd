/* Figures and bars: headline, accuracies, what a mask let move, how far a run has come. */
(() => {
  "use strict";
  const { count, fill, html, percent } = forgetdemo;

  /**
   * Headline figures, before and after.
   * @param {HTMLElement} node
   * @param {Headline} data
   */
  function headline(node, data) {
    const figures = data.map(
      (item) => html`<div class="fd-figure"><b>${item.name}</b><span><i
        class="fd-before">${item.before}</i> → <i class="fd-after">${item.after}</i></span><small>${
          item.note
        }</small></div>`,
    );
    fill(node, html`<div class="fd-headline">${figures}</div>`);
  }

  /**
   * Two horizontal bars per class.
   * @param {HTMLElement} node
   * @param {PerClass} data
   */
  function perClass(node, { classes, forget, before, after }) {
    /** @type {(role: string, sign: string, share: number) => Markup} */
    const line = (role, sign, share) => html`<span class="fd-bar fd-${role}"><i
      style="width:${(100 * share).toFixed(2)}%"></i></span><span
      class="fd-bar-value">${sign} ${percent(share, 2)}</span>`;
    const rows = classes.map((name, digit) => {
      const gone = digit === forget;
      const first = line("before", "B", before[digit]);
      const second = after ? line("after", "A", after[digit]) : "";
      return html`<div class="fd-class${gone ? " fd-forgotten" : ""}"><span
        class="fd-bar-name">${gone ? "▸ " : ""}${name}</span><div>${first}${second}</div></div>`;
    });
    fill(
      node,
      html`<figure class="fd-perclass"><figcaption>Accuracy per class
        (B before, A after)</figcaption>${rows}</figure>`,
    );
  }

  /**
   * Share of weights allowed to move, per layer.
   * @param {HTMLElement} node
   * @param {MaskShares} data
   */
  function maskShares(node, data) {
    const rows = Object.entries(data.layers).map(([layer, { editable, total }]) => {
      const wide = 100 * Math.sqrt(total ? editable / total : 0);
      return html`<div class="fd-bar-row"><span class="fd-bar-name">${layer}</span><span
        class="fd-bar fd-after"><i style="width:${wide.toFixed(1)}%"></i></span>
        <span class="fd-bar-value">${count(editable)} / ${count(total)}</span></div>`;
    });
    const share = percent(data.editable / data.total, 2);
    const of = `${count(data.editable)} of ${count(data.total)}`;
    fill(
      node,
      html`<figure class="fd-shares"><figcaption>Weights allowed to move: ${of} (${share});
        largest change outside: ${data.max_abs_change_outside}</figcaption>${rows}
        <p class="fd-small">Bar length is the square root of the share, so that small shares
        show.</p></figure>`,
    );
  }

  /** What was shown last, so that a run that begins is seen to begin.
   * @type {WeakMap<Element, string>} */
  const states = new WeakMap();

  /**
   * Progress of a run; comes into sight as one begins.
   * @param {HTMLElement} node
   * @param {Progress} data
   */
  function progress(node, { text, share, state }) {
    const begins = state === "running" && states.get(node) !== state;
    states.set(node, state);
    const wide = 100 * (share ?? 0);
    fill(
      node,
      html`<div class="fd-progress fd-${state}" role="progressbar" aria-label="Progress"
        aria-valuemin="0" aria-valuemax="100" aria-valuenow="${wide.toFixed(0)}"><i
        style="width:${wide.toFixed(1)}%"></i></div><p class="fd-status" role="status">${text}</p>`,
    );
    if (begins) node.scrollIntoView({ block: "nearest" });
  }

  Object.assign(
    forgetdemo.views,
    /** @satisfies {Partial<Draw>} */ ({ headline, perClass, maskShares, progress }),
  );
})();
