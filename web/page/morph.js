/* Two digits blend into each other; where each model changes its mind. The same as
 * forgetdemo/views/morph.py. */

import { pictureUrl } from "./pictures.js";
import { toFloats } from "./runtime.js";

export const STEPS = 11;

/**
 * (1 - share) · start + share · end, rounded half up.
 * @param {Uint8Array} start 784 values
 * @param {Uint8Array} end as many
 * @param {number} share in [0, 1]
 */
export const blend = (start, end, share) =>
  start.map((value, i) => Math.floor((1 - share) * value + share * end[i] + 0.5));

/**
 * Where each model changes its mind, in one sentence.
 * @param {string[]} titles one per model
 * @param {string[]} classes
 * @param {number[][]} answers per model, STEPS digits
 */
export function boundaryWords(titles, classes, answers) {
  const words = titles.map((title, row) => {
    const said = answers[row];
    const turns = said
      .slice(0, -1)
      .flatMap((digit, i) =>
        digit === said[i + 1]
          ? []
          : [`${classes[digit]} until ${Math.floor((100 * i) / (STEPS - 1))} %`],
      );
    const last = classes[said[said.length - 1]];
    return `${title}: ${turns.length ? [...turns, `then ${last}`].join(", ") : last}`;
  });
  return `${words.join("; ")}.`;
}

/**
 * What each model says along the way: pictures, the record of the `morph` view, and words.
 * @param {Entry[]} entries
 * @param {Uint8Array} start
 * @param {Uint8Array} end
 */
export async function strip(entries, start, end) {
  const pictures = Array.from({ length: STEPS }, (_, i) => blend(start, end, i / (STEPS - 1)));
  const floats = new Float32Array(STEPS * 784);
  pictures.forEach((pixels, i) => floats.set(toFloats(pixels), i * 784));
  /** @type {MorphAnswer[][]} */
  const said = [];
  for (const { model } of entries) {
    const all = model ? await model.askAll(floats, STEPS) : new Float32Array(10 * STEPS);
    said.push(
      pictures.map((_, i) => {
        const row = Array.from(all.slice(10 * i, 10 * i + 10));
        const confidence = Math.max(...row);
        return { answer: row.indexOf(confidence), confidence };
      }),
    );
  }
  const titles = entries.map(({ title }) => title);
  const { classes } = entries[0];
  /** @type {Morph} */
  const data = {
    classes,
    titles,
    roles: entries.map(({ role }) => role),
    steps: pictures.map((pixels, i) => ({
      picture: pictureUrl(pixels, 28),
      answers: said.map((row) => row[i]),
    })),
  };
  const answers = said.map((row) => row.map(({ answer }) => answer));
  return { pictures, data, words: boundaryWords(titles, classes, answers) };
}
