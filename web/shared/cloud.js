/* Where test digits lie among last hidden features, and the drawing among them. */
(() => {
  "use strict";
  const { fill, html, parts, short } = forgetdemo;
  const [SIDE, MARGIN] = [300, 16];

  /** What a node's map shows; only another one is drawn anew.
   * @type {WeakMap<Element, string>} */
  const shapes = new WeakMap();

  /**
   * How places come to lie in the picture: the same scale both ways, all of them inside.
   * @param {number[][]} places
   * @returns {(place: number[]) => number[]}
   */
  function fitted(places) {
    const axes = [0, 1].map((axis) => places.map((place) => place[axis]));
    const [left, bottom] = axes.map((values) => Math.min(...values));
    const [right, top] = axes.map((values) => Math.max(...values));
    const scale = (SIDE - 2 * MARGIN) / Math.max(right - left, top - bottom, 1e-9);
    /** @param {number} value */
    const kept = (value) => Math.min(SIDE - MARGIN / 2, Math.max(MARGIN / 2, value));
    return ([x, y]) => [
      kept(SIDE / 2 + (x - (left + right) / 2) * scale),
      kept(SIDE / 2 - (y - (bottom + top) / 2) * scale),
    ];
  }

  /**
   * A map per model: each test digit as what it is, the forgotten class in bold; the drawing as a
   * crossed circle.
   * @param {HTMLElement} node
   * @param {Cloud} data
   */
  function cloud(node, data) {
    const { titles, roles, labels, marked, places, at, words } = data;
    const shape = JSON.stringify([titles, roles, labels, marked, places, words]);
    if (shapes.get(node) !== shape) {
      shapes.set(node, shape);
      fill(node, laidOut(data));
    }
    parts(node, ".fd-here").forEach((here, column) => {
      const place = at[column];
      here.toggleAttribute("hidden", !place);
      if (!place) return;
      const [x, y] = fitted(places[column])(place);
      here.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
    });
  }

  /** @param {Cloud} data */
  function laidOut({ titles, roles, labels, marked, places, words }) {
    const maps = titles.map((title, column) => {
      const put = fitted(places[column]);
      const points = places[column].map((place, i) => {
        const [x, y] = put(place);
        const ours = labels[i] === marked ? "fd-ours" : "";
        return html`<text x="${x.toFixed(1)}" y="${(y + 4).toFixed(1)}"
          class="${ours}">${short(labels[i])}</text>`;
      });
      return html`<figure class="fd-cloud fd-${roles[column]}"><h3>${title}</h3>
        <svg viewBox="0 0 ${SIDE} ${SIDE}" role="img"
        aria-label="${title}: where test images lie, and your drawing">${points}<g
        class="fd-here" hidden><circle r="9"/><path d="M-13 0H13M0 -13V13"/></g></svg>
        <figcaption class="fd-small">${words[column]}</figcaption></figure>`;
    });
    return html`<div class="fd-clouds">${maps}</div>`;
  }

  Object.assign(forgetdemo.views, /** @satisfies {Partial<Draw>} */ ({ cloud }));
})();
