/* Pictures: digits to click, weights that moved, one digit that turns into another. */
(() => {
  "use strict";
  const { count, fill, html, parts, percent } = forgetdemo;

  /**
   * Call back with the place of the button that is pressed, among all buttons of a node.
   * @param {HTMLElement} node
   * @param {Picked} [pick]
   */
  function hear(node, pick) {
    if (!pick) return;
    parts(node, "button").forEach((button, at) => button.addEventListener("click", () => pick(at)));
  }

  /**
   * Picture buttons; `reveal`: say the label, be seen. pick(place).
   * @param {HTMLElement} node
   * @param {Pictures} data
   * @param {Picked} [pick]
   */
  function pictures(node, { label, items, reveal = false, empty = "" }, pick) {
    const said = reveal ? html`<p class="fd-status" role="status">${label}</p>` : "";
    const buttons = items.map((item, i) => {
      const title = item.title ?? item.label;
      return html`<button type="button" data-index="${i}" title="${title}"
        aria-label="${title}"><img alt="" src="${item.picture}"><span>${
          item.caption ?? ""
        }</span></button>`;
    });
    const none = items.length ? "" : html`<p class="fd-small">${empty}</p>`;
    fill(
      node,
      html`${said}<div class="fd-pictures" role="group" aria-label="${label}">${buttons}${
        none
      }</div>`,
    );
    hear(node, pick);
    if (reveal) node.scrollIntoView({ block: "nearest" });
  }

  /**
   * Which weights moved, a picture per layer.
   * @param {HTMLElement} node
   * @param {Heat} data
   */
  function heat(node, data) {
    const layers = data.map((item) => {
      const said = `${item.layer}: ${item.changed} of ${item.total} weights moved`;
      const of = `${count(item.changed)} of ${count(item.total)}`;
      return html`<div><b>${item.layer}</b><img alt="${said}" src="${item.picture}"
        style="aspect-ratio:${item.width}/${item.height}"><small>${of} moved</small></div>`;
    });
    fill(
      node,
      html`<figure class="fd-heat"><figcaption>Which weights moved (bright: most)</figcaption>
        <div class="fd-heat-layers">${layers}</div></figure>`,
    );
  }

  /**
   * A blend of two digits in steps, and what each model says. pick(step).
   * @param {HTMLElement} node
   * @param {Morph} data
   * @param {Picked} [pick]
   */
  function morph(node, { classes, titles, roles, steps }, pick) {
    const strip = steps.map(
      ({ picture }, i) => html`<td><button type="button" data-index="${i}"
        aria-label="Put step ${i + 1} on the pad"><img alt="" src="${picture}"></button></td>`,
    );
    const rows = titles.map((title, row) => {
      const said = steps.map(({ answers }) => {
        const { answer, confidence } = answers[row];
        return html`<td><b>${classes[answer]}</b><small>${percent(confidence, 0)}</small></td>`;
      });
      return html`<tr class="fd-${roles[row]}"><th scope="row">${title}</th>${said}</tr>`;
    });
    fill(
      node,
      html`<div class="fd-scroll"><table class="fd-morph"><tbody><tr><th></th>${strip}</tr>${
        rows
      }</tbody></table></div>`,
    );
    hear(node, pick);
  }

  Object.assign(forgetdemo.views, /** @satisfies {Partial<Draw>} */ ({ pictures, heat, morph }));
})();
