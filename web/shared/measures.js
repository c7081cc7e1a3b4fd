/* A measure of an audit: its figures in words, and all models on one number line. */
(() => {
  "use strict";
  const { html } = forgetdemo;

  /** Every model has a letter and a mark, so that nothing rests on colour alone.
   * @type {AuditModel[]} */
  const MODELS = [
    {
      key: "run",
      letter: "A",
      name: "after: the audited model",
      role: "after",
      mark: "M0-6L6 0L0 6L-6 0Z",
    },
    {
      key: "original",
      letter: "B",
      name: "before: the original",
      role: "before",
      mark: "M-5-5H5V5H-5Z",
    },
    {
      key: "oracles",
      letter: "O",
      name: "retrained without the class: mean ± sd, a tick each",
      role: "oracle",
      mark: "M-5-5H5V5H-5Z",
    },
    {
      key: "held_out",
      letter: "H",
      name: "held-out: retrained as well, must pass too",
      role: "oracle",
      mark: "M0-6L5 4H-5Z",
    },
    {
      key: "control",
      letter: "M",
      name: "masked: the original with one output off",
      role: "masked",
      mark: "M0 6L5-4H-5Z",
    },
    {
      key: "random_init",
      letter: "U",
      name: "untrained",
      role: "other",
      mark: "M-5-5L5 5M-5 5L5-5",
    },
  ];
  const [WIDTH, LEFT, RIGHT, MIDDLE] = [340, 50, 290, 28]; // of a number line's picture

  /**
   * A figure for people, as `forgetdemo audit` prints it: '99.58', '>64' beyond a curve, '–'.
   * @param {number | null} value
   * @param {string} unit
   * @param {number | null} [cap]
   */
  function figure(value, unit, cap = null) {
    if (value === null) return cap === null ? "–" : `>${cap}`;
    if (unit === "%") return (100 * value).toFixed(2);
    if (unit === "steps" || (unit === "×" && value < 0.1))
      return String(Number(value.toPrecision(3)));
    return value.toFixed(3);
  }

  /**
   * The oracles' figure: '0.00 ± 0.00', or '>64' where all of them are beyond the curve.
   * @param {AuditRow} row
   */
  function band(row) {
    if (row.oracle_mean === null)
      return row.oracles.every((value) => value === null)
        ? figure(null, row.unit, row.cap)
        : "some beyond";
    const wide = row.oracle_sd === null ? "" : ` ± ${figure(row.oracle_sd, row.unit)}`;
    return figure(row.oracle_mean, row.unit) + wide;
  }

  /**
   * What a row says of one model, in words.
   * @param {AuditRow} row
   * @param {AuditModel} model
   */
  function words(row, { key }) {
    if (key === "oracles") return band(row);
    return figure(row[key], row.unit, key === "random_init" ? null : row.cap);
  }

  /**
   * Move places apart by at least `gap`, each to where it belongs as nearly as the others let it,
   * within [low, high]. The mean of pushing all up and pushing all down keeps every gap.
   * @param {number[]} places
   * @param {number} gap
   * @param {number} low
   * @param {number} high
   */
  function spread(places, gap, low, high) {
    const order = places.map((_, i) => i).sort((a, b) => places[a] - places[b]);
    /** @type {(values: number[], first: number) => number[]} */
    const up = (values, first) => {
      /** @type {number[]} */
      const done = [];
      for (const value of values)
        done.push(Math.max(value, done.length ? done[done.length - 1] + gap : first));
      return done;
    };
    /** @type {(values: number[], last: number) => number[]} */
    const down = (values, last) =>
      up(values.map((v) => -v).reverse(), -last)
        .map((v) => -v)
        .reverse();
    const sorted = order.map((i) => places[i]);
    const [raised, lowered] = [up(sorted, -Infinity), down(sorted, Infinity)];
    const even = up(
      raised.map((v, n) => (v + lowered[n]) / 2),
      low,
    );
    /** @type {number[]} */
    const moved = [];
    down(even, high).forEach((value, n) => {
      moved[order[n]] = value;
    });
    return moved;
  }

  /**
   * What a number line shows: never less than a fiftieth of the measure's range.
   * @param {AuditRow} row
   * @param {number[]} known
   */
  function domain(row, known) {
    let [low, high] = [Math.min(...known), Math.max(...known)];
    const least =
      row.low !== null && row.high !== null
        ? 0.02 * (row.high - row.low)
        : Math.max(0.1 * Math.abs(high), 1e-6);
    const wanted = Math.max(1.12 * (high - low), least);
    [low, high] = [(low + high - wanted) / 2, (low + high + wanted) / 2];
    if (row.low !== null && low < row.low) [low, high] = [row.low, high + row.low - low];
    if (row.high !== null && high > row.high)
      [low, high] = [Math.max(low + row.high - high, row.low ?? -Infinity), row.high];
    return [low, high];
  }

  /** @type {(values: number[]) => number} */
  const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;

  /**
   * Where each model lies: the audited one above the line, the others' letters below it.
   * @param {AuditRow} row
   */
  function numberLine(row) {
    const singles = MODELS.flatMap((m) =>
      m.key === "oracles" ? [] : [{ ...m, value: row[m.key] }],
    );
    const over = singles.filter(
      ({ key, value }) => value === null && row.cap !== null && key !== "random_init",
    );
    const ticks = row.oracles.filter((value) => value !== null);
    const sd = row.oracle_sd ?? 0;
    const edges = row.oracle_mean === null ? [] : [row.oracle_mean - sd, row.oracle_mean + sd];
    const values = [...singles.map(({ value }) => value), ...ticks, ...edges, row.cap];
    const known = values.filter((value) => value !== null);
    if (!known.length) return "";
    const [low, high] = domain(row, known);
    /** @param {number} value */
    const x = (value) =>
      LEFT +
      8 +
      ((Math.min(Math.max(value, low), high) - low) / (high - low || 1)) * (RIGHT - LEFT - 16);
    const marks = [
      ...singles.flatMap((m) => (m.value === null ? [] : [{ ...m, at: x(m.value) }])),
      ...over.map((m) => ({ ...m, at: RIGHT + 12 })),
    ];
    const [oracles] = MODELS.filter(({ key }) => key === "oracles");
    /** @type {(AuditModel & { at: number })[]} */
    const below = marks.filter(({ key }) => key !== "run");
    if (ticks.length) below.push({ ...oracles, at: x(row.oracle_mean ?? mean(ticks)), mark: "" });
    else if (row.cap !== null && row.oracles.length) below.push({ ...oracles, at: RIGHT + 12 });
    const places = spread(
      below.map(({ at }) => at),
      13,
      LEFT - 6,
      WIDTH - 6,
    );
    const drawn = [
      ...below.map((m, i) => markOf(m, places[i])),
      ...marks.filter(({ key }) => key === "run").map((m) => markOf(m, null)),
    ];
    const shade = edges.length
      ? html`<rect class="fd-band" x="${(x(edges[0]) - 1.5).toFixed(1)}" y="${MIDDLE - 9}"
        width="${(x(edges[1]) - x(edges[0]) + 3).toFixed(1)}" height="18"/>`
      : "";
    const each = ticks.map(
      (v) => html`<path class="fd-tick" d="M${x(v).toFixed(1)} ${MIDDLE - 9}v18"/>`,
    );
    /** @param {number} value */
    const end = (value) =>
      figure(value, row.unit)
        .replace(/(\.\d*?)0+$/, "$1")
        .replace(/\.$/, "");
    const said = MODELS.map((m) => `${m.letter} ${words(row, m)}`).join(", ");
    const arrow = over.length ? "m4 -4l4 4l-4 4" : "";
    const right = RIGHT + (over.length ? 24 : 6);
    return html`<svg class="fd-strip" viewBox="0 0 ${WIDTH} 60" role="img"
      aria-label="${row.title}: ${said}"><path class="fd-axis"
      d="M${LEFT} ${MIDDLE}H${RIGHT}${arrow}"/><text class="fd-end" x="${LEFT - 6}"
      y="${MIDDLE + 4}" text-anchor="end">${end(low)}</text><text class="fd-end" x="${right}"
      y="${MIDDLE + 4}">${end(high)}</text><g
      class="fd-oracle">${shade}${each}</g>${drawn}</svg>`;
  }

  /**
   * A model's mark on the line, and its letter: above it, or below at `place` and led to it.
   * @param {AuditModel & { at: number }} model
   * @param {number | null} place
   */
  function markOf({ at, letter, mark, role }, place) {
    const lead =
      place === null
        ? ""
        : html`<path class="fd-lead" d="M${at.toFixed(1)} ${MIDDLE + 8}L${place.toFixed(1)} 44"/>`;
    const body = mark
      ? html`<path class="fd-mark" transform="translate(${at.toFixed(1)} ${MIDDLE})" d="${mark}"/>`
      : "";
    return html`<g class="fd-${role}">${lead}${body}<text x="${(place ?? at).toFixed(1)}"
      y="${place === null ? 14 : 55}" text-anchor="middle">${letter}</text></g>`;
  }

  Object.assign(
    forgetdemo,
    /** @satisfies {Partial<Forgetdemo>} */ ({ MODELS, figure, mean, numberLine, spread, words }),
  );
})();
