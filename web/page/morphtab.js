/* The Morph tab: two ends, the strip between them, and a slider along it. */

import { mountColumns } from "./columns.js";
import { at, input, onPress } from "./elements.js";
import { blend, strip } from "./morph.js";

const { views } = forgetdemo;
const ENDS = [0, 11]; // samples to begin with

/**
 * Wire the tab.
 * @param {() => Entry[]} pair gives the two models
 * @param {() => Drawing} drawing gives what is on the pad
 * @param {(pixels: Uint8Array) => void} draw puts a picture there
 * @param {Failed} failed
 */
export function mountMorph(pair, drawing, draw, failed) {
  /** Null where nothing was chosen.
   * @type {[Uint8Array | null, Uint8Array | null]} */
  const ends = [null, null];
  /** @type {ReturnType<typeof mountColumns> | undefined} */
  let columns;
  let newest = {};

  function middle() {
    const share = Number(input("morph-share").value);
    at("morph-at").textContent = `${share} %`;
    const [start, end] = ends;
    const pixels = start && end && blend(start, end, share / 100);
    columns?.ask({ pixels: pixels ?? new Uint8Array(784), blank: !pixels, note: "" });
  }

  async function refresh() {
    const models = pair();
    if (at("morph").hidden || !models.every((entry) => entry.model)) return;
    columns ||= mountColumns(at("morph-comparison"), null, models, failed);
    columns.show(models);
    middle();
    const wish = (newest = {}); // a later choice overtakes this one
    const [start, end] = ends;
    if (!start || !end) {
      at("morph-strip").replaceChildren();
      at("morph-words").textContent = "Choose two digits.";
      return;
    }
    try {
      const found = await strip(models, start, end);
      if (newest !== wish) return;
      views.morph(at("morph-strip"), found.data, (i) => draw(found.pictures[i]));
      at("morph-words").textContent = found.words;
    } catch (error) {
      failed(error);
    }
  }

  /**
   * @param {number} place
   * @param {Uint8Array | null} pixels
   */
  function choose(place, pixels) {
    ends[place] = pixels;
    refresh();
  }

  ["start", "end"].forEach((name, place) =>
    onPress(`morph-take-${name}`, () => {
      const seen = drawing();
      choose(place, seen.blank ? null : seen.pixels);
    }),
  );
  at("morph-share").addEventListener("input", middle);
  return {
    refresh,
    /**
     * Offer samples at both ends.
     * @param {Picture[]} items
     * @param {(i: number) => Uint8Array} pixelsAt
     */
    samples(items, pixelsAt) {
      ["start", "end"].forEach((name, place) => {
        const label = name === "start" ? "From" : "To";
        views.pictures(at(`morph-${name}`), { label, items }, (i) => choose(place, pixelsAt(i)));
        ends[place] ??= pixelsAt(Math.min(ENDS[place], items.length - 1));
      });
      refresh();
    },
  };
}
