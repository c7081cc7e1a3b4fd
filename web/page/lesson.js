/* The Lesson tab: a pad, and the networks that web/shared/lesson.js asks about; teaching happens
 * in the page's learner. forgetdemo/views/lesson.py is the app's end of it. */

import { BLANK } from "./columns.js";
import { at } from "./elements.js";
import { messageOf } from "./errors.js";
import { openModel } from "./models.js";
import { readTensors } from "./patch.js";
import { pictureUrl } from "./pictures.js";
import { pixelsOf } from "./report.js";

const { canvasOf, mountPad, preprocess, views } = forgetdemo;
const [PAD, PEN, EVERY_MS, IMAGES, SHOWN] = [280, 20, 40, 5, 12];
const OWN = "deep_natural";
const [SAMPLE, TEACH] = [0, 1]; // what a pick asks for first; the third opens a place
const PLACES = ["draw", "inside", "relearn"];

/**
 * Wire the tab.
 * @param {object} page
 * @param {Site} page.site
 * @param {Store} page.store
 * @param {ReturnType<typeof import("./compared.js").openCompared>} page.compared
 * @param {Entry[]} page.shipped
 * @param {(key: string) => Promise<Model>} page.load a shipped model, opened once
 * @param {Lab} page.lab
 * @param {(place: string) => void} page.open another tab
 * @param {Failed} page.failed
 */
export function mountLesson({ site, store, compared, shipped, load, lab, open, failed }) {
  const forget = site.forget_class;
  let drawing = BLANK;
  /** @type {{ busy: boolean, again: boolean }} */
  const asking = { busy: false, again: false };
  /** @type {Map<string, Model>} */
  const models = new Map();
  /** @type {Map<string, Model>} */
  const taught = new Map();
  /** @type {Lesson} */
  const shown = {
    ...{ classes: site.classes, forget, redirect: site.redirect_to, query: false },
    inside: document.getElementById("inside") !== null,
    ...{ networks: [], samples: [], answers: null, taught: null, curves: null },
    ...{ teaching: false, status: "" },
  };
  /** @type {Tensors} */
  let samples = {};
  /** @type {number[]} */
  let places = [];

  /** @param {Partial<Lesson>} [more] */
  function show(more = {}) {
    Object.assign(shown, more);
    views.lesson(at("lesson-panel"), shown, (what, place) => {
      if (what === SAMPLE) {
        const grey = canvasOf(pixelsOf(samples, places[place]));
        pad.show(grey);
        see(grey);
      } else if (what === TEACH) void teach();
      else if (document.getElementById(PLACES[place])) open(PLACES[place]);
    });
  }

  /**
   * What some models say of the drawing; null: it is blank.
   * @param {Map<string, Model>} of
   */
  async function answersOf(of) {
    if (drawing.blank || !of.size) return null;
    /** @type {Record<string, number[]>} */
    const found = {};
    for (const [key, model] of of) found[key] = await model.ask(drawing.pixels);
    return found;
  }

  async function answer() {
    asking.again = asking.busy;
    if (asking.busy) return;
    asking.busy = true;
    try {
      do {
        asking.again = false;
        const [answers, after] = [await answersOf(models), await answersOf(taught)];
        if (!asking.again) show({ answers, taught: after });
      } while (asking.again);
    } catch (error) {
      failed(error);
    } finally {
      asking.busy = false;
    }
  }

  /** @param {Uint8Array | null} grey */
  function see(grey) {
    drawing = grey ? preprocess(grey, PAD, PAD) : BLANK;
    void answer();
  }
  const pad = mountPad(at("lesson-pad"), {
    ...{ pen: PEN, everyMs: EVERY_MS, asPng: false },
    onInk: () => see(pad.grey()),
    onClear: () => see(null),
  });

  /** @param {string} key */
  async function onnxOf(key) {
    if (key === OWN) return compared.onnx(OWN, forget);
    const read = shipped.find((entry) => entry.key === key)?.onnx;
    if (!read) throw new Error(`${key} is not here.`);
    return read();
  }

  /** Teach each network five images, once; the rest of the page goes on answering. */
  async function teach() {
    if (shown.teaching || shown.curves) return;
    show({ teaching: true, status: "Preparing to teach …" });
    try {
      await lab.prepare((share) =>
        show({ status: `Preparing to teach: ${Math.round(100 * share)} %` }),
      );
      const { pixels, label } = readTensors(await store.bytes("test-images"));
      /** @type {Record<string, number[][]>} */
      const curves = {};
      for (const { key } of shown.networks) {
        show({ status: `Teaching network ${Object.keys(curves).length + 1} of 4 …` });
        const onnx = await onnxOf(key);
        const data = {
          onnx,
          digit: forget,
          count: IMAGES,
          test: { pixels, label },
          drawings: null,
        };
        const done = await lab.ask("relearn", data).result;
        curves[key] = done.curve.map((/** @type {LessonPoint} */ p) => [p.step, p.acc_forget]);
        taught.set(key, await openModel(done.onnx, key));
      }
      show({ curves, teaching: false, status: "" });
      void answer();
    } catch (error) {
      show({ teaching: false, status: messageOf(error) });
    }
  }

  /** Load the networks and the pictures: once. */
  async function fillLesson() {
    /** @type {[LessonNetwork[], Uint8Array]} */
    const [networks, read] = await Promise.all([store.json("lesson"), store.bytes("samples")]);
    samples = readTensors(read);
    const labels = Array.from(samples.label);
    places = [...labels.keys()]
      .sort((a, b) => Number(labels[a] !== forget) - Number(labels[b] !== forget))
      .slice(0, SHOWN);
    show({
      networks,
      samples: places.map((i) => ({
        label: `test image of ${site.classes[labels[i]]}`,
        picture: pictureUrl(pixelsOf(samples, i), 28),
      })),
    });
    for (const key of ["before", "after", "logit_mask", "oracle"]) models.set(key, await load(key));
    models.set(OWN, await openModel(await onnxOf(OWN), OWN));
    if (drawing.blank) {
      const grey = canvasOf(pixelsOf(samples, places[0]));
      pad.show(grey);
      see(grey);
    } else void answer();
  }
  return { fillLesson };
}
