/* The Morph tab: two ends, the strip between them, and a slider along it. */

import { mountColumns } from "./columns.js";
import { blend, strip } from "./morph.js";

const { views } = forgetdemo;
const at = (id) => document.getElementById(id);
const ENDS = [0, 11]; // samples to begin with

/** Wire the tab. pair() gives the two models, drawing() what is on the pad; draw(pixels) puts a
 * picture there. Returns { refresh(), samples(items, pixelsAt) }. */
export function mountMorph(pair, drawing, draw, failed) {
  const ends = [null, null]; // Uint8Array(784), or null where nothing was chosen
  let columns = null;
  let newest = null;

  function middle() {
    const share = Number(at("morph-share").value) / 100;
    at("morph-at").textContent = `${at("morph-share").value} %`;
    if (!columns) return;
    const blank = !ends[0] || !ends[1];
    columns.ask({ pixels: blank ? new Uint8Array(784) : blend(...ends, share), blank, note: "" });
  }

  async function refresh() {
    const models = pair();
    if (at("morph").hidden || !models.every((entry) => entry.model)) return;
    columns ||= mountColumns(at("morph-comparison"), null, models, failed);
    columns.show(models);
    middle();
    const wish = newest = {}; // a later choice overtakes this one
    if (!ends[0] || !ends[1]) {
      at("morph-strip").replaceChildren();
      at("morph-words").textContent = "Choose two digits.";
      return;
    }
    try {
      const found = await strip(models, ...ends);
      if (newest !== wish) return;
      views.morph(at("morph-strip"), found.data, (i) => draw(found.pictures[i]));
      at("morph-words").textContent = found.words;
    } catch (error) {
      failed(error);
    }
  }

  function choose(place, pixels) {
    ends[place] = pixels;
    refresh();
  }

  ["start", "end"].forEach((name, place) =>
    at(`morph-take-${name}`).addEventListener("click", () => {
      const seen = drawing();
      choose(place, seen.blank ? null : seen.pixels);
    }));
  at("morph-share").addEventListener("input", middle);
  return {
    refresh,
    samples(items, pixelsAt) {
      ["start", "end"].forEach((name, place) => {
        views.pictures(at(`morph-${name}`), { label: name === "start" ? "From" : "To", items },
          (i) => choose(place, pixelsAt(i)));
        ends[place] ??= pixelsAt(Math.min(ENDS[place], items.length - 1));
      });
      refresh();
    },
  };
}
