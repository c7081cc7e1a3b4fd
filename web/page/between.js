/* Between Before and After: a slider over the line from one to the other and a little beyond. */

import { at, input } from "./elements.js";
import { lineOf } from "./inside.js";
import { openModel } from "./models.js";

const { percent, views } = forgetdemo;

/**
 * Curves over alpha of the shipped pair.
 * @param {LinePoint[]} line
 * @param {string[]} classes
 * @param {number} forget
 * @param {number | null} redirect
 * @returns {Curves}
 */
export function lineCurves(line, classes, forget, redirect) {
  /** @param {(point: LinePoint) => number} of */
  const points = (of) => line.map((point) => [point.alpha, of(point)]);
  const name = classes[forget];
  const lines = [
    {
      name: `${name} answered as ${name}`,
      role: "before",
      points: points(({ row }) => row[forget]),
    },
    ...(redirect === null
      ? []
      : [
          {
            name: `${name} answered as ${classes[redirect]}`,
            role: "after",
            points: points(({ row }) => row[redirect]),
          },
        ]),
    { name: "other digits right", role: "other", points: points((point) => point.acc_retain) },
  ];
  return {
    title: "All test images, from Before (0) over After (1) to 1.5",
    xLabel: "α",
    yRange: [0, 1],
    lines,
  };
}

/**
 * How high the way from one model to another leads, in one sentence.
 * @param {Record<string, number>} barriers
 */
export function barrierWords({ after, oracle }) {
  const start =
    "On the way from Before to After the loss on the other digits rises at most " +
    `${after.toFixed(3)} nats above a straight line`;
  if (oracle === undefined) return `${start}.`;
  return (
    `${start}; on the way to a retrained network ${oracle.toFixed(1)}: After lies in the same ` +
    "valley as Before, a network that never saw the class in another."
  );
}

/**
 * Wire the slider.
 * @param {Site} site
 * @param {Failed} failed
 * @param {InsideFile} about
 * @param {() => Entry[]} pair the two ends
 * @returns {Between}
 */
export function mountBetween(site, failed, about, pair) {
  const slider = input("between-alpha");
  /** @type {{ ends: Entry[], at: (alpha: number) => Uint8Array } | null} */
  let line = null;
  /** The model where the slider is.
   * @type {{ alpha: number, model: Model } | null} */
  let here = null;
  /** @type {Drawing | null} */
  let drawing = null;
  let [busy, again] = [false, false];

  /** The line between what is compared now. */
  async function between() {
    const ends = pair();
    if (line && line.ends.every((one, i) => one === ends[i])) return line;
    const bytes = [];
    for (const { onnx } of ends) if (onnx) bytes.push(await onnx());
    line = { ends, at: lineOf(bytes[0], bytes[1], about) };
    here?.model.close();
    here = null;
    return line;
  }

  async function answer() {
    again = busy;
    if (busy || pair().some(({ onnx }) => !onnx)) return; // a stranger's: the tab has said so
    busy = true;
    try {
      do {
        again = false;
        const { at: modelAt } = await between();
        const alpha = Number(slider.value);
        if (here?.alpha !== alpha) {
          const model = await openModel(modelAt(alpha), `α = ${alpha}`);
          here?.model.close();
          here = { alpha, model };
        }
        const seen = drawing;
        const asked = seen && !seen.blank ? await here.model.ask(seen.pixels) : null;
        if (!again) show(alpha, asked);
      } while (again);
    } catch (error) {
      failed(error);
    } finally {
      busy = false;
    }
  }

  /**
   * @param {number} alpha
   * @param {number[] | null} asked
   */
  function show(alpha, asked) {
    const measured = pair()[1].key === "after" && pair()[0].key === "before";
    const point = measured ? about.line.find((one) => one.alpha === alpha) : undefined;
    const name = site.classes[site.forget_class];
    at("between-words").textContent = point
      ? `At α = ${alpha.toFixed(2)}: ${percent(point.row[site.forget_class])} of the test images ` +
        `of ${name} are answered ${name}, ${percent(point.acc_retain, 2)} of the others rightly.`
      : "Test images were measured for the shipped pair alone.";
    at("between-measured").hidden = !point;
    views.comparison(at("between-comparison"), {
      classes: site.classes,
      columns: [
        { key: "between", title: "Your drawing", role: "after", probabilities: asked },
        ...(point
          ? [
              {
                key: "row",
                title: `Test images of ${name}`,
                role: "masked",
                probabilities: point.row,
              },
            ]
          : []),
      ],
      sentence: "",
    });
  }

  slider.addEventListener("input", () => {
    at("between-at").textContent = Number(slider.value).toFixed(2);
    answer();
  });
  views.curves(
    at("between-curves"),
    lineCurves(about.line, site.classes, site.forget_class, site.redirect_to),
  );
  at("between-barrier").textContent = barrierWords(about.barriers);
  return {
    refresh(seen) {
      drawing = seen;
      answer();
    },
  };
}
