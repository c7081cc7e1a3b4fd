/* The Relearn tab: teach the right column's model a class again, beside how the original and a
 * retrained model answer to the same lesson. */

import { at, onPress } from "./elements.js";
import { readTensors } from "./patch.js";
import { pictureUrl } from "./pictures.js";
import { mountTask } from "./task.js";

const { fill, html, percent, views } = forgetdemo;
const [MOST, OWN, BACK] = [20, "own", 0.9]; // drawings; the choice of them; when a class is back
const ROLES = { original: "before", "retrained without it": "oracle" };

/**
 * First step from which a curve stays at 90 %; null: it does not.
 * @param {number[][]} points
 */
export function backAfter(points) {
  let found = null;
  for (const [step, share] of points) {
    if (share < BACK) found = null;
    else found ??= step;
  }
  return found;
}

/** By how high the curve lies; forgetdemo/views/recovery.py says the same. */
const MARGIN = 0.05;
export const VERDICTS = {
  deep: "Its curve lies as low as a retrained model's: here, nothing shows that it knew more.",
  between:
    "In between: its curve lies above a retrained model's, but nearer to it than to the " +
    "original's. Part of what it knew is left.",
  shallow: "The answer was forgotten, the features were not.",
};

/**
 * How deep a class was gone: by where the curve lies, not by one moment.
 * @param {number[][]} points
 * @param {number[][]} original under the same lesson
 * @param {number[][]} oracle a retrained model's
 * @returns {keyof typeof VERDICTS}
 */
export function depth(points, original, oracle) {
  const steps = points.map(([step]) => step);
  const [here, top, low] = [points, original, oracle].map((curve) =>
    forgetdemo.mean(curve.filter(([step]) => steps.includes(step)).map(([, share]) => share)),
  );
  if (here <= low + MARGIN) return "deep";
  return here < (low + top) / 2 ? "between" : "shallow";
}

/**
 * What a recovery says, in two sentences.
 * @param {string} name the class's
 * @param {number[][]} points
 * @param {{ original: number[][], oracle: number[][] } | null} known under the same lesson
 */
export function depthWords(name, points, known) {
  const [here, last] = [backAfter(points), points[points.length - 1]];
  const when = here === 0 ? "at once" : `after ${here} step${here === 1 ? "" : "s"}`;
  const said =
    here === null
      ? `After ${last[0]} steps ${name} is at ${percent(last[1], 0)}, not at 90 % to stay`
      : `${name} is back to stay ${when}`;
  if (!known) return `${said}. No retrained model was measured from this original.`;
  const { original, oracle } = known;
  const there = backAfter(oracle);
  const needs = there === null ? `is not within ${last[0]}` : `needs ${there}`;
  const other = here === null ? `is at ${percent(oracle[oracle.length - 1][1], 0)}` : needs;
  const verdict = VERDICTS[depth(points, original, oracle)];
  return `${said}; a model that never saw it ${other}. ${verdict}`;
}

/**
 * Wire the tab.
 * @param {object} page
 * @param {Site} page.site
 * @param {Store} page.store
 * @param {Lab} page.lab
 * @param {() => Entry} page.model what is in the right column
 * @param {() => Drawing} page.drawing what is on the pad
 * @param {(onnx: Uint8Array, entry: Entry) => Promise<void>} page.compare shows the taught model
 */
export function mountRelearn({ site, store, lab, model, drawing, compare }) {
  const form = /** @type {HTMLFormElement} */ (at("relearn-form"));
  const start = /** @type {HTMLButtonElement} */ (at("relearn-start"));
  const { run, say, isBusy } = mountTask("relearn", lab, refresh);
  /** @type {Uint8Array[]} */
  let drawings = [];
  const chosen = () => new FormData(form);

  function refresh() {
    const { title, forget, onnx } = model();
    const others = "choose the shipped pair, one of All pairs, or make your own";
    at("relearn-model").textContent = onnx
      ? `The model: ${title}.`
      : `${title} cannot be taught here: ${others}.`;
    start.disabled = !onnx || isBusy();
    const digit = form.elements.namedItem("digit");
    if (forget !== null && digit instanceof HTMLSelectElement && !digit.dataset.chosen)
      digit.value = String(forget);
  }

  function showDrawings() {
    const items = drawings.map((pixels, i) => ({
      label: `drawing ${i + 1}: take it away`,
      picture: pictureUrl(pixels, 28),
    }));
    views.pictures(
      at("relearn-drawings"),
      { label: "My drawings", items, empty: "Draw one on the pad, then add it here." },
      (place) => {
        drawings = drawings.filter((_, i) => i !== place);
        showDrawings();
      },
    );
  }

  function add() {
    const { blank, pixels } = drawing();
    if (blank) say("The pad is empty: draw a digit first.", null, "failed");
    else if (drawings.length === MOST) say(`At most ${MOST} drawings.`, null, "failed");
    else {
      drawings = [...drawings, pixels];
      /** @type {HTMLSelectElement} */ (form.elements.namedItem("count")).value = OWN;
      showDrawings();
      say(
        `${drawings.length} drawing${drawings.length > 1 ? "s" : ""} to teach with.`,
        null,
        "done",
      );
    }
  }

  /**
   * @param {Learning} about
   * @param {number} digit
   * @param {number} count
   * @param {number[][]} points
   */
  function show(about, digit, count, points) {
    const near = about.counts.reduce((a, b) => (Math.abs(b - count) < Math.abs(a - count) ? b : a));
    const known = about.recovery[digit] ?? {};
    const others = Object.entries(ROLES)
      .filter(([name]) => known[name]?.[near])
      .map(([name, role]) => ({
        name: `${name}${near === count ? "" : `, ${near} images`}`,
        role,
        points: known[name][near].map((share, i) => [about.points[i], share]),
      }));
    views.curves(at("relearn-curve"), {
      title: "Share of the class's test images answered right",
      xLabel: "steps of relearning, dense layers only",
      yRange: [0, 1],
      xMax: about.lesson.steps,
      lines: [{ name: "this model", role: "after", points }, ...others],
    });
    const [original, oracle] = ["before", "oracle"].map((role) =>
      others.find((line) => line.role === role),
    );
    return original && oracle ? { original: original.points, oracle: oracle.points } : null;
  }

  /** @param {Learning} about */
  async function relearn(about) {
    const entry = model();
    const [digit, how] = [Number(chosen().get("digit")), String(chosen().get("count"))];
    const own = how === OWN;
    if (own && !drawings.length) {
      say("There is no drawing yet: draw one, then press Add my drawing.", null, "failed");
      return;
    }
    const { onnx: read } = entry;
    if (!read) return;
    const count = own ? drawings.length : Number(how);
    const name = site.classes[digit];
    at("relearn-words").textContent = "";
    /** @type {number[][]} */
    const points = [];
    show(about, digit, count, points);
    await run(name, async (hand) => {
      const [onnx, test] = await Promise.all([read(), store.bytes("test-images")]);
      if (!hand.isOn()) return;
      const { pixels, label } = readTensors(test);
      const data = { onnx, digit, count, test: { pixels, label }, drawings: own ? joined() : null };
      const done = await hand.ask("relearn", data, ({ point }) => {
        points.push([point.step, point.acc_forget]);
        show(about, digit, count, points);
        say(`${name}: step ${point.step} of ${point.of}`, point.step / point.of, "running");
      });
      await compare(done.onnx, entry);
      if (!hand.isOn()) return;
      say(`${name}: taught in ${done.seconds.toFixed(1)} s. It is on the pad now.`, 1, "done");
      at("relearn-words").textContent = depthWords(name, points, show(about, digit, count, points));
    });
  }

  function joined() {
    const whole = new Uint8Array(drawings.length * 784);
    drawings.forEach((pixels, i) => whole.set(pixels, 784 * i));
    return whole;
  }

  /** Fill the form once. */
  async function fillForm() {
    /** @type {Learning} */
    const about = await store.json("learning");
    const [digit, count] = ["digit", "count"].map(
      (name) => /** @type {HTMLSelectElement} */ (form.elements.namedItem(name)),
    );
    fill(
      digit,
      html`${site.classes.map((name, i) => html`<option value="${i}">${name}</option>`)}`,
    );
    const lessons = about.counts.map(
      (n) => html`<option value="${n}">${n} training image${n > 1 ? "s" : ""}</option>`,
    );
    fill(count, html`${lessons}<option value="${OWN}">my drawings</option>`);
    count.value = String(about.counts[1]);
    digit.addEventListener("change", () => {
      digit.dataset.chosen = "yes";
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!start.disabled) void relearn(about);
    });
    onPress("relearn-add", add);
    showDrawings();
    refresh();
    show(about, Number(digit.value), about.counts[1], []);
    say("Press Relearn to bring the class back.", null, "done");
    lab.prepare(() => {}).catch(() => {}); // whoever presses Relearn is told
  }
  return { fillForm, refresh };
}
