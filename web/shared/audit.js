/* Is it forgotten? Pictures of an audit, drawn from audit.json as the command line writes it. Each
 * function takes a node and plain JSON and fills the node. Knows neither Gradio nor the page. */
(() => {
  "use strict";
  const escape = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

  /* Every model has a letter and a mark, so that nothing rests on colour alone. */
  const MODELS = [
    { key: "run", letter: "A", name: "after: the audited model", role: "after", mark: "M0-6L6 0L0 6L-6 0Z" },
    { key: "original", letter: "B", name: "before: the original", role: "before", mark: "M-5-5H5V5H-5Z" },
    { key: "oracles", letter: "O", name: "retrained without the class: mean ± sd, a tick each", role: "oracle", mark: "M-5-5H5V5H-5Z" },
    { key: "held_out", letter: "H", name: "held-out: retrained as well, must pass too", role: "oracle", mark: "M0-6L5 4H-5Z" },
    { key: "control", letter: "M", name: "masked: the original with one output off", role: "masked", mark: "M0 6L5-4H-5Z" },
    { key: "random_init", letter: "U", name: "untrained", role: "other", mark: "M-5-5L5 5M-5 5L5-5" },
  ];
  const GROUPS = {
    answers: "what it answers to the class, and to the others",
    residue: "what is left of the class in its outputs",
    distance: "how unlike a retrained model it answers",
    attacks: "what an attacker still gets out of it",
    relearning: "how fast the class comes back",
    edit: "how much of the network is another one",
    cost: "the price, against retraining",
  };

  /** A figure for people, as `forgetdemo audit` prints it: '99.58', '>64' beyond a curve, '–'. */
  function figure(value, unit, cap) {
    if (value === null || value === undefined) return cap === null || cap === undefined ? "–" : `>${cap}`;
    if (unit === "%") return (100 * value).toFixed(2);
    if (unit === "steps" || (unit === "×" && value < 0.1)) return String(Number(value.toPrecision(3)));
    return value.toFixed(3);
  }

  /** The oracles' figure: '0.00 ± 0.00', or '>64' where all of them are beyond the curve. */
  function band(row) {
    if (row.oracle_mean === null) {
      return row.oracles.every((value) => value === null) ? figure(null, row.unit, row.cap) : "some beyond";
    }
    const spread = row.oracle_sd === null ? "" : ` ± ${figure(row.oracle_sd, row.unit)}`;
    return figure(row.oracle_mean, row.unit) + spread;
  }

  const text = (row, model) =>
    (model.key === "oracles" ? band(row)
      : figure(row[model.key], row.unit, model.key === "random_init" ? null : row.cap));

  /** Move places apart by at least `gap`, each to where it belongs as nearly as the others let it,
   * within [low, high]. The mean of pushing all up and pushing all down keeps every gap. */
  function spread(places, gap, low, high) {
    const order = places.map((_, i) => i).sort((a, b) => places[a] - places[b]);
    const up = (values, first) => values.reduce((done, value, n) =>
      [...done, Math.max(value, n ? done[n - 1] + gap : first)], []);
    const down = (values, last) => up(values.map((v) => -v).reverse(), -last).map((v) => -v).reverse();
    const sorted = order.map((i) => places[i]);
    const [raised, lowered] = [up(sorted, -Infinity), down(sorted, Infinity)];
    const even = down(up(raised.map((v, n) => (v + lowered[n]) / 2), low), high);
    const moved = [];
    order.forEach((at, n) => { moved[at] = even[n]; });
    return moved;
  }

  /** What a number line shows: never less than a fiftieth of the measure's range. */
  function domain(row, known) {
    let [low, high] = [Math.min(...known), Math.max(...known)];
    const bounded = row.low !== null && row.high !== null;
    const least = bounded ? 0.02 * (row.high - row.low) : Math.max(0.1 * Math.abs(high), 1e-6);
    const wanted = Math.max(1.12 * (high - low), least);
    [low, high] = [(low + high - wanted) / 2, (low + high + wanted) / 2];
    if (row.low !== null && low < row.low) [low, high] = [row.low, high + row.low - low];
    if (row.high !== null && high > row.high) {
      [low, high] = [Math.max(low + row.high - high, row.low ?? -Infinity), row.high];
    }
    return [low, high];
  }

  /** Where each model lies: the audited one above the line, the others' letters below it. */
  function numberLine(row) {
    const [W, L, R, Y] = [340, 50, 290, 28];
    const beyond = (value) => value === null && row.cap !== null;
    const shown = MODELS.filter((m) => m.key !== "oracles" && row[m.key] !== null);
    const over = MODELS.filter((m) => m.key !== "oracles" && m.key !== "random_init" && beyond(row[m.key]));
    const ticks = row.oracles.filter((value) => value !== null);
    const edges = row.oracle_mean === null ? []
      : [row.oracle_mean - (row.oracle_sd || 0), row.oracle_mean + (row.oracle_sd || 0)];
    const known = [...shown.map((m) => row[m.key]), ...ticks, ...edges, ...(row.cap === null ? [] : [row.cap])];
    if (!known.length) return "";
    const [low, high] = domain(row, known);
    const x = (value) => L + (Math.min(Math.max(value, low), high) - low) / (high - low || 1) * (R - L - 16) + 8;
    const marks = [...shown.map((m) => ({ ...m, at: x(row[m.key]) })), ...over.map((m) => ({ ...m, at: R + 12 }))];
    const below = marks.filter((m) => m.key !== "run");
    if (ticks.length) {
      const middle = row.oracle_mean === null ? ticks.reduce((a, b) => a + b, 0) / ticks.length : row.oracle_mean;
      below.push({ ...MODELS[2], at: x(middle), mark: "" });
    } else if (row.cap !== null && row.oracles.length) below.push({ ...MODELS[2], at: R + 12 });
    const places = spread(below.map((m) => m.at), 13, L - 6, W - 6);
    const drawn = [...below, ...marks.filter((m) => m.key === "run")].map((m, i) => {
      const mine = m.key === "run";
      const letter = mine ? [m.at, 14] : [places[i], 55];
      const lead = mine ? "" : `<path class="fd-lead" d="M${m.at.toFixed(1)} ${Y + 8}L${places[i].toFixed(1)} 44"/>`;
      const body = m.mark ? `<path class="fd-mark" transform="translate(${m.at.toFixed(1)} ${Y})" d="${m.mark}"/>` : "";
      return `<g class="fd-${m.role}">${lead}${body}<text x="${letter[0].toFixed(1)}" y="${letter[1]}"
        text-anchor="middle">${m.letter}</text></g>`;
    });
    const shade = edges.length ? `<rect class="fd-band" x="${(x(edges[0]) - 1.5).toFixed(1)}" y="${Y - 9}"
      width="${(x(edges[1]) - x(edges[0]) + 3).toFixed(1)}" height="18"/>` : "";
    const each = ticks.map((v) => `<path class="fd-tick" d="M${x(v).toFixed(1)} ${Y - 9}v18"/>`).join("");
    const end = (value) => figure(value, row.unit).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
    const said = MODELS.map((m) => `${m.letter} ${text(row, m)}`).join(", ");
    return `<svg class="fd-strip" viewBox="0 0 ${W} 60" role="img" aria-label="${escape(`${row.title}: ${said}`)}">
      <path class="fd-axis" d="M${L} ${Y}H${R}${over.length ? `m4 -4l4 4l-4 4` : ""}"/><text class="fd-end" x="${L - 6}"
      y="${Y + 4}" text-anchor="end">${end(low)}</text><text class="fd-end" x="${R + (over.length ? 24 : 6)}"
      y="${Y + 4}">${end(high)}</text><g class="fd-oracle">${shade}${each}</g>${drawn.join("")}</svg>`;
  }

  /** What is to be thought of a row, in words with a sign. */
  function flags(row) {
    const found = row.flags.map((flag) => ["⚠", "warn", flag]);
    if (row.reliable !== false && row.inside === true) found.unshift(["✓", "in", "among the oracles or better"]);
    if (row.reliable !== false && row.inside === false) {
      const far = row.z === null ? "" : `, ${Math.abs(row.z) > 99 ? "more than 99" : Math.abs(row.z).toFixed(1)} sd ${
        row.z > 0 ? "above" : "below"}`;
      found.unshift(["✗", "out", `outside the oracles' band${far}`]);
    }
    return found.map(([sign, kind, words]) => `<li class="fd-flag-${kind}">${sign} ${escape(words)}</li>`).join("");
  }

  function measure(row) {
    const unit = row.unit ? `<small>${escape(row.unit)}</small>` : "";
    const cells = MODELS.map((m) => `<div class="fd-${m.role}" data-model="${m.key}"><dt title="${escape(m.name)}">${
      m.letter}</dt><dd>${escape(text(row, m))}</dd></div>`).join("");
    return `<li class="fd-measure" data-row="${escape(row.name)}"><div><h4><span aria-label="${
      { "↑": "high is good", "↓": "low is good", "≈": "close to a retrain is good" }[row.arrow]}">${row.arrow}</span> ${
      escape(row.title)} ${unit}</h4><p class="fd-small">${escape(row.explain)}</p></div>${numberLine(row)}<dl>${
      cells}</dl><ul class="fd-flags">${flags(row)}</ul></li>`;
  }

  const judged = (rows) => rows.filter((row) => row.inside !== null && row.reliable !== false);
  const outside = (rows) => judged(rows).filter((row) => !row.inside).length;

  function group(name, rows, open) {
    const count = judged(rows).length;
    const words = count ? `${outside(rows)} of ${count} outside the oracles' band` : "not judged against the oracles";
    return `<details class="fd-group" data-group="${escape(name)}"${open ? " open" : ""}><summary><b>${
      escape(capital(name))}</b> <span>${escape(GROUPS[name] || "")}</span> <i>${words}</i></summary><ul>${
      rows.map(measure).join("")}</ul></details>`;
  }

  /** Where the class goes: a row of ten bars for the run, the oracles' mean and the control. */
  function destinations(report) {
    const named = Object.keys(report.destinations).filter((name) => name.startsWith("oracle "));
    const mean = report.classes.map((_, c) =>
      named.reduce((sum, name) => sum + report.destinations[name][c], 0) / Math.max(1, named.length));
    const rows = [["run", report.destinations.run], ["oracles", mean], ["control", report.destinations.control]];
    const percent = (share) => (share === 0 ? "0" : share < 0.005 ? "<1" : (100 * share).toFixed(0));
    const short = (name) => (name.length > 3 ? `${name.slice(0, 3)}.` : name);
    const body = rows.map(([key, shares]) => {
      const model = MODELS.find((m) => m.key === key);
      return `<tr class="fd-${model.role}" data-model="${key}"><th scope="row" title="${escape(model.name)}">${model.letter}</th>${
        shares.map((share) => `<td><span class="fd-post"><i style="height:${(100 * share).toFixed(1)}%"></i></span>${
          percent(share)}</td>`).join("")}</tr>`;
    }).join("");
    return `<figure class="fd-destinations"><figcaption>Where its images of ${escape(report.classes[report.forget_class])}
      go now, % by answer</figcaption><table><thead><tr><td></td>${report.classes.map((name, c) =>
      `<th scope="col" title="${escape(name)}">${escape(short(name))}${c === report.forget_class ? "▸" : ""}</th>`).join("")}</tr></thead>
      <tbody>${body}</tbody></table></figure>`;
  }

  /** Recovery over relearning steps, all models; oracles as a band from lowest to highest. */
  function recovery(report, images) {
    const [W, H, L, R, T, B] = [460, 250, 40, 430, 12, 214];
    const steps = report.steps;
    const last = Math.log2(1 + steps[steps.length - 1]) || 1;
    const x = (step) => L + Math.log2(1 + step) / last * (R - L);
    const y = (share) => B - share * (B - T);
    const path = (curve) => curve.map((v, i) => `${i ? "L" : "M"}${x(steps[i]).toFixed(1)} ${y(v).toFixed(1)}`).join("");
    const oracles = Object.keys(report.curves).filter((name) => name.startsWith("oracle "))
      .map((name) => report.curves[name][images]);
    const at = (fold) => steps.map((_, i) => fold(...oracles.map((curve) => curve[i])));
    const lines = MODELS.map((m) => [m, m.key === "oracles"
      ? at((...v) => v.reduce((a, b) => a + b, 0) / v.length) : (report.curves[m.key] || {})[images]]);
    const kept = lines.filter(([, curve]) => curve && curve.length === steps.length);
    const ends = spread(kept.map(([, curve]) => y(curve[curve.length - 1])), 15, T + 4, B);
    const dashes = { A: "", B: "7 4", O: "", H: "2 3", M: "8 3 2 3", U: "1 5" };
    const grid = [0, 0.25, 0.5, 0.75, 1].map((v) => `<path class="fd-grid" d="M${L} ${y(v)}H${R}"/><text x="${L - 6}"
      y="${y(v) + 4}" text-anchor="end">${100 * v}</text>`).join("");
    const marks = steps.filter((s, i) => i === 0 || x(s) - x(steps[i - 1]) > 14).map((s) =>
      `<text x="${x(s)}" y="${B + 16}" text-anchor="middle">${s}</text>`).join("");
    const shade = oracles.length ? `<path class="fd-band" d="${path(at(Math.max))}${
      [...at(Math.min)].map((v, i, all) => `L${x(steps[all.length - 1 - i]).toFixed(1)} ${y(all[all.length - 1 - i]).toFixed(1)}`).join("")}Z"/>` : "";
    const drawn = kept.map(([m, curve], i) => `<g class="fd-${m.role} fd-recovery" data-model="${m.key}"><path d="${
      path(curve)}" stroke-dasharray="${dashes[m.letter]}"/><text x="${R + 14}" y="${ends[i] + 4}"
      text-anchor="middle">${m.letter}</text></g>`).join("");
    const said = kept.map(([m, curve]) => `${m.letter} ends at ${(100 * curve[curve.length - 1]).toFixed(0)} %`).join(", ");
    return `<svg viewBox="0 0 ${W} ${H}" role="img" aria-label="${escape(said)}">${grid}${marks}<text x="${(L + R) / 2}"
      y="${H - 4}" text-anchor="middle">steps of relearning (logarithmic)</text><g class="fd-oracle">${shade}</g>${drawn}</svg>`;
  }

  function wireCurves(node, report) {
    const buttons = node.querySelectorAll("[data-images]");
    const choose = (images) => {
      buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.images === images)));
      node.querySelector(".fd-recovery-plot").innerHTML = recovery(report, images);
    };
    buttons.forEach((button) => button.addEventListener("click", () => choose(button.dataset.images)));
    if (buttons.length) choose(buttons[buttons.length - 1].dataset.images);
  }

  /** The whole audit. data: audit.json. */
  function audit(node, report) {
    const names = [...new Set(report.rows.map((row) => row.group))];
    const of = (name) => report.rows.filter((row) => row.group === name);
    const share = (name) => (name === "edit" ? 0 : outside(of(name)) / of(name).length);
    const telling = names.reduce((best, name) => (share(name) > share(best) ? name : best)); // opens
    const counts = Object.keys(report.curves.run || {}).sort((a, b) => a - b);
    const [head, ...rest] = report.verdict.sentence.split(/(?<=[:;]) /);
    const mask = report.certificate;
    const whole = (value) => value.toLocaleString("en");
    const certificate = mask ? `Mask certificate: ${whole(mask.editable)} of ${whole(mask.total)} weights could change,
      ${whole(mask.changed)} did; largest change outside: ${mask.max_abs_change_outside}, computed again for
      this audit: ${mask.integrity}.` : "This model comes without a mask: any weight could change.";
    const passed = report.about.held_out;
    const exam = passed ? ` The held-out oracle lies among the others in ${passed.inside} of ${passed.judged} measures.` : "";
    node.innerHTML = `<div class="fd-audit"><p class="fd-verdict" data-level="${escape(report.verdict.level)}"><b>${
      escape(capital(head))}</b> ${rest.map((part) => `<span>${escape(part)}</span>`).join(" ")}</p>
      <ul class="fd-key" aria-label="The letters">${MODELS.map((m) => `<li class="fd-${m.role}"><svg viewBox="-8 -8 16 16"
        aria-hidden="true"><path class="${m.key === "oracles" ? "fd-band" : "fd-mark"}" d="${m.mark}"/></svg><b>${
        m.letter}</b> ${escape(m.name)}</li>`).join("")}</ul>
      <div class="fd-pair">${destinations(report)}<figure class="fd-curves"><figcaption>Taught again: share of the class
        recognised, %</figcaption><div class="fd-choice" role="group" aria-label="images of the class it is taught with">${
        counts.map((k) => `<button type="button" data-images="${escape(k)}" aria-pressed="false">${escape(k)}</button>`).join("")}
        <span class="fd-small">images of the class</span></div><div class="fd-recovery-plot"></div></figure></div>
      ${names.map((name) => group(name, of(name), name === telling)).join("")}
      <p class="fd-certificate">${certificate}${exam}</p></div>`;
    wireCurves(node, report);
  }

  globalThis.forgetdemo = Object.assign(globalThis.forgetdemo || {}, { figure, spread });
  globalThis.forgetdemo.views = Object.assign(globalThis.forgetdemo.views || {}, { audit });
})();
