/* Tables of classes against classes: their cells are buttons. */
(() => {
  "use strict";
  const { fill, html, parts, short } = forgetdemo;

  /**
   * Draw a table; `pick` hears row and column of the button that is pressed.
   * @param {HTMLElement} node
   * @param {MatrixParts} about
   * @param {Picked} [pick]
   */
  function matrix(node, { role, caption, head, body }, pick) {
    fill(
      node,
      html`<figure class="fd-matrix fd-${role}"><figcaption>${caption}</figcaption><div
        class="fd-scroll"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>
        </div></figure>`,
    );
    if (!pick) return;
    for (const button of parts(node, "td button"))
      button.addEventListener("click", () =>
        pick(Number(button.dataset.true), Number(button.dataset.predicted)),
      );
  }

  /**
   * Counts of answers by truth; the forgotten row is framed and marked. pick(truth, predicted).
   * @param {HTMLElement} node
   * @param {Confusion} data
   * @param {Picked} [pick]
   */
  function confusion(node, { title, role, classes, forget, counts, still = false }, pick) {
    const open = pick && !still;
    const body = counts.map((row, truth) => {
      const total = Math.max(
        1,
        row.reduce((a, b) => a + b, 0),
      );
      const cells = row.map((count, predicted) => {
        const share = count / total;
        const label = `${classes[truth]} answered as ${classes[predicted]}: ${count}`;
        const shade = count ? 0.12 + 0.88 * Math.sqrt(share) : 0;
        return html`<td><button type="button" data-true="${truth}" data-predicted="${predicted}"
          style="--fd-share:${shade.toFixed(3)}" class="${share > 0.3 ? "fd-strong" : ""}"
          aria-label="${label}" title="${label}"${count && open ? "" : html` tabindex="-1"`}>${
            count || "·"
          }</button></td>`;
      });
      const gone = truth === forget;
      return html`<tr class="${gone ? "fd-forgotten" : ""}"><th scope="row"
        title="${classes[truth]}">${gone ? "▸ " : ""}${short(classes[truth])}</th>${cells}</tr>`;
    });
    const heads = classes.map((name) => html`<th scope="col" title="${name}">${short(name)}</th>`);
    const caption = html`${title} <span
      class="fd-corner">rows: the truth, columns: the answer</span>`;
    matrix(node, { role, caption, head: html`<th></th>${heads}`, body }, open ? pick : undefined);
  }

  Object.assign(forgetdemo, /** @satisfies {Partial<Forgetdemo>} */ ({ matrix }));
  Object.assign(forgetdemo.views, /** @satisfies {Partial<Draw>} */ ({ confusion }));
})();
