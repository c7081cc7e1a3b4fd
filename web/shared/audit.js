/* Is it forgotten? Pictures of an audit, drawn from audit.json as the command line writes it. */
(() => {
  "use strict";
  const { MODELS, count, fill, html, mean, numberLine, part, parts, short, spread, words } =
    forgetdemo;

  /** @type {Record<string, string>} */
  const GROUPS = {
    answers: "what it answers to the class, and to the others",
    residue: "what is left of the class in its outputs",
    distance: "how unlike a retrained model it answers",
    attacks: "what an attacker still gets out of it",
    relearning: "how fast the class comes back",
    edit: "how much of the network is another one",
    cost: "the price, against retraining",
  };
  /** @type {Record<string, string>} */
  const ARROWS = {
    "↑": "high is good",
    "↓": "low is good",
    "≈": "close to a retrain is good",
  };

  /** @param {string} text */
  const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

  /**
   * What is to be thought of a row, in words with a sign.
   * @param {AuditRow} row
   */
  function flags({ flags: noted, reliable, inside, z }) {
    const found = noted.map((flag) => ["⚠", "warn", flag]);
    if (reliable !== false && inside === true)
      found.unshift(["✓", "in", "among the oracles or better"]);
    if (reliable !== false && inside === false) {
      const sds = z !== null && (Math.abs(z) > 99 ? "more than 99" : Math.abs(z).toFixed(1));
      const far = z === null ? "" : `, ${sds} sd ${z > 0 ? "above" : "below"}`;
      found.unshift(["✗", "out", `outside the oracles' band${far}`]);
    }
    return found.map(
      ([sign, kind, said]) => html`<li class="fd-flag-${kind}">${sign} ${said}</li>`,
    );
  }

  /** @param {AuditRow} row */
  function measure(row) {
    const unit = row.unit ? html`<small>${row.unit}</small>` : "";
    const cells = MODELS.map(
      (m) => html`<div class="fd-${m.role}" data-model="${m.key}"><dt
        title="${m.name}">${m.letter}</dt><dd>${words(row, m)}</dd></div>`,
    );
    return html`<li class="fd-measure" data-row="${row.name}"><div><h4><span
      aria-label="${ARROWS[row.arrow] ?? ""}">${row.arrow}</span> ${row.title} ${unit}</h4><p
      class="fd-small">${row.explain}</p></div>${numberLine(row)}<dl>${cells}</dl><ul
      class="fd-flags">${flags(row)}</ul></li>`;
  }

  /** @param {AuditRow[]} rows */
  const judged = (rows) => rows.filter((row) => row.inside !== null && row.reliable !== false);

  /** @param {AuditRow[]} rows */
  const outside = (rows) => judged(rows).filter((row) => !row.inside).length;

  /**
   * @param {string} name
   * @param {AuditRow[]} rows
   * @param {boolean} open
   */
  function group(name, rows, open) {
    const all = judged(rows).length;
    const found = all
      ? `${outside(rows)} of ${all} outside the oracles' band`
      : "not judged against the oracles";
    const list = rows.map(measure);
    return html`<details class="fd-group" data-group="${name}"${open ? html` open` : ""}><summary
      ><b>${capital(name)}</b> <span>${GROUPS[name] ?? ""}</span> <i>${found}</i></summary>
      <ul>${list}</ul></details>`;
  }

  /**
   * The oracles' share of each record that is kept per model.
   * @template T
   * @param {Record<string, T>} models
   */
  const oraclesOf = (models) =>
    Object.keys(models)
      .filter((name) => name.startsWith("oracle "))
      .map((name) => models[name]);

  /**
   * Where the class goes: a row of ten bars for the run, the oracles' mean and the control.
   * @param {Audit} report
   */
  function destinations({ classes, destinations: sent, forget_class: forgotten }) {
    const oracles = oraclesOf(sent);
    /** @type {Record<string, number[]>} */
    const shown = {
      run: sent.run,
      oracles: classes.map((_, c) => mean(oracles.length ? oracles.map((one) => one[c]) : [0])),
      control: sent.control,
    };
    /** @param {number} share */
    const percent = (share) =>
      share === 0 ? "0" : share < 0.005 ? "<1" : (100 * share).toFixed(0);
    const rows = MODELS.filter(({ key }) => key in shown).map(({ key, letter, name, role }) => {
      const bars = shown[key].map(
        (share) => html`<td><span class="fd-post"><i
          style="height:${(100 * share).toFixed(1)}%"></i></span>${percent(share)}</td>`,
      );
      return html`<tr class="fd-${role}" data-model="${key}"><th scope="row"
        title="${name}">${letter}</th>${bars}</tr>`;
    });
    const heads = classes.map(
      (name, c) =>
        html`<th scope="col" title="${name}">${short(name)}${c === forgotten ? "▸" : ""}</th>`,
    );
    return html`<figure class="fd-destinations"><figcaption>Where its images of ${
      classes[forgotten]
    } go now, % by answer</figcaption><table><thead><tr><td></td>${heads}</tr></thead>
      <tbody>${rows}</tbody></table></figure>`;
  }

  const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [460, 250, 40, 430, 12, 214]; // of recoveries
  /** @type {Record<string, string>} */
  const DASHES = { A: "", B: "7 4", O: "", H: "2 3", M: "8 3 2 3", U: "1 5" };

  /**
   * Recovery over relearning steps, all models; oracles as a band from lowest to highest.
   * @param {Audit} report
   * @param {string} images
   */
  function recovery({ curves, steps }, images) {
    const last = Math.log2(1 + steps[steps.length - 1]) || 1;
    /** @param {number} step */
    const x = (step) => LEFT + (Math.log2(1 + step) / last) * (RIGHT - LEFT);
    /** @param {number} share */
    const y = (share) => BOTTOM - share * (BOTTOM - TOP);
    const points = (/** @type {number[]} */ curve) =>
      curve.map((share, i) => `${x(steps[i]).toFixed(1)} ${y(share).toFixed(1)}`);
    const oracles = oraclesOf(curves).map((lessons) => lessons[images]);
    const at = (/** @type {(values: number[]) => number} */ fold) =>
      steps.map((_, i) => fold(oracles.map((curve) => curve[i])));
    const kept = MODELS.map((m) => ({
      ...m,
      curve: m.key === "oracles" ? at(mean) : curves[m.key]?.[images],
    })).filter(({ curve }) => curve && curve.length === steps.length);
    const ends = spread(
      kept.map(({ curve }) => y(curve[curve.length - 1])),
      15,
      TOP + 4,
      BOTTOM,
    );
    const grid = [0, 0.25, 0.5, 0.75, 1].map(
      (v) => html`<path class="fd-grid" d="M${LEFT} ${y(v)}H${RIGHT}"/><text x="${LEFT - 6}"
        y="${y(v) + 4}" text-anchor="end">${100 * v}</text>`,
    );
    const marks = steps
      .filter((step, i) => i === 0 || x(step) - x(steps[i - 1]) > 14)
      .map(
        (step) => html`<text x="${x(step)}" y="${BOTTOM + 16}" text-anchor="middle">${step}</text>`,
      );
    const above = points(at((values) => Math.max(...values)));
    const below = points(at((values) => Math.min(...values))).reverse();
    const shade = oracles.length
      ? html`<path class="fd-band" d="M${[...above, ...below].join("L")}Z"/>`
      : "";
    const drawn = kept.map(
      ({ curve, key, letter, role }, i) => html`<g class="fd-${role} fd-recovery"
        data-model="${key}"><path d="M${points(curve).join("L")}"
        stroke-dasharray="${DASHES[letter]}"/><text x="${RIGHT + 14}" y="${ends[i] + 4}"
        text-anchor="middle">${letter}</text></g>`,
    );
    const said = kept.map(
      ({ curve, letter }) => `${letter} ends at ${(100 * curve[curve.length - 1]).toFixed(0)} %`,
    );
    return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img"
      aria-label="${said.join(", ")}">${grid}${marks}<text x="${(LEFT + RIGHT) / 2}"
      y="${HEIGHT - 4}" text-anchor="middle">steps of relearning (logarithmic)</text><g
      class="fd-oracle">${shade}</g>${drawn}</svg>`;
  }

  /**
   * @param {HTMLElement} node
   * @param {Audit} report
   */
  function wireCurves(node, report) {
    const buttons = parts(node, "[data-images]");
    /** @param {HTMLElement} chosen */
    const choose = (chosen) => {
      for (const button of buttons) button.setAttribute("aria-pressed", String(button === chosen));
      fill(part(node, ".fd-recovery-plot"), recovery(report, String(chosen.dataset.images)));
    };
    for (const button of buttons) button.addEventListener("click", () => choose(button));
    if (buttons.length) choose(buttons[buttons.length - 1]);
  }

  /** @param {AuditCertificate | null} mask */
  function certificateOf(mask) {
    if (!mask) return "This model comes without a mask: any weight could change.";
    const [could, did] = [`${count(mask.editable)} of ${count(mask.total)}`, count(mask.changed)];
    const beyond = mask.max_abs_change_outside;
    return (
      `Mask certificate: ${could} weights could change, ${did} did; ` +
      `largest change outside: ${beyond}, computed again for this audit: ${mask.integrity}.`
    );
  }

  /**
   * The whole audit.
   * @param {HTMLElement} node
   * @param {Audit} report
   */
  function audit(node, report) {
    const names = [...new Set(report.rows.map((row) => row.group))];
    const of = (/** @type {string} */ name) => report.rows.filter((row) => row.group === name);
    const share = (/** @type {string} */ name) =>
      name === "edit" ? 0 : outside(of(name)) / of(name).length;
    // The most telling group is open.
    const telling = names.reduce((best, name) => (share(name) > share(best) ? name : best));
    const counts = Object.keys(report.curves.run ?? {}).sort((a, b) => Number(a) - Number(b));
    const { level, sentence } = report.verdict;
    const [head, ...rest] = sentence.split(/(?<=[:;]) /);
    const said = rest.map((one, i) => html`${i ? " " : ""}<span>${one}</span>`);
    const passed = report.about.held_out;
    const among = passed && `${passed.inside} of ${passed.judged} measures`;
    const exam = among ? ` The held-out oracle lies among the others in ${among}.` : "";
    const key = MODELS.map(
      (m) => html`<li class="fd-${m.role}"><svg viewBox="-8 -8 16 16" aria-hidden="true"><path
        class="${m.key === "oracles" ? "fd-band" : "fd-mark"}" d="${m.mark}"/></svg><b>${
          m.letter
        }</b> ${m.name}</li>`,
    );
    const choice = counts.map(
      (k) => html`<button type="button" data-images="${k}" aria-pressed="false">${k}</button>`,
    );
    fill(
      node,
      html`<div class="fd-audit">
        <p class="fd-verdict" data-level="${level}"><b>${capital(head)}</b> ${said}</p>
        <ul class="fd-key" aria-label="The letters">${key}</ul>
        <div class="fd-pair">${destinations(report)}<figure class="fd-curves"><figcaption>Taught
        again: share of the class recognised, %</figcaption><div class="fd-choice" role="group"
        aria-label="images of the class it is taught with">${choice}
        <span class="fd-small">images of the class</span></div><div
        class="fd-recovery-plot"></div></figure></div>
        ${names.map((name) => group(name, of(name), name === telling))}
        <p class="fd-certificate">${certificateOf(report.certificate)}${exam}</p></div>`,
    );
    wireCurves(node, report);
  }

  Object.assign(forgetdemo.views, /** @satisfies {Partial<Draw>} */ ({ audit }));
})();
