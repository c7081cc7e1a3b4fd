/* Pictures of numbers: comparison columns, confusion matrices, accuracies, curves. Each function
 * takes a node and plain JSON and fills the node. Knows neither Gradio nor the page. */
(() => {
  "use strict";
  const percent = (share, digits = 1) => `${(100 * share).toFixed(digits)} %`;
  const escape = (text) =>
    String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
  const ROLES = ["before", "after", "oracle", "masked"]; // colour and hatch of a column, by place
  const RESTED_MS = 700; // without a newer answer

  /** Columns side by side, one model each: large answer, then bars 0–9 in fixed order. data:
   * { classes, columns: [{ key?, title, role?, probabilities: [10] | null }], sentence }. Equal
   * columns are filled in place, so that nothing moves and bars glide; screen readers hear the
   * sentence once it has rested, not while the pen moves. */
  function comparison(node, data) {
    const shape = JSON.stringify([data.classes, data.columns.map((c) => [c.key, c.title, c.role])]);
    const known = node.querySelector(".fd-columns");
    if (!known || node.fdShape !== shape) {
      node.fdShape = shape;
      node.innerHTML = `<div class="fd-columns" style="--fd-count:${data.columns.length}">${
        data.columns.map((column, place) => emptyColumn(column, place, data.classes)).join("")}</div>
        <p class="fd-sentence"></p><p class="fd-said" aria-live="polite"></p>`;
    }
    node.querySelectorAll(".fd-column").forEach((column, place) =>
      fillColumn(column, data.columns[place].probabilities, data.classes));
    const [shown, said] = [".fd-sentence", ".fd-said"].map((name) => node.querySelector(name));
    shown.textContent = data.sentence || "";
    clearTimeout(node.fdTimer);
    if (known) node.fdTimer = setTimeout(() => { said.textContent = shown.textContent; }, RESTED_MS);
  }

  function emptyColumn(column, place, classes) {
    const role = column.role || ROLES[place] || "other";
    const rows = classes.map((name) => `<div class="fd-bar-row"><span class="fd-bar-name"
      title="${escape(name)}">${escape(name)}</span><span class="fd-bar"><i></i></span><span
      class="fd-bar-value"></span></div>`);
    return `<section class="fd-column fd-${escape(role)}" data-model="${escape(column.key || role)}">
      <h3>${escape(column.title)}</h3><div class="fd-answer"></div><div class="fd-sure"></div>
      ${rows.join("")}</section>`;
  }

  function fillColumn(node, p, classes) {
    const best = p ? p.indexOf(Math.max(...p)) : -1;
    const answer = node.querySelector(".fd-answer");
    answer.dataset.answer = best;
    answer.textContent = p ? classes[best] : "–";
    node.querySelector(".fd-sure").textContent = p ? percent(p[best]) : "\u00a0";
    node.querySelectorAll(".fd-bar-row").forEach((row, digit) => {
      row.classList.toggle("fd-top", digit === best);
      row.querySelector("i").style.width = `${p ? (100 * p[digit]).toFixed(1) : 0}%`;
      row.querySelector(".fd-bar-value").textContent = p ? percent(p[digit]) : "–";
    });
  }

  /** The 28×28 picture that the models see. data: { picture: data URL | null, note } */
  function preview(node, data) {
    const image = data && data.picture
      ? `<img alt="The 28 by 28 picture that the models see" src="${escape(data.picture)}">`
      : `<span class="fd-empty"></span>`;
    node.innerHTML = `<figure class="fd-preview">${image}<figcaption>what the models see<br>
      <span class="fd-note">${escape((data && data.note) || "28 × 28 pixels")}</span></figcaption></figure>`;
  }

  /** A 10×10 matrix of counts; the forgotten row is framed and marked. Cells are buttons.
   * data: { classes, title, role, forget, counts: [[…]], still? }; pick(true, predicted) on a click. */
  function confusion(node, data, picked) {
    const pick = data.still ? null : picked;
    const head = data.classes.map((name) => `<th scope="col" title="${escape(name)}">${
      escape(short(name))}</th>`).join("");
    const body = data.counts.map((row, truth) => {
      const total = Math.max(1, row.reduce((a, b) => a + b, 0));
      const cells = row.map((count, predicted) => {
        const share = count / total;
        const label = `${data.classes[truth]} answered as ${data.classes[predicted]}: ${count}`;
        const shade = count ? 0.12 + 0.88 * Math.sqrt(share) : 0;
        return `<td><button type="button" data-true="${truth}" data-predicted="${predicted}"
          style="--fd-share:${shade.toFixed(3)}" class="${share > 0.3 ? "fd-strong" : ""}"
          aria-label="${escape(label)}" title="${escape(label)}"${count && pick ? "" : " tabindex=-1"}>${
          count || "·"}</button></td>`;
      }).join("");
      const gone = truth === data.forget;
      return `<tr class="${gone ? "fd-forgotten" : ""}"><th scope="row" title="${
        escape(data.classes[truth])}">${gone ? "▸ " : ""}${escape(short(data.classes[truth]))}</th>${cells}</tr>`;
    }).join("");
    node.innerHTML = `<figure class="fd-matrix fd-${escape(data.role)}"><figcaption>${
      escape(data.title)} <span class="fd-corner">rows: the truth, columns: the answer</span></figcaption><div
      class="fd-scroll"><table><thead><tr><th></th>${head}</tr></thead><tbody>${body}</tbody></table></div></figure>`;
    if (!pick) return;
    node.querySelectorAll("td button").forEach((button) => button.addEventListener("click", () =>
      pick(Number(button.dataset.true), Number(button.dataset.predicted))));
  }
  const short = (name) => (name.length > 4 ? `${name.slice(0, 3)}.` : name);

  /** Two horizontal bars per class. data: { classes, forget, before: [10], after: [10] | null } */
  function perClass(node, data) {
    const line = (role, sign, share) => `<span class="fd-bar fd-${role}"><i style="width:${
      (100 * share).toFixed(2)}%"></i></span><span class="fd-bar-value">${sign} ${percent(share, 2)}</span>`;
    const rows = data.classes.map((name, digit) => `<div class="fd-class${
      digit === data.forget ? " fd-forgotten" : ""}"><span class="fd-bar-name">${
      digit === data.forget ? "▸ " : ""}${escape(name)}</span><div>${
      line("before", "B", data.before[digit])}${
      data.after ? line("after", "A", data.after[digit]) : ""}</div></div>`);
    node.innerHTML = `<figure class="fd-perclass"><figcaption>Accuracy per class
      (B before, A after)</figcaption>${rows.join("")}</figure>`;
  }

  const [DASHES, MARKS] = [["", "6 4", "2 3", "8 3 2 3", "1 5"], ["●", "■", "▲", "◆", "✕"]];

  /** Round numbers from `low` to `high`, about `count` of them. */
  function ticks(low, high, count) {
    const rough = (high - low) / count;
    const unit = 10 ** Math.floor(Math.log10(rough));
    const step = unit * [1, 2, 5, 10].find((s) => s * unit >= rough * 0.999);
    const found = [];
    for (let i = Math.ceil(low / step - 1e-6); i <= high / step + 1e-6; i += 1) found.push(i * step);
    return found;
  }

  /** Lines over steps. data: { title, xLabel, yLabel, yRange?: [lo, hi], lines: [{ name, role?,
   * points: [[x, y], …] }] }. Lines differ in colour, dash and end mark. */
  function curves(node, data) {
    const [W, H, L, R, T, B, all] = [460, 230, 50, 14, 10, 36, data.lines.flatMap((line) => line.points)];
    if (!all.length) all.push([0, 0]); // the axes are there before any point, so nothing moves
    const [xs, ys] = [all.map((p) => p[0]), all.map((p) => p[1])];
    const x0 = Math.min(...xs);
    const x1 = data.xMax || Math.max(...xs, x0 + 1);
    const [y0, y1] = data.yRange || [Math.min(0, ...ys), Math.max(...ys, 1e-9) * 1.05];
    const px = (x) => L + ((x - x0) / (x1 - x0)) * (W - L - R);
    const py = (y) => T + ((y1 - Math.min(Math.max(y, y0), y1)) / (y1 - y0)) * (H - T - B);
    const number = (v) => (Math.abs(v) >= 100 ? v.toFixed(0) : Number(v.toPrecision(3)).toString());
    const grid = ticks(y0, y1, 5).map((y) => `<line x1="${L}" x2="${W - R}" y1="${py(y)}" y2="${py(y)}"
      class="fd-grid"/><text x="${L - 6}" y="${py(y) + 4}" text-anchor="end">${number(y)}</text>`).join("");
    const marks = ticks(x0, x1, 6).map((x) => `<text x="${px(x)}" y="${H - B + 16}"
      text-anchor="middle">${number(x)}</text>`).join("");
    const paths = data.lines.map((line, i) => {
      if (!line.points.length) return "";
      const d = line.points.map((p, k) => `${k ? "L" : "M"}${px(p[0]).toFixed(1)} ${py(p[1]).toFixed(1)}`);
      const last = line.points[line.points.length - 1];
      return `<g class="fd-line fd-${line.role || `line${i}`}"><path d="${d.join("")}"
        stroke-dasharray="${DASHES[i % 5]}"/><text x="${px(last[0])}" y="${py(last[1]) + 4}"
        text-anchor="middle">${MARKS[i % 5]}</text></g>`;
    }).join("");
    const legend = data.lines.map((line, i) => {
      const last = line.points.length ? line.points[line.points.length - 1][1] : null;
      return `<li class="fd-${line.role || `line${i}`}"><svg viewBox="0 0 28 8" width="28" height="8"><path
        d="M0 4H28" stroke-dasharray="${DASHES[i % 5]}"/></svg><b>${MARKS[i % 5]}</b> ${escape(line.name)}${
        last === null ? "" : ` <span class="fd-bar-value">${number(last)}</span>`}</li>`;
    }).join("");
    node.innerHTML = `<figure class="fd-curves"><figcaption>${escape(data.title)}</figcaption>
      <svg viewBox="0 0 ${W} ${H}" role="img" aria-label="${escape(data.title)}">${grid}${marks}
      <text x="${(L + W - R) / 2}" y="${H - 4}" text-anchor="middle">${escape(data.xLabel || "")}</text>
      ${paths}</svg><ul class="fd-legend">${legend}</ul></figure>`;
  }

  /** Share of weights allowed to move, per layer. data: the report's `mask`. */
  function maskShares(node, data) {
    const rows = Object.entries(data.layers).map(([layer, row]) => {
      const share = row.total ? row.editable / row.total : 0;
      return `<div class="fd-bar-row"><span class="fd-bar-name">${escape(layer)}</span><span
        class="fd-bar fd-after"><i style="width:${(100 * Math.sqrt(share)).toFixed(1)}%"></i></span><span
        class="fd-bar-value">${row.editable.toLocaleString("en")} / ${row.total.toLocaleString("en")}</span></div>`;
    });
    node.innerHTML = `<figure class="fd-shares"><figcaption>Weights allowed to move: ${
      data.editable.toLocaleString("en")} of ${data.total.toLocaleString("en")} (${
      percent(data.editable / data.total, 2)}); largest change outside: ${
      escape(data.max_abs_change_outside)}</figcaption>${rows.join("")}
      <p class="fd-small">Bar length is the square root of the share, so that small shares show.</p></figure>`;
  }

  /** Headline figures. data: [{ name, before, after, unit?, note? }] as text. */
  function headline(node, data) {
    node.innerHTML = `<div class="fd-headline">${data.map((item) => `<div class="fd-figure"><b>${
      escape(item.name)}</b><span><i class="fd-before">${escape(item.before)}</i> → <i class="fd-after">${
      escape(item.after)}</i></span><small>${escape(item.note || "")}</small></div>`).join("")}</div>`;
  }

  /** Picture buttons; reveal: say the label, be seen. data: { label, items: [{ picture, label }] } */
  function pictures(node, data, pick) {
    node.innerHTML = `${data.reveal ? `<p class="fd-status" role="status">${escape(data.label)}</p>` : ""}<div class="fd-pictures" role="group" aria-label="${escape(data.label)}">${
      data.items.map((item, i) => `<button type="button" data-index="${i}" title="${
        escape(item.title || item.label)}" aria-label="${escape(item.title || item.label)}"><img alt=""
        src="${escape(item.picture)}"><span>${escape(item.caption || "")}</span></button>`).join("")}${
      data.items.length ? "" : `<p class="fd-small">${escape(data.empty || "")}</p>`}</div>`;
    node.querySelectorAll("button").forEach((button) =>
      button.addEventListener("click", () => pick && pick(Number(button.dataset.index))));
    if (data.reveal) node.scrollIntoView({ block: "nearest" });
  }

  /** Progress of a run. data: { text, share: 0..1 | null, state }; comes into sight as one begins. */
  function progress(node, data) {
    const begins = data.state === "running" && node.fdState !== (node.fdState = data.state);
    const wide = data.share === null ? 0 : 100 * data.share;
    node.innerHTML = `<div class="fd-progress fd-${escape(data.state || "running")}" role="progressbar"
      aria-valuemin="0" aria-valuemax="100" aria-valuenow="${wide.toFixed(0)}"><i
      style="width:${wide.toFixed(1)}%"></i></div><p class="fd-status" role="status">${escape(data.text)}</p>`;
    if (begins) node.scrollIntoView({ block: "nearest" });
  }

  /** Which weights moved. data: [{ layer, picture, width, height, changed, total, largest }] */
  function heat(node, data) {
    node.innerHTML = `<figure class="fd-heat"><figcaption>Which weights moved (bright: most)</figcaption>
      <div class="fd-heat-layers">${data.map((item) => `<div><b>${escape(item.layer)}</b><img alt="${
        escape(`${item.layer}: ${item.changed} of ${item.total} weights moved`)}" src="${
        escape(item.picture)}" style="aspect-ratio:${item.width}/${item.height}"><small>${
        item.changed.toLocaleString("en")} of ${item.total.toLocaleString("en")} moved</small></div>`).join("")}</div></figure>`;
  }

  /** A blend of two digits in steps, and what each model says. data: { classes, steps: [{ picture,
   * answers: [{ role, title, answer, confidence }] }] }; pick(step) on a click. */
  function morph(node, data, pick) {
    const rows = data.titles.map((title, row) => `<tr class="fd-${escape(data.roles[row])}"><th scope="row">${
      escape(title)}</th>${data.steps.map((step) => `<td><b>${escape(data.classes[step.answers[row].answer])}</b><small>${
      percent(step.answers[row].confidence, 0)}</small></td>`).join("")}</tr>`);
    const pictures = data.steps.map((step, i) => `<td><button type="button" data-index="${i}" aria-label="Put step ${
      i + 1} on the pad"><img alt="" src="${escape(step.picture)}"></button></td>`);
    node.innerHTML = `<div class="fd-scroll"><table class="fd-morph"><tbody><tr><th></th>${
      pictures.join("")}</tr>${rows.join("")}</tbody></table></div>`;
    if (pick) node.querySelectorAll("button").forEach((b, i) => b.addEventListener("click", () => pick(i)));
  }

  /** A 10×10 map over pairs. data: { classes, title, unit, values: [[number | null]], low, high,
   * goodHigh } ; pick(forget, substitute) on a click. */
  function pairMap(node, data, pick) {
    const head = data.classes.map((name) => `<th scope="col">${escape(short(name))}</th>`).join("");
    const body = data.values.map((row, forget) => `<tr><th scope="row">${escape(short(data.classes[forget]))}</th>${
      row.map((value, substitute) => {
        if (value === null) return `<td><span class="fd-hole">·</span></td>`;
        const share = Math.min(1, Math.max(0, (value - data.low) / (data.high - data.low || 1)));
        const text = value.toFixed(data.digits);
        const label = `forget ${data.classes[forget]}, answer ${data.classes[substitute]}: ${text} ${data.unit}`;
        return `<td><button type="button" data-true="${forget}" data-predicted="${substitute}"
          style="--fd-share:${(0.08 + 0.85 * share).toFixed(3)}" class="${share > 0.5 ? "fd-strong" : ""}"
          title="${escape(label)}" aria-label="${escape(label)}">${text}</button></td>`;
      }).join("")}</tr>`).join("");
    node.innerHTML = `<figure class="fd-matrix fd-${escape(data.role || "after")}"><figcaption>${escape(data.title)}</figcaption>
      <div class="fd-scroll"><table><thead><tr><th scope="col"><span class="fd-corner">forget ↓ answer →</span></th>${
      head}</tr></thead><tbody>${body}</tbody></table></div></figure>`;
    if (!pick) return;
    node.querySelectorAll("td button").forEach((button) => button.addEventListener("click", () =>
      pick(Number(button.dataset.true), Number(button.dataset.predicted))));
  }

  globalThis.forgetdemo = Object.assign(globalThis.forgetdemo || {}, {
    views: { comparison, preview, confusion, perClass, curves, maskShares, headline, pictures, progress, heat, morph, pairMap },
  });
})();
