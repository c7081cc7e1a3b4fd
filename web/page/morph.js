/* Two digits blend into each other; where each model changes its mind. The same as
 * forgetdemo/views/morph.py. */

import { pictureUrl } from "./pictures.js";
import { toFloats } from "./models.js";

export const STEPS = 11;

/** (1 - share) · start + share · end, rounded half up. Uint8Array(784) each, share in [0, 1]. */
export const blend = (start, end, share) =>
  start.map((value, i) => Math.floor((1 - share) * value + share * end[i] + 0.5));

/** Where each model changes its mind, in one sentence.
 *
 * titles: one per model; classes: names; answers: per model, STEPS digits. */
export function boundaryWords(titles, classes, answers) {
  const words = titles.map((title, row) => {
    const said = answers[row];
    const turns = said.slice(0, -1).flatMap((digit, i) =>
      digit === said[i + 1] ? [] : [`${classes[digit]} until ${Math.floor((100 * i) / (STEPS - 1))} %`]);
    const last = classes[said.at(-1)];
    return `${title}: ${turns.length ? [...turns, `then ${last}`].join(", ") : last}`;
  });
  return `${words.join("; ")}.`;
}

/** What each model says along the way: { data for the `morph` view, words }.
 *
 * entries: models of the page; start, end: Uint8Array(784). */
export async function strip(entries, start, end) {
  const pictures = Array.from({ length: STEPS }, (_, i) => blend(start, end, i / (STEPS - 1)));
  const floats = new Float32Array(STEPS * 784);
  pictures.forEach((pixels, i) => floats.set(toFloats(pixels), i * 784));
  const said = [];
  for (const entry of entries) {
    const all = await entry.model.askAll(floats, STEPS);
    said.push(pictures.map((_, i) => {
      const row = Array.from(all.slice(10 * i, 10 * i + 10));
      const confidence = Math.max(...row);
      return { answer: row.indexOf(confidence), confidence };
    }));
  }
  const [titles, classes] = [entries.map((e) => e.title), entries[0].classes];
  const steps = pictures.map((pixels, i) =>
    ({ picture: pictureUrl(pixels, 28), answers: said.map((row) => row[i]) }));
  return {
    pictures,
    data: { classes, titles, roles: entries.map((e) => e.role), steps },
    words: boundaryWords(titles, classes, said.map((row) => row.map((one) => one.answer))),
  };
}
