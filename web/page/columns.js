/* The models side by side: asks them about the newest drawing, never about one that is outdated. */

import { describe } from "./answers.js";
import { pictureUrl } from "./pictures.js";

const { views } = forgetdemo;

/** @type {Drawing} */
export const BLANK = { pixels: new Uint8Array(784), blank: true, note: "draw a digit" };

/**
 * Draw columns into `node` and the 28×28 picture into `preview`.
 * @param {HTMLElement} node
 * @param {HTMLElement | null} preview
 * @param {Entry[]} entries
 * @param {Failed} failed hears of errors of a model
 * @param {(columns: Column[], seen: Drawing) => Promise<void>} [answered] hears of each answer
 */
export function mountColumns(node, preview, entries, failed, answered) {
  let drawing = BLANK;
  let busy = false;
  let again = false;
  let frame = 0;

  /**
   * @param {(Entry & Column)[]} columns
   * @param {string} sentence
   */
  function render(columns, sentence) {
    views.comparison(node, {
      classes: columns[0].classes,
      columns: columns.map(({ key, title, role, probabilities }) => ({
        key,
        title,
        role,
        probabilities,
      })),
      sentence,
    });
  }

  async function answer() {
    again = busy;
    if (busy) return;
    busy = true;
    try {
      do {
        again = false;
        const [asked, seen] = [entries, drawing];
        const columns = [];
        for (const entry of asked) {
          const probabilities =
            seen.blank || !entry.model ? null : await entry.model.ask(seen.pixels);
          columns.push({ ...entry, probabilities });
        }
        if (asked !== entries || again) continue; // the next round has newer ones
        const ready = seen.blank || asked.every((entry) => entry.model);
        render(columns, ready ? describe(columns, seen.blank) : "");
        if (ready) await answered?.(columns, seen);
      } while (again);
    } catch (error) {
      failed(error);
    } finally {
      busy = false;
    }
  }

  render(
    entries.map((entry) => ({ ...entry, probabilities: null })),
    "",
  );
  return {
    /** @param {Entry[]} chosen */
    show(chosen) {
      entries = chosen;
      answer();
    },
    /** @param {Drawing} seen */
    ask(seen) {
      drawing = seen;
      answer();
      if (!preview) return;
      cancelAnimationFrame(frame);
      // Answers first: an image costs more than both models.
      frame = requestAnimationFrame(() => {
        const picture = seen.blank ? null : pictureUrl(seen.pixels, 28);
        views.preview(preview, { picture, note: seen.note });
      });
    },
  };
}
