/* Fetches the page's data: once, verified by SHA-256, unpacked, and kept for offline visits. */

import { fromPlanes } from "./patch.js";
import { sha256 } from "./sha256.js";
import { decompress } from "../vendor/fzstd.js";

/**
 * A cache of this page alone, though other pages may live on the same host.
 * @param {string} part
 */
export const cacheName = (part) => `forgetdemo:${new URL("./", document.baseURI).pathname}:${part}`;

/**
 * A place to ask for files by name.
 * @param {Record<string, SiteFile>} files
 * @param {(arrived: number, total: number) => void} [progress] hears of bytes while they come
 * @returns {Store}
 */
export function openStore(files, progress = () => {}) {
  /** @type {Map<string, Promise<Uint8Array<ArrayBuffer>>>} */
  const kept = new Map();
  /** Bytes that arrived.
   * @type {Map<string, number>} */
  const coming = new Map();

  const told = () => {
    const total = [...coming.keys()].reduce((sum, name) => sum + files[name].bytes, 0);
    progress(
      [...coming.values()].reduce((a, b) => a + b, 0),
      total,
    );
  };

  /**
   * @param {string} name
   * @param {RequestCache} mode
   */
  async function arrive(name, mode) {
    const reply = await fetch(files[name].path, { cache: mode });
    if (!reply.ok || !reply.body)
      throw new Error(`${name} is not there any more (${reply.status}): reload the page.`);
    const body = new Uint8Array(files[name].bytes);
    let at = 0;
    const reader = reply.body.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (at + part.value.length > body.length) return new Uint8Array(0); // another file: no match
      body.set(part.value, at);
      at += part.value.length;
      coming.set(name, at);
      told();
    }
    return body;
  }

  /**
   * The file as it travels, from the cache or the network.
   * @param {string} name
   */
  async function wire(name) {
    const { path, sha256: expected } = files[name];
    const shelf = await globalThis.caches?.open(cacheName("data")).catch(() => null);
    const stored = await shelf?.match(path);
    if (stored) {
      const body = new Uint8Array(await stored.arrayBuffer());
      if ((await sha256(body)) === expected) return body;
      await shelf?.delete(path);
    }
    coming.set(name, 0);
    // A damaged copy may sit in the browser's own cache: the second time, past it.
    for (const mode of /** @type {RequestCache[]} */ (["default", "reload"])) {
      let body;
      try {
        body = await arrive(name, mode);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        throw new Error(`${name} could not be fetched: go online and reload the page.`, {
          cause: error,
        });
      }
      if ((await sha256(body)) !== expected) continue;
      await shelf?.put(path, new Response(body)).catch(() => {}); // full: works online all the same
      return body;
    }
    throw new Error(`${name} arrived damaged (its SHA-256 is another): reload the page.`);
  }

  /** @param {string} name */
  async function unpacked(name) {
    const { encoding, size } = files[name];
    const plain = decompress(await wire(name));
    if (plain.length !== size) throw new Error(`${name} unpacks to another size: reload the page.`);
    return encoding.startsWith("planes") ? fromPlanes(plain) : plain;
  }

  /**
   * Unpacked bytes of a file; a second question gets the same answer.
   * @param {string} name
   */
  function bytes(name) {
    let promise = kept.get(name);
    if (!promise) {
      promise = unpacked(name);
      promise.catch(() => kept.delete(name)); // the next question tries again
      kept.set(name, promise);
    }
    return promise;
  }

  return {
    has: (name) => name in files,
    bytes,
    json: async (name) => JSON.parse(new TextDecoder().decode(await bytes(name))),
  };
}
