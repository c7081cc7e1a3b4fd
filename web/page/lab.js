/* The page's end of learner.js: starts it when it is first needed, asks, and tells what came. */

import { messageOf } from "./errors.js";

/**
 * Who waits for a piece of work.
 * @typedef {object} Waiting
 * @property {(news: any) => void} heard
 * @property {(result: any) => void} done
 * @property {(error: Error) => void} failed
 */

const NO_MEMORY = /memory|allocat|RangeError|out of bounds/i;

/**
 * A worker that learns; nothing is fetched before `prepare`.
 * @param {Store} store
 * @returns {Lab}
 */
export function openLab(store) {
  /** @type {Worker | null} */
  let worker = null;
  /** @type {Promise<Learning> | null} */
  let prepared = null;
  /** @type {Map<number, Waiting>} */
  const waiting = new Map();
  let newest = 0;

  /** @param {unknown} why */
  function end(why) {
    worker?.terminate();
    worker = prepared = null;
    const words = messageOf(why);
    const error = NO_MEMORY.test(words)
      ? new Error("This device has too little memory to learn here: close other pages, try again.")
      : new Error(words);
    for (const { failed } of waiting.values()) failed(error);
    waiting.clear();
  }

  /**
   * @param {string} kind
   * @param {object} data
   * @param {(news: any) => void} [heard]
   * @returns {Work<any>}
   */
  function ask(kind, data, heard = () => {}) {
    newest += 1;
    const id = newest;
    const result = new Promise((done, failed) => {
      waiting.set(id, { heard, done, failed });
      worker?.postMessage({ id, kind, ...data });
    });
    const stop = () => {
      const one = waiting.get(id);
      if (!one) return;
      waiting.delete(id);
      worker?.postMessage({ id, kind: "stop", which: id });
      one.failed(new Error("stopped"));
    };
    return { result, stop };
  }

  function open() {
    const made = new Worker(new URL("./learner.js", import.meta.url), { type: "module" });
    made.onmessage = ({ data: { id, news, result, error } }) => {
      const one = waiting.get(id);
      if (!one) return; // stopped meanwhile
      if (news) {
        one.heard(news);
        return;
      }
      waiting.delete(id);
      if (error === undefined) one.done(result);
      else if (NO_MEMORY.test(error)) {
        one.failed(new Error(error));
        end(error);
      } else one.failed(new Error(error));
    };
    made.onerror = (event) => end(event.message || "The learner could not be started: reload.");
    return made;
  }

  /** @param {(share: number) => void} heard */
  async function prepare(heard) {
    const names = ["runtime.wasm", "graphs", "pool", "before.onnx"];
    const [about, wasm, graphs, pool, base] = await Promise.all([
      store.json("learning"),
      ...names.map((name) => store.bytes(name)),
    ]);
    worker = open();
    await ask("start", { wasm, graphs, about, pool, base }, ({ share }) => heard(share)).result;
    return about;
  }

  return {
    prepare(heard) {
      prepared ??= prepare(heard);
      prepared.catch(() => {
        worker?.terminate();
        worker = prepared = null; // the next try may do better
      });
      return prepared;
    },
    ask,
  };
}
