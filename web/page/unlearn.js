/* Make a model forget one class: mask, steps, certificate. As forgetdemo/predict/unlearn.py, with
 * the same draws and graphs, so that equal settings give equal weights to the last digits. */

import { FORGET, places, RETAIN } from "./draws.js";
import { namesOf, rows, scalar } from "./graphs.js";
import { sizeOf } from "./patch.js";

const [REPORT_EVERY, REPORTS] = [10, 60]; // steps between reports, at least; reports, at most
const DIALS = /** @type {const} */ ([
  "weight_retain",
  "weight_penalty",
  "weight_redirect",
  "temperature",
]);
const STATE = ["delta", "rest", "delta_mean", "rest_mean", "delta_square", "rest_square"];

/**
 * Mark the highest values, exactly `count` of them, ties by position.
 * @param {Float32Array} values
 * @param {number} count
 */
export function highest(values, count) {
  const chosen = new Uint8Array(values.length);
  if (!count) return chosen;
  const lowest = Float32Array.from(values).sort()[values.length - count];
  let left = count;
  values.forEach((value, i) => {
    if (value > lowest) {
      chosen[i] = 1;
      left -= 1;
    }
  });
  for (let i = 0; left > 0; i += 1)
    if (values[i] === lowest) {
      chosen[i] = 1;
      left -= 1;
    }
  return chosen;
}

/**
 * Score the dense weights by relevance, and select by rank.
 * @param {Graphs} graphs
 * @param {Pool} pool
 * @param {RunSettings} settings
 * @returns {Promise<Record<string, Uint8Array>>} 1: may change
 * @throws {Error} the share is so small that it selects nothing
 */
export async function buildMask(graphs, pool, settings) {
  const { shapes, dense } = graphs.about;
  const classes = pool.counts.length;
  const all = Array.from({ length: classes }, (_, digit) => digit);
  /** @type {Named} */
  const given = {};
  for (const [group, digits] of Object.entries({
    forget: [settings.forget_class],
    retain: all.filter((digit) => digit !== settings.forget_class),
  })) {
    given[`${group}:count`] = scalar(digits.reduce((sum, digit) => sum + pool.counts[digit], 0));
    for (const [name, { data, dims }] of Object.entries(pool.sums[digits[0]])) {
      const total = Float32Array.from(data);
      for (const digit of digits.slice(1)) {
        const other = pool.sums[digit][name].data;
        for (let i = 0; i < total.length; i += 1) total[i] += other[i];
      }
      given[`${group}:${name}`] = { data: total, dims };
    }
  }
  const scores = await graphs.run("relevance", given);
  const names = Object.keys(shapes).filter((name) => dense.includes(name.split(".")[0]));
  const sizes = names.map((name) => sizeOf(shapes[name]));
  const flat = new Float32Array(sizes.reduce((a, b) => a + b, 0));
  let at = 0;
  names.forEach((name, i) => {
    flat.set(/** @type {Float32Array} */ (scores[`score:${name}`].data), at);
    at += sizes[i];
  });
  const total = Object.values(shapes).reduce((sum, shape) => sum + sizeOf(shape), 0);
  const count = Math.floor(settings.mask_fraction * total + 0.5);
  if (!count)
    throw new Error(`A share of ${settings.mask_fraction} selects none of the weights: raise it.`);
  const chosen = highest(flat, Math.min(count, flat.length));
  /** @type {Record<string, Uint8Array>} */
  const mask = {};
  for (const [name, shape] of Object.entries(shapes)) mask[name] = new Uint8Array(sizeOf(shape));
  at = 0;
  names.forEach((name, i) => {
    mask[name] = chosen.slice(at, at + sizes[i]);
    at += sizes[i];
  });
  return mask;
}

/**
 * Which images each step sees, forget images first: steps · (batch_forget + batch_retain) places.
 * @param {Int32Array} labels
 * @param {RunSettings} settings
 */
export function batches(labels, settings) {
  const { steps, seed } = settings;
  const drawn = [
    { stream: FORGET, count: settings.batch_forget, own: true },
    { stream: RETAIN, count: settings.batch_retain, own: false },
  ].map(({ stream, count, own }) => {
    /** @type {number[]} */
    const index = [];
    labels.forEach((label, i) => {
      if ((label === settings.forget_class) === own) index.push(i);
    });
    const table = places(seed, stream, steps * count, index.length);
    return { count, table: table.map((place) => index[place]) };
  });
  return Array.from({ length: steps }, (_, step) =>
    drawn.flatMap(({ count, table }) =>
      Array.from(table.subarray(step * count, (step + 1) * count)),
    ),
  );
}

/**
 * The learning rate of each step.
 * @param {Graphs} graphs
 * @param {RunSettings} settings
 */
async function rates(graphs, { steps, peak_lr: peak, one_cycle: cycle }) {
  if (!cycle || steps === 1) return new Float32Array(steps).fill(peak);
  const place = { data: Float32Array.from({ length: steps }, (_, i) => i), dims: [steps] };
  return (await graphs.run("schedule", { place, peak: scalar(peak), steps: scalar(steps) })).lr
    .data;
}

/**
 * The last layer's rows, or its bias, in another order.
 * @param {Float32Array | Uint8Array} data
 * @param {number[]} order which row comes first, second, …
 * @param {number} width
 */
function permuted(data, order, width) {
  const found = new Float32Array(data.length);
  order.forEach((row, place) => {
    for (let i = 0; i < width; i += 1) found[place * width + i] = data[row * width + i];
  });
  return found;
}

/**
 * A network that differs from its original in what a mask lets go.
 * @param {Graphs} graphs
 * @param {Pool} pool
 * @param {Record<string, Uint8Array>} mask
 * @param {RunSettings} settings
 */
function changed({ about }, pool, mask, settings) {
  const { first, last } = namesOf(about);
  const [wide, deep] = about.shapes[first];
  const classes = pool.counts.length;
  const named = [settings.forget_class];
  if (settings.redirect_to !== null) named.push(settings.redirect_to);
  const order = [...named];
  for (let digit = 0; digit < classes; digit += 1) if (!named.includes(digit)) order.push(digit);
  let columns = Array.from({ length: deep }, (_, column) => column).filter((column) => {
    for (let row = 0; row < wide; row += 1) if (mask[first][row * deep + column]) return true;
    return false;
  });
  if (!columns.length) columns = [0]; // no graph takes none
  /** @param {Record<string, { data: Float32Array } | Uint8Array>} arrays */
  function flat(arrays) {
    const parts = about.rest.map((name) => {
      const found = arrays[name];
      const data = found instanceof Uint8Array ? found : found.data;
      const width = data.length / classes;
      return name.startsWith(last) ? permuted(data, order, width) : Float32Array.from(data);
    });
    const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
  const rest = flat(/** @type {Record<string, { data: Float32Array }>} */ (pool.weights));
  const dims = { delta: [wide, columns.length], rest: [rest.length] };
  const free = new Float32Array(wide * columns.length);
  for (let row = 0; row < wide; row += 1)
    columns.forEach((column, i) => {
      free[row * columns.length + i] = mask[first][row * deep + column];
    });
  /** @type {Named} */
  const state = {};
  for (const name of STATE) {
    const part = name.startsWith("delta") ? "delta" : "rest";
    state[name] = { data: new Float32Array(sizeOf(dims[part])), dims: dims[part] };
  }
  state.rest.data.set(rest);
  const masks = {
    delta_mask: { data: free, dims: dims.delta },
    rest_mask: { data: flat(mask), dims: dims.rest },
  };

  /** All weights by name; outside the mask, the original's bits.
   * @param {Named} now */
  function weights(now) {
    /** @type {Named} */
    const found = {};
    for (const [name, { data, dims: shape }] of Object.entries(pool.weights))
      found[name] = { data: Float32Array.from(data), dims: shape };
    const whole = found[first].data;
    for (let row = 0; row < wide; row += 1)
      columns.forEach((column, i) => {
        const at = row * columns.length + i;
        if (free[at]) whole[row * deep + column] += now.delta.data[at];
      });
    let at = 0;
    for (const name of about.rest) {
      const { data } = found[name];
      const width = data.length / classes;
      for (let i = 0; i < data.length; i += 1) {
        const place = name.startsWith(last)
          ? order[Math.floor(i / width)] * width + (i % width)
          : i;
        if (mask[name][place]) data[place] = now.rest.data[at + i];
      }
      at += data.length;
    }
    return found;
  }
  return { columns, order, state, masks, weights };
}

/**
 * Count what may and what did change, per layer, and prove that nothing else moved.
 * @param {Named} after
 * @param {Named} before
 * @param {Record<string, Uint8Array>} mask
 * @returns {MaskShares}
 * @throws {Error} a weight outside the mask differs in any bit
 */
export function certify(after, before, mask) {
  /** @type {Record<string, MaskLayer & { moved: number, size: number }>} */
  const layers = {};
  for (const [name, { data: old }] of Object.entries(before)) {
    const now = after[name].data;
    const [a, b] = [now, old].map((v) => new Int32Array(v.buffer, v.byteOffset, v.length));
    const row = (layers[name.split(".")[0]] ??= {
      ...{ editable: 0, total: 0, changed: 0, max_abs_change: 0, relative_change: 0 },
      ...{ moved: 0, size: 0 },
    });
    row.total += old.length;
    for (let i = 0; i < old.length; i += 1) {
      const differs = a[i] !== b[i];
      if (differs && !mask[name][i])
        throw new Error(`${name}: weights outside the mask moved; this run is not valid.`);
      row.editable += mask[name][i];
      row.changed += Number(differs);
      const delta = Math.abs(Math.fround(now[i] - old[i]));
      row.max_abs_change = Math.max(row.max_abs_change, delta);
      row.moved += delta * delta;
      row.size += old[i] * old[i];
    }
  }
  /** @type {Record<string, MaskLayer>} */
  const told = {};
  for (const [name, { moved, size, ...row }] of Object.entries(layers))
    told[name] = { ...row, relative_change: size ? Math.sqrt(moved / size) : 0 };
  const sum = (/** @type {"editable" | "total" | "changed"} */ field) =>
    Object.values(told).reduce((total, row) => total + row[field], 0);
  const [editable, total] = [sum("editable"), sum("total")];
  return {
    editable,
    total,
    fraction: editable / total,
    changed: sum("changed"),
    max_abs_change_outside: 0,
    layers: told,
  };
}

/**
 * Answers for images of which the first dense layer's part and some columns are given.
 * @param {Graphs} graphs
 * @param {Named} state
 * @param {Values} base
 * @param {Values} columns
 * @param {number[]} order which class comes first, second, …
 */
export async function answers(graphs, state, base, columns, order) {
  const { logits } = await graphs.run("answers", { ...state, base, columns });
  const width = order.length;
  return Int32Array.from({ length: base.dims[0] }, (_, i) => {
    let best = 0;
    for (let c = 1; c < width; c += 1)
      if (logits.data[i * width + c] > logits.data[i * width + best]) best = c;
    return order[best];
  });
}

/**
 * A table of truths (rows) against answers (columns).
 * @param {Int32Array} labels
 * @param {Int32Array} answered
 * @param {number} classes
 */
export function confusion(labels, answered, classes) {
  const counts = Array.from({ length: classes }, () => new Array(classes).fill(0));
  labels.forEach((label, i) => {
    counts[label][answered[i]] += 1;
  });
  return counts;
}

/**
 * Run one method from the pool's original, which is left alone.
 * @param {Graphs} graphs
 * @param {Pool} pool
 * @param {Seen} watched images for the curves alone
 * @param {RunSettings} settings
 * @param {(record: RunRecord) => void} [progress]
 * @param {Breathe} [breathe]
 * @returns {Promise<Forgotten>}
 * @throws {Error} one sentence
 */
export async function unlearn(
  graphs,
  pool,
  watched,
  settings,
  progress = () => {},
  breathe = () => {},
) {
  const step = graphs.stepOf(settings);
  const mask = await buildMask(graphs, pool, settings);
  const model = changed(graphs, pool, mask, settings);
  const { columns, order, masks } = model;
  const [classes, { steps }] = [pool.counts.length, settings];
  const [wide, deep] = graphs.about.shapes[namesOf(graphs.about).first];
  const place = new Int32Array(classes);
  order.forEach((digit, at) => {
    place[digit] = at;
  });
  const pick = (/** @type {Seen} */ { features, labels }) => {
    const found = new Float32Array(labels.length * columns.length);
    labels.forEach((_, i) =>
      columns.forEach((column, c) => {
        found[i * columns.length + c] = features[i * deep + column];
      }),
    );
    return found;
  };
  const touched = pick(pool);
  const seen = [
    { data: watched.base, dims: [watched.labels.length, wide] },
    { data: pick(watched), dims: [watched.labels.length, columns.length] },
  ];
  const teacher = new Float32Array(pool.logits.length);
  for (let i = 0; i < pool.labels.length; i += 1)
    order.forEach((digit, at) => {
      teacher[i * classes + at] = pool.logits[i * classes + digit];
    });
  /** @type {Named} */
  const dials = Object.fromEntries(DIALS.map((name) => [name, scalar(settings[name])]));
  const every = Math.max(REPORT_EVERY, Math.floor(steps / REPORTS));
  /** @type {RunRecord[]} */
  const history = [];
  let { state } = model;

  /**
   * @param {number} at
   * @param {Record<string, number>} terms
   * @param {Int32Array} answered
   */
  function report(at, terms, answered) {
    const counts = confusion(watched.labels, answered, classes);
    const right = { own: 0, all: 0, others: 0, rest: 0 };
    counts.forEach((row, digit) => {
      const size = row.reduce((a, b) => a + b, 0);
      if (digit === settings.forget_class) [right.own, right.all] = [row[digit], size];
      else [right.others, right.rest] = [right.others + row[digit], right.rest + size];
    });
    const loss = Object.values(terms).reduce((a, b) => a + b, 0);
    history.push({
      step: at,
      of: steps,
      loss,
      terms,
      acc_forget: right.own / right.all,
      acc_retain: right.others / right.rest,
      confusion: counts,
    });
    progress(history[history.length - 1]);
  }

  const lr = await rates(graphs, settings);
  const atFirst = await answers(graphs, state, seen[0], seen[1], order);
  const drawn = batches(pool.labels, settings);
  for (let at = 1; at <= steps; at += 1) {
    await breathe();
    const index = drawn[at - 1];
    const size = index.length;
    const found = await graphs.run(step, {
      base: { data: rows(pool.base, wide, index), dims: [size, wide] },
      columns: { data: rows(touched, columns.length, index), dims: [size, columns.length] },
      labels: { data: Int32Array.from(index, (i) => place[pool.labels[i]]), dims: [size] },
      teacher: { data: rows(teacher, classes, index), dims: [size, classes] },
      lr: scalar(lr[at - 1]),
      step: scalar(at - 1),
      ...dials,
      ...state,
      ...masks,
    });
    state = Object.fromEntries(STATE.map((name) => [name, found[`next_${name}`]]));
    /** @type {Record<string, number>} */
    const terms = {};
    for (const [name, { data }] of Object.entries(found))
      if (name.startsWith("loss_")) [terms[name]] = data;
    if (!Object.values(terms).every(Number.isFinite))
      throw new Error(`Unlearning diverged at step ${at} (the loss is not finite).`);
    if (at === 1) report(0, terms, atFirst);
    if (at % every === 0 || at === steps)
      report(at, terms, await answers(graphs, state, seen[0], seen[1], order));
  }
  const weights = model.weights(state);
  for (const [name, { data }] of Object.entries(weights))
    if (!data.every(Number.isFinite)) throw new Error(`${name} is not finite: the run diverged.`);
  return { weights, mask: certify(weights, pool.weights, mask), history };
}
