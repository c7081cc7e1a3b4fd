/* What else may stand beside a pair: a model retrained without the class that the pair forgot, and
 * the original with that output switched off; loaded when asked for. */

import { titleOf } from "./compared.js";
import { at } from "./elements.js";
import { openModel } from "./models.js";

/**
 * A shipped model that may stand there.
 * @typedef {object} Kind
 * @property {Entry} entry
 * @property {() => Promise<void>} load
 */

/**
 * Wire the boxes.
 * @param {object} page
 * @param {Site} page.site
 * @param {ReturnType<typeof import("./compared.js").openCompared>} page.compared
 * @param {Kind[]} page.kinds the shipped ones
 * @param {Entry} page.original
 * @param {() => Promise<void>} page.started
 * @param {() => void} page.changed hears that other columns are to be shown
 * @param {() => void} page.fine
 * @param {Failed} page.failed
 */
export function mountYardsticks({
  site,
  compared,
  kinds,
  original,
  started,
  changed,
  fine,
  failed,
}) {
  /** @type {Set<string>} */
  const wanted = new Set();
  /** Of other classes than the shipped pair's, by kind and class.
   * @type {Map<string, Kind>} */
  const others = new Map();
  /** Those that are on their way, or there.
   * @type {Set<Kind>} */
  const asked = new Set();
  /** @type {HTMLInputElement[]} */
  const boxes = [];

  /**
   * @param {Kind} shipped
   * @param {number} digit
   * @returns {Kind | null}
   */
  function about(shipped, digit) {
    if (digit === site.forget_class) return shipped;
    if (!compared.isHere) return null;
    const { key, title, role } = shipped.entry;
    const name = `${key}-${digit}`;
    let one = others.get(name);
    if (!one) {
      const onnx = () => compared.onnx(key, digit);
      const named = titleOf(key, site.classes[digit], title);
      const entry = { ...shipped.entry, title: named, role, forget: digit, onnx };
      /** @type {Entry} */
      const fresh = { ...entry, redirect: null, model: null };
      const open = async () => {
        fresh.model ??= await openModel(await onnx(), named);
      };
      one = { entry: fresh, load: open };
      others.set(name, one);
    }
    return one;
  }

  /** @param {Kind} one */
  async function load(one) {
    if (asked.has(one)) return;
    asked.add(one);
    try {
      await started();
      await one.load();
      fine();
    } catch (error) {
      asked.delete(one); // the next try may do better
      wanted.delete(one.entry.key);
      for (const box of boxes) box.checked = wanted.has(box.value);
      failed(error);
    }
    changed();
  }

  for (const { entry } of kinds) {
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.value = entry.key;
    box.addEventListener("change", () => {
      if (box.checked) wanted.add(entry.key);
      else wanted.delete(entry.key);
      changed();
    });
    boxes.push(box);
    label.append(box, entry.title);
    at("more").append(label);
    entry.title = titleOf(entry.key, site.classes[site.forget_class], entry.title);
  }
  at("more").hidden = !kinds.length;

  return {
    /**
     * The wanted columns beside a pair; none beside models of another original.
     * @param {Entry[]} pair
     * @returns {Entry[]}
     */
    of(pair) {
      const { forget } = pair[1];
      const has = pair[0] === original && forget !== null;
      const found = kinds.map((kind) => (has ? about(kind, forget) : null));
      found.forEach((one, i) => {
        boxes[i].disabled = !one;
      });
      const shown = found.filter((one) => one !== null && wanted.has(one.entry.key));
      return shown.map((one) => {
        const kind = /** @type {Kind} */ (one);
        void load(kind);
        return kind.entry;
      });
    },
  };
}
