/* The static page: the pad and its columns, and what loads when; tabs are filled when opened. */

import { mountBetween } from "./between.js";
import { openBundle } from "./bundle.js";
import { BLANK, mountColumns } from "./columns.js";
import { openCompared } from "./compared.js";
import { at, input, onPress } from "./elements.js";
import { messageOf } from "./errors.js";
import { mountLesson } from "./lesson.js";
import { mountInside } from "./insidetab.js";
import { openStore } from "./load.js";
import { openModel, shippedBytes } from "./models.js";
import { mountMorph } from "./morphtab.js";
import { mountRelearn } from "./relearntab.js";
import { openLab } from "./lab.js";
import { pairBytes } from "./pairs.js";
import { readTensors } from "./patch.js";
import { pictureUrl } from "./pictures.js";
import { fillReport, pixelsOf } from "./report.js";
import { startRuntime } from "./runtime.js";
import { surenessOf } from "./sure.js";
import { mountTabs } from "./tabs.js";
import { mountUnlearn } from "./unlearntab.js";
import { mountYardsticks } from "./yardsticks.js";

const { canvasOf, mountPad, part, preprocess, views } = forgetdemo;
const [PAD, PEN, EVERY_MS] = [280, 20, 40];
/** @type {Site} */
const site = JSON.parse(at("site").textContent);

/** @type {Failed} */
function failed(error) {
  console.warn(error);
  at("trouble").textContent = messageOf(error);
  at("trouble").hidden = false;
}
const fine = () => {
  at("trouble").hidden = true;
};

const store = openStore(site.files, (arrived, total) => {
  const megabytes = (/** @type {number} */ bytes) => (bytes / 1e6).toFixed(1);
  /** @type {HTMLProgressElement} */ (at("progress")).value = arrived / total;
  at("loading-words").textContent =
    `Loading the models: ${megabytes(arrived)} of ${megabytes(total)} MB`;
});

/**
 * A model in a column.
 * @param {string} key
 * @param {string} title
 * @param {string} role
 * @param {Facts} facts name its class to forget
 * @param {Model | null} [model] not there before it is loaded
 * @param {Entry["onnx"]} [onnx]
 * @returns {Entry}
 */
const entryOf = (key, title, role, facts, model = null, onnx = null) => ({
  key,
  title,
  role,
  classes: facts.classes,
  forget: key === "before" ? null : facts.forget_class,
  redirect: facts.redirect_to,
  model,
  onnx,
});

const shipped = site.models.map((facts) => ({
  facts,
  entry: entryOf(facts.key, facts.title, facts.role, site, null, () =>
    shippedBytes(facts, store.bytes),
  ),
  /** @type {Promise<Model> | null} */
  opening: null,
}));
const shippedPair = shipped.slice(0, 2);

/**
 * Load a shipped model once.
 * @param {(typeof shipped)[number]} one
 */
async function load(one) {
  one.opening ||= shippedBytes(one.facts, store.bytes).then((bytes) =>
    openModel(bytes, one.facts.file),
  );
  try {
    one.entry.model = await one.opening;
  } catch (error) {
    one.opening = null; // the next try may do better
    throw error;
  }
}

const compared = openCompared(store);
const yardsticks = mountYardsticks({
  site,
  compared,
  kinds: shipped.slice(2).map((one) => ({ entry: one.entry, load: () => load(one) })),
  original: shipped[0].entry,
  started: () => started,
  changed: refresh,
  fine,
  failed,
});
let pair = shippedPair.map(({ entry }) => entry);
let drawing = BLANK;
const columns = mountColumns(at("comparison"), at("preview"), pair, failed, tellSure);
const morph = mountMorph(
  () => pair,
  () => drawing,
  putOnPad,
  failed,
);

/**
 * How sure the models are, by the shipped original's thresholds.
 * @param {Column[]} asked
 * @param {Drawing} seen
 */
async function tellSure(asked, seen) {
  const judge = shipped[0].entry.model;
  const own = pair[0] !== shipped[0].entry; // its thresholds are not known
  at("sureness").hidden = !site.sure || own;
  if (!site.sure || !judge || own) return;
  const energy = seen.blank ? null : await judge.energy(seen.pixels);
  views.sureness(at("sureness"), surenessOf(site.sure, asked, energy));
}

/** @param {Entry} entry */
const isShipped = (entry) => shipped.some((one) => one.entry === entry);

function refresh() {
  columns.show([...pair, ...yardsticks.of(pair)]);
  at("shipped").hidden = pair.every(isShipped);
  morph.refresh();
  relearning.refresh();
  inside.refresh();
}

/**
 * Put other models side by side, and let go of those that a visitor brought before.
 * @param {Entry[]} next
 */
function compare(next) {
  for (const entry of pair) if (!isShipped(entry) && !next.includes(entry)) entry.model?.close();
  pair = next;
  refresh();
}

/** @param {Uint8Array | null} grey */
function see(grey) {
  drawing = grey ? preprocess(grey, PAD, PAD) : BLANK;
  columns.ask(drawing);
  inside.ask(drawing);
}
const inside = mountInside({
  store,
  pair: () => pair,
  others: shipped.slice(1).map(({ entry }) => entry),
  draw: show,
  between: (about, ends) => mountBetween(site, failed, about, ends),
  failed,
});
/** Both pads show one drawing. */
const pads = ["pad", "inside-pad"].map((id, place) =>
  mountPad(at(id), {
    pen: PEN,
    everyMs: EVERY_MS,
    asPng: false,
    onInk: () => {
      const grey = pads[place].grey();
      pads[1 - place].show(Uint8Array.from(grey));
      see(grey);
    },
    onClear: () => {
      pads[1 - place].show(null);
      see(null);
    },
  }),
);
columns.ask(BLANK);

/**
 * Show a 28×28 picture on the pad and answer it.
 * @param {Uint8Array} pixels
 */
function show(pixels) {
  const grey = canvasOf(pixels);
  for (const pad of pads) pad.show(grey);
  see(grey);
}

/**
 * The same, and go there.
 * @param {Uint8Array} pixels
 */
function putOnPad(pixels) {
  show(pixels);
  open("draw");
  at("pad").scrollIntoView({ block: "nearest" });
}

async function fillSamples() {
  const samples = readTensors(await store.bytes("samples"));
  const items = Array.from(samples.label, (label, i) => ({
    label: `test image of ${site.classes[label]}`,
    picture: pictureUrl(pixelsOf(samples, i), 28),
  }));
  views.pictures(at("samples"), { label: "Sample digits", items }, (i) =>
    putOnPad(pixelsOf(samples, i)),
  );
  morph.samples(items, (i) => pixelsOf(samples, i));
  if (drawing.blank) show(pixelsOf(samples, 0)); // unless the visitor was faster
}

async function fillPairs() {
  /** @type {PairIndex} */
  const index = await store.json("pairs.json");
  const { classes, pairs } = index;
  let chosen = {}; // the newest click wins
  views.pairs(at("pair-map"), { classes, rows: pairs, notes: [] }, async (forget, redirect) => {
    const wish = (chosen = {});
    try {
      await started;
      const bytes = await pairBytes(store, index, forget, redirect);
      const model = await openModel(bytes, `${forget} → ${redirect}`);
      if (chosen !== wish) {
        model.close();
        return;
      }
      const title = `After: ${classes[forget]} → ${classes[redirect]}`;
      const facts = { classes, forget_class: forget, redirect_to: redirect };
      fine();
      compare([
        shipped[0].entry,
        entryOf(`pair-${forget}-${redirect}`, title, "after", facts, model, async () => bytes),
      ]);
      open("draw");
    } catch (error) {
      failed(error);
    }
  });
}

/** @param {Iterable<File>} files */
async function take(files) {
  at("dropped").textContent = "Checking …";
  try {
    await started;
    const { manifest, before, after } = await openBundle(files, {
      format: site.format,
      maxBytes: site.max_bytes,
      preprocessVersion: site.preprocess_version,
    });
    compare([
      entryOf("before", "Before (yours)", "before", manifest, before),
      entryOf("after", "After (yours)", "after", manifest, after),
    ]);
    const forgotten = manifest.classes[manifest.forget_class];
    at("dropped").textContent = `Your pair is on the pad. It was made to forget ${forgotten}.`;
    open("draw");
  } catch (error) {
    at("dropped").textContent = messageOf(error);
  }
  input("files").value = ""; // the same files may be chosen again
}

function takeFiles() {
  at("files").addEventListener("change", () => take(input("files").files ?? []));
  addEventListener("dragover", (event) => {
    event.preventDefault(); // a file dropped beside the box must not replace the page
    at("drop").classList.add("over");
  });
  addEventListener("dragleave", () => at("drop").classList.remove("over"));
  addEventListener("drop", (event) => {
    event.preventDefault();
    at("drop").classList.remove("over");
    const files = event.dataTransfer?.files ?? [];
    if (!files.length) return;
    open("yours");
    take(files);
  });
  onPress("shipped", () => compare(shippedPair.map(({ entry }) => entry)));
}

/**
 * Put a model that was made here beside the original.
 * @param {Uint8Array} onnx
 * @param {Entry} entry what it is, but for its model
 */
async function compareMade(onnx, entry) {
  const model = await openModel(onnx, entry.title);
  compare([shipped[0].entry, { ...entry, model, onnx: async () => onnx }]);
}

const toPad = () => {
  open("draw");
  at("pad").scrollIntoView({ block: "nearest" });
};
const lab = openLab(store);
const unlearning = mountUnlearn({
  site,
  store,
  lab,
  draw: putOnPad,
  toPad,
  failed,
  async compare(onnx, settings) {
    await started;
    const { classes } = site;
    const [forget, redirect] = [settings.forget_class, settings.redirect_to];
    const title = `After: ${classes[forget]} → ${redirect === null ? "none" : classes[redirect]}`;
    const facts = { classes, forget_class: forget, redirect_to: redirect };
    await compareMade(onnx, entryOf("made", `${title}, made here`, "after", facts));
  },
});
const relearning = mountRelearn({
  site,
  store,
  lab,
  model: () => pair[1],
  drawing: () => drawing,
  async compare(onnx, entry) {
    await started;
    await compareMade(onnx, { ...entry, key: "taught", title: `${entry.title}, taught again` });
  },
});

const lesson = mountLesson({
  site,
  store,
  compared,
  shipped: shipped.map(({ entry }) => entry),
  async load(key) {
    await started;
    const one = /** @type {(typeof shipped)[number]} */ (
      shipped.find(({ entry }) => entry.key === key)
    );
    await load(one);
    return /** @type {Model} */ (one.entry.model);
  },
  lab,
  open: (place) => open(place),
  failed,
});

/** What fills a tab once; if that fails, the next opening tries again.
 * @type {Map<string, () => Promise<void>>} */
const unfilled = new Map([
  ["lesson", lesson.fillLesson],
  ["unlearn", unlearning.fillForm],
  ["relearn", relearning.fillForm],
  ["pairs", fillPairs],
  ["inside", () => Promise.resolve().then(() => started.then(inside.fill))], // `started` is below
  ["report", () => fillReport(site, store, putOnPad, failed)],
]);
const open = mountTabs(part(document.body, "nav"), async (name) => {
  if (name === "morph") morph.refresh();
  if (name === "inside") inside.refresh();
  const fill = unfilled.get(name);
  if (!fill) return;
  unfilled.delete(name);
  try {
    await fill();
    fine();
  } catch (error) {
    unfilled.set(name, fill);
    failed(error);
  }
});

async function start() {
  const samples = fillSamples();
  // Fetched while the runtime comes.
  const models = Promise.all(shippedPair.map(({ facts }) => shippedBytes(facts, store.bytes)));
  models.catch(() => {});
  startRuntime(await store.bytes("runtime.wasm"));
  await Promise.all([samples, models, ...shippedPair.map(load)]);
  at("loading").classList.add("done");
  refresh();
}

/** What is said of a page that was kept. */
const KEPT = {
  offline: "You are offline: this is the page as it was kept on your last visit.",
  host: "The host does not send a whole page now: this is the one that was kept on your last visit.",
};

/** Keep the page for offline visits, once everything else is there. */
async function keep() {
  if (!navigator.serviceWorker) return; // neither https nor localhost
  const why = await origin(navigator.serviceWorker.controller);
  if (why) at("offline").textContent = KEPT[why];
  await navigator.serviceWorker.register("sw.js");
  await navigator.serviceWorker.ready;
  if (!why) at("offline").textContent = "This page now works offline.";
}

/**
 * Why this page is the one that was kept; "": it is not.
 * @param {ServiceWorker | null} worker
 * @returns {Promise<"" | keyof typeof KEPT>}
 */
async function origin(worker) {
  const { port1, port2 } = new MessageChannel();
  const heard = new Promise((done) => {
    port1.onmessage = ({ data }) => done(data in KEPT ? data : "");
    setTimeout(() => done(""), 2000); // a worker of an older page does not answer
  });
  worker?.postMessage("why", [port2]);
  return worker ? heard : "";
}

takeFiles();
const started = start();
started.then(
  () => keep().catch(console.warn),
  (error) => {
    at("loading").classList.add("done");
    failed(error);
  },
);
