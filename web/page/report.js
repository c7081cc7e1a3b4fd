/* The Report tab: figures that the export computed, matrices whose cells are doors to their test
 * images, downloads; and the audit where one ships. */

import { shippedBytes } from "./models.js";
import { readTensors } from "./patch.js";
import { pictureUrl, save } from "./pictures.js";

const SHOWN = 24; // pictures per cell
const { views } = forgetdemo;

/** The pictures of one cell: { found: positions, view: data for `pictures` }.
 *
 * test: { pixels, label, before, after }; which: whose matrix was clicked. */
export function cell(test, classes, which, truth, predicted) {
  const found = [];
  let total = 0;
  test.label.forEach((label, at) => {
    if (label !== truth || test[which][at] !== predicted) return;
    total += 1;
    if (found.length < SHOWN) found.push(at);
  });
  const items = found.map((at) => {
    const [before, after] = [classes[test.before[at]], classes[test.after[at]]];
    return {
      label: `test image ${at}`,
      title: `test image ${at}, ${classes[truth]}: Before says ${before}, After says ${after}`,
      caption: `${before} → ${after}`,
      picture: pictureUrl(pixelsOf(test, at), 28),
    };
  });
  const label = `${total} test images of ${classes[truth]} answered as ${classes[predicted]}`;
  return { found, view: { label, items, empty: "No test image is in this cell." } };
}

/** One test image: Uint8Array(784). */
export const pixelsOf = (test, at) => test.pixels.subarray(784 * at, 784 * at + 784);

/** Fill the Report tab. site: the page's settings; store: its files; draw(pixels) puts a test image
 * on the pad; failed(error) shows a sentence. */
export async function fillReport(site, store, draw, failed) {
  const at = (id) => document.getElementById(id);
  const data = await store.json("report-views");
  at("honest").textContent = data.honest;
  views.headline(at("headline"), data.headline);
  views.perClass(at("per-class"), data.perClass);
  views.maskShares(at("mask-shares"), data.maskShares);
  data.curves.forEach((curve, i) => views.curves(at(`curve-${i}`), curve));

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
  for (const which of ["before", "after"])
    views.confusion(at(`matrix-${which}`), data[which], (truth, predicted) => open(which, truth, predicted));

  // What was verified is saved, offline too; the link itself is for those who copy addresses.
  for (const link of document.querySelectorAll("#downloads a")) {
    const model = site.models.find((one) => `${one.key}.onnx` === link.getAttribute("download"));
    if (model) link.addEventListener("click", (event) => {
      event.preventDefault();
      shippedBytes(model, store.bytes)
        .then((bytes) => save(bytes, link.getAttribute("download"))).catch(failed);
    });
  }
  if (store.has("audit")) {
    const { report, limits } = await store.json("audit");
    views.audit(at("audit"), report);
    at("audit-limits").textContent = limits;
    at("audited").hidden = false;
  }
}
