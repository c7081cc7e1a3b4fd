/* What two models make of one drawing inside: layers whose units can be chosen by mouse and by
 * keyboard, what a chosen unit does, and which strokes speak for an answer. */
(() => {
  "use strict";
  const { fill, html, part, parts, percent } = forgetdemo;

  /** What the layers of a node are about; another shape is laid out anew.
   * @type {WeakMap<Element, string>} */
  const shapes = new WeakMap();
  /** What a node shows, and who hears of a choice.
   * @type {WeakMap<Element, { data: Inside, pick?: Picked }>} */
  const current = new WeakMap();
  const SPOT = 0.32; // side of the mark in a tile's corner, where 1 is the tile's

  /**
   * A picture, or the place of one.
   * @param {string | null} url
   * @param {string} alt
   */
  const pictureOf = (url, alt) =>
    url ? html`<img alt="${alt}" src="${url}">` : html`<span class="fd-empty"></span>`;

  /**
   * The layers, one below the other, both models side by side. pick(layer, unit).
   * @param {HTMLElement} node
   * @param {Inside} data
   * @param {Picked} [pick]
   */
  function inside(node, data, pick) {
    current.set(node, { data, pick });
    const { titles, roles, layers } = data;
    const shape = JSON.stringify([
      titles,
      roles,
      layers.map(({ title, words, across, count, names }) => [title, words, across, count, names]),
    ]);
    if (shapes.get(node) !== shape) {
      shapes.set(node, shape);
      fill(node, laidOut(data));
      parts(node, ".fd-tiles").forEach((tiles, place) =>
        hear(node, tiles, Math.floor(place / titles.length), place % titles.length),
      );
    }
    fill(part(node, ".fd-inside-seen"), pictureOf(data.picture, "The picture that both see"));
    parts(node, ".fd-layer").forEach((place, at) => fillLayer(place, data, at));
  }

  /** @param {Inside} data */
  function laidOut({ titles, roles, layers }) {
    const heads = titles.map(
      (title, column) => html`<h3 class="fd-${roles[column]}">${title}</h3>`,
    );
    const rows = layers.map(({ title, words, across, count, names }) => {
      const tall = Math.ceil(count / across);
      const tiles = titles.map(
        (model, column) => html`<div class="fd-tiles fd-${roles[column]}" role="slider" tabindex="0"
          aria-label="${title} of ${model}" aria-valuemin="1" aria-valuemax="${count}"
          aria-valuenow="1"><img alt="" hidden><svg viewBox="0 0 ${across} ${tall}"
          preserveAspectRatio="none" aria-hidden="true"><path class="fd-differs"/><path
          class="fd-spots"/><path class="fd-chosen"/></svg></div>`,
      );
      const labels = names.length
        ? titles.map(
            () =>
              html`<div class="fd-tile-names" aria-hidden="true">${names.map(
                (name) => html`<span>${forgetdemo.short(name)}</span>`,
              )}</div>`,
          )
        : "";
      return html`<figure class="fd-layer" style="--fd-across:${across};--fd-tall:${tall}">
        <figcaption><b>${title}</b> <span class="fd-small">${words}; <span
        class="fd-count"></span></span></figcaption><div class="fd-layer-columns">${tiles}${
          labels
        }</div></figure>`;
    });
    return html`<div class="fd-inside" style="--fd-count:${titles.length}">
      <div class="fd-inside-head"><div class="fd-inside-seen"></div><span class="fd-small">28 × 28
      pixels go into both</span></div><div class="fd-layer-columns">${heads}</div>${rows}</div>`;
  }

  /**
   * A frame around each of some tiles, as one path.
   * @param {number[]} units
   * @param {number} across
   */
  const frames = (units, across) =>
    units.map((u) => `M${u % across} ${Math.floor(u / across)}h1v1h-1z`).join("");

  /**
   * A filled corner in each of some tiles: seen without colours.
   * @param {number[]} units
   * @param {number} across
   */
  const spots = (units, across) =>
    units
      .map((u) => `M${(u % across) + 1} ${Math.floor(u / across)}v${SPOT}l-${SPOT} -${SPOT}z`)
      .join("");

  /**
   * @param {HTMLElement} node
   * @param {Inside} data
   * @param {number} at
   */
  function fillLayer(node, { layers, chosen }, at) {
    const { across, count, names, pictures, strengths, differs } = layers[at];
    const asked = pictures.length > 1 && pictures.every((picture) => picture);
    part(node, ".fd-count").textContent = asked
      ? `${differs.length} of ${count} differ ◥`
      : "nothing was asked";
    const mine = chosen.length === 2 && chosen[0] === at ? chosen[1] : null;
    parts(node, ".fd-tiles").forEach((tiles, column) => {
      const image = /** @type {HTMLImageElement} */ (part(tiles, "img"));
      const picture = pictures[column] ?? null;
      image.hidden = !picture;
      if (picture) image.src = picture;
      else image.removeAttribute("src");
      part(tiles, ".fd-differs").setAttribute("d", frames(differs, across));
      part(tiles, ".fd-spots").setAttribute("d", spots(differs, across));
      part(tiles, ".fd-chosen").setAttribute("d", mine === null ? "" : frames([mine], across));
      const one = mine ?? 0;
      const strength = strengths[column]?.[one];
      const words = [
        names[one] ?? `unit ${one + 1} of ${count}`,
        strength === undefined ? "not asked" : `strength ${percent(strength, 0)}`,
        ...(differs.includes(one) ? ["differs"] : []),
        ...(mine === null ? ["not chosen"] : []),
      ];
      tiles.setAttribute("aria-valuenow", String(one + 1));
      tiles.setAttribute("aria-valuetext", words.join(", "));
    });
  }

  /**
   * Choose units by a click, and by arrows, Home and End; Enter or Space chooses where one stands.
   * @param {HTMLElement} node
   * @param {HTMLElement} tiles
   * @param {number} layer
   * @param {number} column
   */
  function hear(node, tiles, layer, column) {
    const about = () => /** @type {{ data: Inside, pick?: Picked }} */ (current.get(node));
    /** @param {number} one */
    function choose(one) {
      const { data, pick } = about();
      const { count } = data.layers[layer];
      if (one >= 0 && one < count) pick?.(layer, one);
    }
    tiles.addEventListener("click", (event) => {
      const { across, count } = about().data.layers[layer];
      const tall = Math.ceil(count / across);
      const box = tiles.getBoundingClientRect();
      const x = Math.floor(((event.clientX - box.left) / box.width) * across);
      const y = Math.floor(((event.clientY - box.top) / box.height) * tall);
      choose(Math.min(y, tall - 1) * across + Math.min(x, across - 1));
    });
    tiles.addEventListener("keydown", (event) => {
      const { data } = about();
      const { across, count } = data.layers[layer];
      const [of, one] = data.chosen;
      const now = of === layer ? one : -1;
      /** @type {Record<string, number>} */
      const places = {
        ArrowRight: now + 1,
        ArrowLeft: now - 1,
        ArrowDown: now < 0 ? 0 : now + across,
        ArrowUp: now - across,
        Home: 0,
        End: count - 1,
        Enter: Math.max(now, 0),
        " ": Math.max(now, 0),
      };
      if (!(event.key in places)) return;
      event.preventDefault();
      choose(places[event.key]);
    });
    tiles.dataset.column = String(column);
  }

  /**
   * A chosen unit in each model. pick(column, place) of a test image.
   * @param {HTMLElement} node
   * @param {Unit} data
   * @param {Picked} [pick]
   */
  function unit(node, { title, columns }, pick) {
    const shown = columns.map(
      ({ title: model, role, words, items }, column) => html`<section
        class="fd-unit fd-${role}"><h3>${model}</h3><p class="fd-small">${words}</p><div
        class="fd-pictures" role="group" aria-label="Strongest test images in ${model}">${items.map(
          ({ label, picture }, at) => html`<button type="button" data-column="${column}"
            data-at="${at}" title="${label}" aria-label="${label}"><img alt=""
            src="${picture}"></button>`,
        )}</div></section>`,
    );
    fill(
      node,
      html`<p class="fd-status" role="status">${title}: its part in the answer, and the test images
        that it answers to most strongly</p><div class="fd-units">${shown}</div>`,
    );
    if (!pick) return;
    for (const button of parts(node, "button"))
      button.addEventListener("click", () =>
        pick(Number(button.dataset.column), Number(button.dataset.at)),
      );
  }

  /**
   * Which ink speaks for each model's answer, and which against it.
   * @param {HTMLElement} node
   * @param {Strokes} data
   */
  function strokes(node, { columns }) {
    const shown = columns.map(({ title, role, answer, speaks, against }) => {
      const pair = [
        { words: `for ${answer}`, picture: speaks },
        { words: `against ${answer}`, picture: against },
      ].map(
        ({ words, picture }) =>
          html`<figure>${pictureOf(
            picture,
            `${title}: ink that speaks ${words}`,
          )}<figcaption class="fd-small">${picture ? words : "–"}</figcaption></figure>`,
      );
      return html`<section class="fd-strokes fd-${role}"><h3>${title}</h3><div>${pair}</div>
        </section>`;
    });
    fill(node, html`<div class="fd-strokes-columns">${shown}</div>`);
  }

  Object.assign(forgetdemo.views, /** @satisfies {Partial<Draw>} */ ({ inside, unit, strokes }));
})();
