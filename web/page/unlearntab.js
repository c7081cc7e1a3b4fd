/* The Unlearn tab: choose, forget, watch, stop; the new model goes to the pad, and home. */

import { at, onPress } from "./elements.js";
import { messageOf } from "./errors.js";
import { curvesOf, headlineOf, heatOf, measured } from "./figures.js";
import { linkValues, searchOf, settingsOf, shareWords, startValues } from "./form.js";
import { readTensors } from "./patch.js";
import { save } from "./pictures.js";
import { cell, pixelsOf } from "./report.js";
import { pairFiles } from "./takehome.js";
import { mountTask } from "./task.js";
import { confusion } from "./unlearn.js";

const { html, fill, views } = forgetdemo;

/**
 * Wire the tab.
 * @param {object} page
 * @param {Site} page.site
 * @param {Store} page.store
 * @param {Lab} page.lab
 * @param {(onnx: Uint8Array, settings: RunSettings) => Promise<void>} page.compare shows it
 * @param {(pixels: Uint8Array) => void} page.draw puts a picture on the pad
 * @param {() => void} page.toPad
 * @param {Failed} page.failed
 */
export function mountUnlearn({ site, store, lab, compare, draw, toPad, failed }) {
  const form = /** @type {HTMLFormElement} */ (at("forget-form"));
  const start = /** @type {HTMLButtonElement} */ (at("forget-start"));
  const { run, say } = mountTask("forget", lab, (busy) => {
    start.disabled = busy;
  });

  const chosen = () =>
    Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));

  /** @param {RunSettings} settings */
  const title = ({ forget_class: own, redirect_to: to }) =>
    `${site.classes[own]} → ${to === null ? "none" : site.classes[to]}`;

  /**
   * @param {RunRecord[]} history
   * @param {RunSettings} settings
   */
  function show(history, settings) {
    const [accuracy, loss] = curvesOf(history, settings.steps);
    views.curves(at("forget-accuracy"), accuracy);
    views.curves(at("forget-loss"), loss);
    const last = history[history.length - 1];
    if (!last) return;
    views.confusion(at("forget-matrix"), {
      title: `Held-out images at step ${last.step}`,
      role: "after",
      classes: site.classes,
      forget: settings.forget_class,
      counts: last.confusion,
      still: true,
    });
  }

  /** @param {Learning} about */
  async function forget(about) {
    let settings;
    try {
      settings = settingsOf(chosen(), about);
    } catch (error) {
      say(messageOf(error), null, "failed");
      return;
    }
    at("forgotten").hidden = true;
    show([], settings);
    at("forget-matrix").replaceChildren();
    const name = title(settings);
    /** @type {RunRecord[]} */
    const history = [];
    await run(name, async (hand) => {
      const done = await hand.ask("forget", { settings }, ({ record }) => {
        history.push(record);
        show(history, settings);
        say(`${name}: step ${record.step} of ${record.of}`, record.step / record.of, "running");
      });
      await compare(done.onnx, settings);
      if (!hand.isOn()) return;
      say(`${name}: done in ${done.seconds.toFixed(1)} s. It is on the pad now.`, 1, "done");
      await tell(done, settings, about, hand);
    });
  }

  /**
   * Show what came of a run; figures on the test images come last.
   * @param {{ onnx: Uint8Array, mask: MaskShares, moved: Moved[] }} done
   * @param {RunSettings} settings
   * @param {Learning} about
   * @param {Hand} hand
   */
  async function tell(done, settings, about, hand) {
    const { classes } = site;
    const { forget_class: own, redirect_to: to } = settings;
    at("forgotten").hidden = false;
    at("forget-honest").textContent =
      `This model was trained ${to === null ? "never to answer" : `to answer ${classes[to]} for`} ` +
      `${classes[own]}. It is not shown to have forgotten it: see Relearn.`;
    views.maskShares(at("forget-mask"), done.mask);
    views.heat(at("forget-heat"), heatOf(done.moved, about.maps));
    for (const id of ["headline", "before", "after", "files", "cell-images"])
      at(`forget-${id}`).replaceChildren();
    const told = (/** @type {string} */ words) => {
      at("forget-measured").textContent = words;
    };
    told("Fetching the test images …");
    const images = readTensors(await store.bytes("test-images"));
    if (!hand.isOn()) return;
    const count = images.label.length.toLocaleString("en");
    const { pixels } = images;
    const { answered } = await hand.ask("measure", { onnx: done.onnx, pixels }, ({ share }) =>
      told(`Measuring on ${count} test images: ${(100 * share).toFixed(0)} %`),
    );
    told(`Measured in this browser on all ${count} test images.`);
    const test = { ...images, after: answered };
    const labels = Int32Array.from(images.label);
    const tables = {
      before: confusion(labels, Int32Array.from(images.before), classes.length),
      after: confusion(labels, Int32Array.from(answered), classes.length),
    };
    const facts = { classes, forget_class: own, redirect_to: to };
    const known = await python(settings, about);
    views.headline(at("forget-headline"), headlineOf(tables.before, tables.after, facts, known));
    for (const which of /** @type {const} */ (["before", "after"]))
      views.confusion(
        at(`forget-${which}`),
        {
          title: which === "before" ? "Before" : "After",
          role: which,
          classes,
          forget: own,
          counts: tables[which],
        },
        (truth, predicted) => open(test, which, truth, predicted),
      );
    const accuracy = { before: {}, after: {} };
    for (const which of /** @type {const} */ (["before", "after"])) {
      const { acc_forget, acc_retain, acc_overall } = measured(tables[which], own, to);
      accuracy[which] = { acc_forget, acc_retain, acc_overall };
    }
    offer(await pairFiles(await store.bytes("before.onnx"), done.onnx, settings, about, accuracy));
  }

  /**
   * What Python's run of the same settings gave, if it ships.
   * @param {RunSettings} settings
   * @param {Learning} about
   * @returns {Promise<IndexedPair | undefined>}
   */
  async function python(settings, about) {
    const { forget_class: forgets, redirect_to: to } = settings;
    const usual = { ...about.redirecting, forget_class: forgets, redirect_to: to };
    if (JSON.stringify(usual) !== JSON.stringify(settings) || !store.has("pairs.json")) return;
    /** @type {PairIndex} */
    const { pairs } = await store.json("pairs.json");
    return pairs.find((pair) => pair.forget === forgets && pair.redirect === to);
  }

  /**
   * The test images behind a cell.
   * @param {Tensors} test
   * @param {"before" | "after"} which
   * @param {number} truth
   * @param {number} predicted
   */
  function open(test, which, truth, predicted) {
    const { found, view } = cell(test, site.classes, which, truth, predicted);
    at("forget-cell-words").textContent = `${view.label}:`;
    views.pictures(at("forget-cell-images"), view, (place) => draw(pixelsOf(test, found[place])));
    at("forget-cell-words").scrollIntoView({ block: "nearest" });
  }

  /** @param {Record<string, Uint8Array<ArrayBuffer>>} files */
  function offer(files) {
    const names = Object.keys(files);
    fill(
      at("forget-files"),
      html`${names.map((name) => html`<a href="#${name}" download="${name}">${name}</a>`)}`,
    );
    at("forget-files")
      .querySelectorAll("a")
      .forEach((link, i) =>
        link.addEventListener("click", (event) => {
          event.preventDefault();
          save(files[names[i]], names[i]);
        }),
      );
  }

  /** @param {Choices} values */
  function set(values) {
    for (const [name, value] of Object.entries(values)) {
      const part = form.elements.namedItem(name);
      if (part instanceof HTMLInputElement || part instanceof HTMLSelectElement) part.value = value;
    }
  }

  /** Fill the form once, as the address asks, and let the learner get ready meanwhile. */
  async function fillForm() {
    /** @type {Learning} */
    const about = await store.json("learning");
    const options = site.classes.map(
      (name, digit) => html`<option value="${digit}">${name}</option>`,
    );
    const [first, second] = ["forget", "substitute"].map(
      (name) => /** @type {HTMLSelectElement} */ (form.elements.namedItem(name)),
    );
    fill(first, html`${options}`);
    fill(second, html`${options}<option value="none">none: its own next guess</option>`);
    const { values, wrong } = linkValues(location.search, about);
    set(values);
    const told = () => {
      at("share-words").textContent = shareWords(Number(chosen().share), about);
    };
    told();
    show([], about.redirecting);
    say(wrong || "Press Forget to make your own.", null, wrong ? "failed" : "done");
    form.addEventListener("input", () => {
      told();
      history.replaceState(
        null,
        "",
        searchOf({ ...startValues(about), ...chosen() }) + location.hash,
      );
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!start.disabled) void forget(about);
    });
    onPress("forget-draw", toPad);
    lab.prepare(() => {}).catch(failed);
  }
  return { fillForm };
}
