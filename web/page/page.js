/* The static page: the pad and its columns, and what loads when. Tabs are filled when first opened. */

import { openBundle } from "./bundle.js";
import { BLANK, mountColumns } from "./columns.js";
import { openStore } from "./load.js";
import { openModel, shippedBytes, startRuntime } from "./models.js";
import { mountMorph } from "./morphtab.js";
import { openPair } from "./pairs.js";
import { readTensors } from "./patch.js";
import { pictureUrl } from "./pictures.js";
import { fillReport, pixelsOf } from "./report.js";
import { mountTabs } from "./tabs.js";

const { canvasOf, mountPad, padMarkup, preprocess, views } = forgetdemo;
const [PAD, PEN, EVERY_MS] = [280, 20, 40];
const at = (id) => document.getElementById(id);
const site = JSON.parse(at("site").textContent);

function failed(error) {
  console.warn(error);
  at("trouble").textContent = error.message;
  at("trouble").hidden = false;
}
const fine = () => { at("trouble").hidden = true; };

const store = openStore(site.files, (arrived, total) => {
  const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
  at("progress").value = arrived / total;
  at("loading-words").textContent = `Loading the models: ${megabytes(arrived)} of ${megabytes(total)} MB`;
});
/** A model in a column, not loaded yet; `facts` name its class to forget. */
const entryOf = (key, title, role, facts, model = null) => ({
  key, title, role, classes: facts.classes, model, redirect: facts.redirect_to,
  forget: key === "before" ? null : facts.forget_class,
});
const shipped = site.models.map(({ key, title, role }) => entryOf(key, title, role, site));

/** Load a shipped model once. */
async function load(entry) {
  const model = site.models.find((one) => one.key === entry.key);
  entry.opening ||= shippedBytes(model, store.bytes)
    .then((bytes) => openModel(bytes, model.file));
  try {
    entry.model = await entry.opening;
  } catch (error) {
    entry.opening = null; // the next try may do better
    throw error;
  }
}

let pair = shipped.slice(0, 2);
let drawing = BLANK;
const columns = mountColumns(at("comparison"), at("preview"), pair, failed);
const morph = mountMorph(() => pair, () => drawing, putOnPad, failed);

function refresh() {
  const own = pair[0] !== shipped[0] || pair[1] !== shipped[1];
  const more = own ? [] : shipped.slice(2).filter((entry) => entry.wanted);
  columns.show([...pair, ...more]);
  at("shipped").hidden = !own;
  at("more").disabled = own;
  morph.refresh();
}

/** Put other models side by side, and let go of those that a visitor brought before. */
function compare(next) {
  for (const entry of pair)
    if (!shipped.includes(entry) && !next.includes(entry)) entry.model.close();
  pair = next;
  refresh();
}

function see(grey) {
  drawing = grey ? preprocess(grey, PAD, PAD) : BLANK;
  columns.ask(drawing);
}
at("pad").innerHTML = padMarkup();
const pad = mountPad(at("pad"), {
  pen: PEN, everyMs: EVERY_MS, asPng: false, onInk: () => see(pad.grey()), onClear: () => see(null),
});
columns.ask(BLANK);

/** Show a 28×28 picture on the pad and answer it. */
function putOnPad(pixels) {
  const grey = canvasOf(pixels);
  pad.show(pictureUrl(grey, PAD));
  see(grey);
  open("draw");
  at("pad").scrollIntoView({ block: "nearest" });
}

function moreColumns() {
  const boxes = shipped.slice(2).map((entry) => {
    const [label, box] = ["label", "input"].map((kind) => document.createElement(kind));
    box.type = "checkbox";
    box.value = entry.key;
    box.addEventListener("change", async () => {
      entry.wanted = box.checked;
      refresh();
      if (!box.checked) return;
      try {
        await started;
        await load(entry);
        fine();
      } catch (error) {
        entry.wanted = box.checked = false;
        failed(error);
      }
      refresh();
    });
    label.append(box, entry.title);
    return label;
  });
  at("more").append(...boxes);
  at("more").hidden = !boxes.length;
}

async function fillSamples() {
  const samples = readTensors(await store.bytes("samples"));
  const items = Array.from(samples.label, (label, i) =>
    ({ label: `test image of ${site.classes[label]}`, picture: pictureUrl(pixelsOf(samples, i), 28) }));
  views.pictures(at("samples"), { label: "Sample digits", items }, (i) => putOnPad(pixelsOf(samples, i)));
  morph.samples(items, (i) => pixelsOf(samples, i));
  if (drawing.blank) { // unless the visitor was faster
    const grey = canvasOf(pixelsOf(samples, 0));
    pad.show(pictureUrl(grey, PAD));
    see(grey);
  }
}

async function fillPairs() {
  const index = await store.json("pairs.json");
  const data = { classes: index.classes, rows: index.pairs, notes: [] };
  let chosen = null; // the newest click wins
  views.pairs(at("pair-map"), data, async (forget, redirect) => {
    const wish = chosen = {};
    try {
      await started;
      const { model } = await openPair(store, index, forget, redirect);
      if (chosen !== wish) {
        model.close();
        return;
      }
      const [from, to] = [index.classes[forget], index.classes[redirect]];
      const facts = { classes: index.classes, forget_class: forget, redirect_to: redirect };
      fine();
      compare([shipped[0], entryOf(`pair-${forget}-${redirect}`, `After: ${from} → ${to}`, "after", facts, model)]);
      open("draw");
    } catch (error) {
      failed(error);
    }
  });
}

async function take(files) {
  at("dropped").textContent = "Checking …";
  try {
    await started;
    const limits = { format: site.format, maxBytes: site.max_bytes, preprocessVersion: site.preprocess_version };
    const { manifest, before, after } = await openBundle(files, limits);
    compare([entryOf("before", "Before (yours)", "before", manifest, before),
      entryOf("after", "After (yours)", "after", manifest, after)]);
    at("dropped").textContent = `Your pair is on the pad. It was made to forget ${
      manifest.classes[manifest.forget_class]}.`;
    open("draw");
  } catch (error) {
    at("dropped").textContent = error.message;
  }
  at("files").value = ""; // the same files may be chosen again
}

function takeFiles() {
  at("files").addEventListener("change", () => take(at("files").files));
  addEventListener("dragover", (event) => {
    event.preventDefault(); // a file dropped beside the box must not replace the page
    at("drop").classList.add("over");
  });
  addEventListener("dragleave", () => at("drop").classList.remove("over"));
  addEventListener("drop", (event) => {
    event.preventDefault();
    at("drop").classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    open("yours");
    take(event.dataTransfer.files);
  });
  at("shipped").addEventListener("click", () => compare(shipped.slice(0, 2)));
}

/** Fill a tab once; if that fails, the next opening tries again. */
const filled = new Set(["draw", "yours"]);
const open = mountTabs(document.querySelector("nav"), async (name) => {
  if (name === "morph") morph.refresh();
  const fill = { pairs: fillPairs, report: () => fillReport(site, store, putOnPad, failed) }[name];
  if (!fill || filled.has(name)) return;
  filled.add(name);
  try {
    await fill();
    fine();
  } catch (error) {
    filled.delete(name);
    failed(error);
  }
});

async function start() {
  const samples = fillSamples();
  const models = Promise.all(shipped.slice(0, 2).map((entry) => // fetched while the runtime comes
    shippedBytes(site.models.find((one) => one.key === entry.key), store.bytes)));
  models.catch(() => {});
  startRuntime(await store.bytes("runtime.wasm"));
  await Promise.all([samples, models, ...shipped.slice(0, 2).map(load)]);
  at("loading").classList.add("done");
  refresh();
}

/** Keep the page for offline visits, once everything else is there. */
async function keep() {
  if (!navigator.serviceWorker) return; // neither https nor localhost
  await navigator.serviceWorker.register("sw.js");
  await navigator.serviceWorker.ready;
  at("offline").textContent = "This page now works offline.";
}

moreColumns();
takeFiles();
const started = start();
started.then(() => keep().catch(console.warn), (error) => {
  at("loading").classList.add("done");
  failed(error);
});
