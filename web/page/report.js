/* The Report tab: figures that the export computed, matrices whose cells are doors to their test
 * images, downloads; and the audit where one ships. */

import { at } from "./elements.js";
import { shippedBytes } from "./models.js";
import { readTensors } from "./patch.js";
import { pictureUrl, save } from "./pictures.js";

const { views } = forgetdemo;
const SHOWN = 24; // pictures per cell

/**
 * The pictures of one cell: positions of test images, and the record of the `pictures` view.
 * @param {Tensors} test pixels, label, and both models' answers
 * @param {string[]} classes
 * @param {"before" | "after"} which whose matrix was clicked
 * @param {number} truth
 * @param {number} predicted
 */
export function cell(test, classes, which, truth, predicted) {
  /** @type {number[]} */
  const found = [];
  test.label.forEach((label, i) => {
    if (label === truth && test[which][i] === predicted) found.push(i);
  });
  const shown = found.slice(0, SHOWN);
  const items = shown.map((i) => {
    const [before, after] = [classes[test.before[i]], classes[test.after[i]]];
    return {
      label: `test image ${i}`,
      title: `test image ${i}, ${classes[truth]}: Before says ${before}, After says ${after}`,
      caption: `${before} → ${after}`,
      picture: pictureUrl(pixelsOf(test, i), 28),
    };
  });
  const of = `${classes[truth]} answered as ${classes[predicted]}`;
  const label = `${found.length} test images of ${of}`;
  return { found: shown, view: { label, items, empty: "No test image is in this cell." } };
}

/**
 * One test image: Uint8Array(784).
 * @param {Tensors} test
 * @param {number} i
 */
export const pixelsOf = ({ pixels }, i) => Uint8Array.from(pixels.subarray(784 * i, 784 * i + 784));

/**
 * Fill the Report tab.
 * @param {Site} site
 * @param {Store} store
 * @param {(pixels: Uint8Array) => void} draw puts a test image on the pad
 * @param {Failed} failed
 */
export async function fillReport(site, store, draw, failed) {
  /** @type {ReportViews} */
  const data = await store.json("report-views");
  at("honest").textContent = data.honest;
  views.headline(at("headline"), data.headline);
  views.perClass(at("per-class"), data.perClass);
  if (data.maskShares) views.maskShares(at("mask-shares"), data.maskShares);
  data.curves.forEach((curve, i) => views.curves(at(`curve-${i}`), curve));

  /**
   * @param {"before" | "after"} which
   * @param {number} truth
   * @param {number} predicted
   */
  async function open(which, truth, predicted) {
    try {
      at("cell-words").textContent = "Loading the test images …";
      const test = readTensors(await store.bytes("test-images"));
      const { found, view } = cell(test, site.classes, which, truth, predicted);
      at("cell-words").textContent = `${view.label}:`;
      views.pictures(at("cell-images"), view, (place) => draw(pixelsOf(test, found[place])));
      at("cell-words").scrollIntoView({ block: "nearest" });
    } catch (error) {
      at("cell-words").textContent = "";
      failed(error);
    }
  }
  for (const which of /** @type {const} */ (["before", "after"]))
    views.confusion(at(`matrix-${which}`), data[which], (truth, predicted) =>
      open(which, truth, predicted),
    );

  for (const link of at("downloads").querySelectorAll("a")) wireDownload(link, site, store, failed);
  if (store.has("audit")) {
    /** @type {AuditView} */
    const { report, limits } = await store.json("audit");
    views.audit(at("audit"), report);
    at("audit-limits").textContent = limits;
    at("audited").hidden = false;
  }
}

/**
 * Save a model that was verified, offline too; the link itself is for those who copy addresses.
 * @param {HTMLAnchorElement} link
 * @param {Site} site
 * @param {Store} store
 * @param {Failed} failed
 */
function wireDownload(link, site, store, failed) {
  const name = link.download;
  const model = site.models.find(({ key }) => `${key}.onnx` === name);
  if (!model) return;
  link.addEventListener("click", (event) => {
    event.preventDefault();
    shippedBytes(model, store.bytes)
      .then((bytes) => save(bytes, name))
      .catch(failed);
  });
}
