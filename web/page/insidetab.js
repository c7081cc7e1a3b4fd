/* The Inside tab: a pad, the layers of two models beside it, and what a visitor asks of them. What
 * is fetched is fetched when the tab opens; what takes longer waits until the pen rests. */

import { BLANK } from "./columns.js";
import { at } from "./elements.js";
import {
  cloudOf,
  layersOf,
  occlusion,
  openInside,
  seeGallery,
  strokesOf,
  unitOf,
} from "./inside.js";
import { readTensors } from "./patch.js";

const { views } = forgetdemo;
const RESTED_MS = 150; // without another stroke, before the slower figures are made

/**
 * Wire the tab.
 * @param {object} page
 * @param {Store} page.store
 * @param {() => Entry[]} page.pair what is compared on the pad
 * @param {Entry[]} page.others what the right column can hold instead
 * @param {(pixels: Uint8Array) => void} page.draw puts a picture on the pad
 * @param {(about: InsideFile, pair: () => Entry[]) => Between} page.between
 * @param {Failed} page.failed
 */
export function mountInside(page) {
  /** @type {{ about: InsideFile, gallery: Gallery } | null} */
  let known = null;
  /** Models that are open, by what stands in their column.
   * @type {Map<Entry, { bytes: Uint8Array, model: Opened, seen: GallerySeen | null }>} */
  const open = new Map();
  let drawing = BLANK;
  /** @type {number[]} */
  let chosen = [];
  let [busy, again] = [false, false];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {Between | null} */
  let between = null;
  const select = /** @type {HTMLSelectElement} */ (at("inside-right"));

  function entries() {
    const [left, right] = page.pair();
    return [left, page.others.find(({ key }) => key === select.value) ?? right];
  }

  /** Offer what the right column can hold; what was chosen stays if it is still there. */
  function offer() {
    const [left, right] = page.pair();
    const mine = [right, ...page.others.filter((one) => one !== right && one !== left)];
    const value = mine.some(({ key }) => key === select.value) ? select.value : right.key;
    select.replaceChildren(...mine.map(({ key, title }) => new Option(title, key)));
    select.value = value;
  }

  /** Open what is compared now, and let go of what was. */
  async function opened() {
    const wanted = entries();
    for (const [entry, one] of open)
      if (!wanted.includes(entry)) {
        open.delete(entry);
        void one.model.close();
      }
    for (const entry of wanted) {
      if (open.has(entry)) continue;
      if (!entry.onnx)
        throw new Error("A pair of your own cannot be looked into: only models made here can.");
      const bytes = await entry.onnx();
      const model = await openInside(bytes, must().about, entry.title);
      open.set(entry, { bytes, model, seen: null });
    }
    return wanted.map((entry) => ({ entry, .../** @type {NonNullable<any>} */ (open.get(entry)) }));
  }

  function must() {
    if (!known) throw new Error("The Inside tab has not been opened.");
    return known;
  }

  /**
   * @param {Drawing} seen
   * @returns {Promise<(Subject & { model: Opened })[]>}
   */
  async function subjects(seen) {
    const found = [];
    for (const one of await opened())
      found.push({ ...one, inner: seen.blank ? null : await one.model.ask(seen.pixels) });
    return found;
  }

  async function answer() {
    again = busy;
    if (busy || !known || at("inside").hidden) return;
    busy = true;
    clearTimeout(timer);
    try {
      do {
        again = false;
        const seen = drawing;
        const found = await subjects(seen);
        if (again) continue; // the next round has a newer drawing
        views.inside(at("inside-layers"), layersOf(found, seen, chosen, known.about), choose);
        views.cloud(at("inside-cloud"), cloudOf(found, known.gallery));
      } while (again);
      timer = setTimeout(rested, RESTED_MS);
    } catch (error) {
      page.failed(error);
    } finally {
      busy = false;
    }
  }

  /** What takes longer: strokes, the chosen unit, and once per model the gallery. */
  async function rested() {
    try {
      const { about, gallery } = must();
      const seen = drawing;
      const found = await subjects(seen);
      const maps = [];
      for (const { model, inner } of found)
        maps.push(inner ? await occlusion(model, seen.pixels) : null);
      if (seen !== drawing) return;
      views.strokes(at("inside-strokes"), strokesOf(found, maps));
      if (chosen.length) await showUnit(found, seen);
      for (const { entry, model } of found) {
        const one = open.get(entry);
        if (!one || one.seen) continue;
        one.seen = await seeGallery(model, gallery, about);
        answer();
        return;
      }
    } catch (error) {
      page.failed(error);
    }
  }

  /**
   * @param {Subject[]} found
   * @param {Drawing} seen
   */
  async function showUnit(found, seen) {
    const { about, gallery } = must();
    const asked = chosen;
    const { data, images } = await unitOf(found, seen, asked, about, gallery);
    if (asked !== chosen || seen !== drawing) return;
    views.unit(at("inside-unit"), data, (column, place) => {
      const image = images[column][place];
      page.draw(gallery.pixels.slice(784 * image, 784 * (image + 1)));
    });
  }

  /**
   * @param {number} layer
   * @param {number} unit
   */
  function choose(layer, unit) {
    chosen = [layer, unit];
    answer();
  }

  function refresh() {
    offer();
    if (!known || at("inside").hidden) return;
    answer();
    between?.refresh(drawing);
  }

  select.addEventListener("change", refresh);
  offer();
  return {
    refresh,
    /** @param {Drawing} seen */
    ask(seen) {
      drawing = seen;
      answer();
      if (!at("inside").hidden) between?.refresh(seen);
    },
    /** Fetch what the tab needs. */
    async fill() {
      const [about, bytes] = await Promise.all([
        page.store.json("inside"),
        page.store.bytes("gallery"),
      ]);
      known = { about, gallery: /** @type {any} */ (readTensors(bytes)) };
      at("inside-probe").textContent = about.probe;
      between = page.between(about, entries);
      refresh();
    },
  };
}
