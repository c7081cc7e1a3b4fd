/* A tab's work with the learner: one piece at a time, told in a line, stopped by a button. */

import { at, onPress } from "./elements.js";
import { messageOf } from "./errors.js";

const { views } = forgetdemo;

/** @typedef {{ name: string, work: Work<any> | null }} Current */

/**
 * @param {"forget" | "relearn"} tab how the ids of its parts begin
 * @param {Lab} lab
 * @param {(busy: boolean) => void} changed hears when work begins and ends
 */
export function mountTask(tab, lab, changed) {
  const stop = /** @type {HTMLButtonElement} */ (at(`${tab}-stop`));
  /** @type {Current | null} */
  let current = null;

  /** @type {(text: string, share: number | null, state: Progress["state"]) => void} */
  const say = (text, share, state) => views.progress(at(`${tab}-status`), { text, share, state });

  /** @param {Current | null} next */
  function turnTo(next) {
    current = next;
    stop.disabled = !next;
    changed(Boolean(next));
  }

  /**
   * Do a piece of work once the learner is ready; an error is said.
   * @param {string} name
   * @param {(hand: Hand) => Promise<void>} doing
   */
  async function run(name, doing) {
    /** @type {Current} */
    const mine = { name, work: null };
    const isOn = () => current === mine;
    turnTo(mine);
    try {
      say(`${name}: preparing`, 0, "running");
      await lab.prepare((share) => {
        if (isOn()) say(`${name}: looking at training images`, share, "running");
      });
      if (!isOn()) return;
      await doing({
        isOn,
        ask(kind, data, heard) {
          mine.work = lab.ask(kind, data, heard);
          return mine.work.result;
        },
      });
    } catch (error) {
      if (isOn()) say(messageOf(error), null, "failed");
    } finally {
      if (isOn()) turnTo(null);
    }
  }

  onPress(`${tab}-stop`, () => {
    if (!current) return;
    const { name, work } = current;
    turnTo(null);
    work?.stop();
    say(`${name}: stopped`, null, "failed");
  });
  return { run, say, isBusy: () => current !== null };
}
