/* What happens inside an exported model: what forgetdemo/predict/inside.py and views/inside.py do,
 * with the same words. A few bytes after a file's end make it give its layers. */

import { percent } from "./answers.js";
import { pictureUrl } from "./pictures.js";
import { sizeOf } from "./patch.js";
import { openGraph, toFloats } from "./runtime.js";

const SIDE = 28;
const PIXELS = SIDE * SIDE;
const [WINDOW, STRIDE] = [5, 3]; // pixels taken away at once, and to the next such window
const DIFFERS = 0.15; // of a layer's largest value in either column: what differs more is marked
const [GRID, DOT] = [90, 4]; // grey of lines between tiles; pixels of a dense unit's tile
const STRONGEST = 8; // test images that a unit is shown with
const NEAREST = 20; // test images that lie nearest to one
const BATCH = 20; // gallery images at a time, so that the page can draw between
const HIDDEN = 3; // the last layer before the answers
const ANSWERS = 4;
/** @type {[string, string, number][]} */
const FORMS = [
  ["First convolution", "32 maps of 14 × 14, after pooling and ReLU", 8],
  ["Second convolution", "64 maps of 7 × 7, after pooling and ReLU", 16],
  ["First dense layer", "128 units, after ReLU", 16],
  ["Last hidden layer", "64 units, after ReLU", 16],
  ["Answers", "ten probabilities", 10],
];

/** Two pieces of bytes as one.
 * @param {Uint8Array} one
 * @param {Uint8Array} other
 */
function joined(one, other) {
  const all = new Uint8Array(one.length + other.length);
  all.set(one);
  all.set(other, one.length);
  return all;
}

/**
 * Look into an exported file.
 * @param {Uint8Array} bytes
 * @param {InsideFile} about
 * @param {string} name what the sentence calls it
 * @returns {Promise<Opened>}
 * @throws {Error} one sentence
 */
export async function openInside(bytes, about, name) {
  const tail = Uint8Array.from(atob(about.tail), (sign) => sign.charCodeAt(0));
  const graph = await openGraph(joined(bytes, tail), name);
  return {
    async ask(pixels) {
      const count = pixels.length / PIXELS;
      const found = await graph.run({
        pixels: { data: toFloats(pixels), dims: [count, 1, SIDE, SIDE] },
      });
      return about.layers.map(({ output }) => found[output].data);
    },
    close: graph.close,
  };
}

/**
 * Where one unit's row of a layer's tensor lies: first byte and number of bytes.
 * @param {Weight[]} tensors
 * @param {string} name
 * @param {number} unit
 */
function rowOf(tensors, name, unit) {
  const { offset, shape } = /** @type {Weight} */ (tensors.find((one) => one.name === name));
  const bytes = (4 * sizeOf(shape)) / shape[0];
  return [offset + unit * bytes, bytes];
}

/**
 * The same model with one unit of a layer switched off: it leaves 0, whatever comes in.
 * @param {Uint8Array} bytes
 * @param {InsideFile} about
 * @param {number} layer
 * @param {number} unit
 */
export function without(bytes, about, layer, unit) {
  const copy = new Uint8Array(bytes);
  for (const kind of ["weight", "bias"]) {
    const [from, count] = rowOf(about.tensors, `${about.layers[layer].name}.${kind}`, unit);
    copy.fill(0, from, from + count);
  }
  return copy;
}

/**
 * What makes models on the line from one to another: before + alpha · (after - before).
 * @param {Uint8Array} before whose other bytes the results have
 * @param {Uint8Array} after
 * @param {InsideFile} about
 * @returns {(alpha: number) => Uint8Array}
 */
export function lineOf(before, after, { tensors }) {
  const [first, last] = [before, after].map(
    (bytes) => new DataView(bytes.buffer, bytes.byteOffset),
  );
  /** Places of what moved, and from where to where.
   * @type {[number, number, number][]} */
  const moved = [];
  for (const { offset, shape } of tensors)
    for (let at = offset; at < offset + 4 * sizeOf(shape); at += 4) {
      const [start, end] = [first.getFloat32(at, true), last.getFloat32(at, true)];
      if (start !== end) moved.push([at, start, end - start]);
    }
  return (alpha) => {
    const copy = new Uint8Array(before);
    const view = new DataView(copy.buffer);
    for (const [at, start, way] of moved) view.setFloat32(at, start + alpha * way, true);
    return copy;
  };
}

/**
 * How far an answer's logit lies before the best other one's.
 * @param {Float32Array} logits 10
 * @param {number} answer
 */
const leadOf = (logits, answer) =>
  logits[answer] - Math.max(...logits.filter((_, i) => i !== answer));

/** @param {Float32Array} logits */
const answerOf = (logits) => logits.indexOf(Math.max(...logits));

/**
 * Which ink speaks for a model's answer: what taking it away costs the answer's lead.
 * @param {Opened} model
 * @param {Uint8Array} pixels 784
 * @returns {Promise<Float64Array>} above 0 speaks for the answer, below 0 against it
 */
export async function occlusion(model, pixels) {
  /** @type {number[][]} */
  const squares = [];
  for (let top = 0; top < SIDE; top += STRIDE)
    for (let left = 0; left < SIDE; left += STRIDE) {
      const places = [];
      for (let y = top; y < Math.min(SIDE, top + WINDOW); y += 1)
        for (let x = left; x < Math.min(SIDE, left + WINDOW); x += 1) places.push(y * SIDE + x);
      if (places.some((place) => pixels[place])) squares.push(places);
    }
  const pictures = new Uint8Array((1 + squares.length) * PIXELS);
  for (let i = 0; i <= squares.length; i += 1) {
    pictures.set(pixels, i * PIXELS);
    for (const place of i ? squares[i - 1] : []) pictures[i * PIXELS + place] = 0;
  }
  const logits = (await model.ask(pictures))[ANSWERS];
  /** @param {number} i */
  const row = (i) => logits.subarray(10 * i, 10 * i + 10);
  const answer = answerOf(row(0));
  const [total, count] = [new Float64Array(PIXELS), new Float64Array(PIXELS)];
  squares.forEach((places, i) => {
    const cost = leadOf(row(0), answer) - leadOf(row(i + 1), answer);
    for (const place of places) {
      total[place] += cost;
      count[place] += 1;
    }
  });
  return total.map((value, i) => (pixels[i] ? value / Math.max(count[i], 1) : 0));
}

/**
 * The largest value of each unit: its own, or its map's.
 * @param {Float32Array} values
 * @param {number} units
 */
function strengthOf(values, units) {
  const size = values.length / units;
  const found = new Float32Array(units).fill(-Infinity);
  values.forEach((value, i) => {
    const unit = Math.floor(i / size);
    if (value > found[unit]) found[unit] = value;
  });
  return found;
}

/** A drawing comes first. */
const rest = () => new Promise((next) => setTimeout(next));

/**
 * Look at the gallery through a model's eyes.
 * @param {Opened} model
 * @param {Gallery} gallery
 * @param {InsideFile} about
 * @returns {Promise<GallerySeen>}
 */
export async function seeGallery(model, gallery, about) {
  const count = gallery.label.length;
  const strengths = about.layers.map(({ shape }) => new Float32Array(count * shape[0]));
  for (let from = 0; from < count; from += BATCH) {
    const to = Math.min(count, from + BATCH);
    const found = await model.ask(gallery.pixels.subarray(from * PIXELS, to * PIXELS));
    found.forEach((values, layer) => {
      const units = about.layers[layer].shape[0];
      strengths[layer].set(strengthOf(values, (to - from) * units), from * units);
    });
    await rest();
  }
  const wide = about.layers[HIDDEN].shape[0];
  const hidden = strengths[HIDDEN];
  const places = Array.from({ length: count }, (_, i) =>
    projected(hidden.subarray(i * wide, (i + 1) * wide), gallery.projection),
  );
  return { strengths, places, alike: await neighbours(hidden, wide, gallery.label) };
}

/**
 * A place on the map, to two digits.
 * @param {Float32Array} hidden
 * @param {Float32Array} projection wide · 2
 */
function projected(hidden, projection) {
  const place = [0, 0];
  hidden.forEach((value, i) => {
    place[0] += value * projection[2 * i];
    place[1] += value * projection[2 * i + 1];
  });
  return place.map((value) => Math.round(100 * value) / 100);
}

/**
 * How much classes keep to themselves: among each image's nearest others, the share of its own.
 * @param {Float32Array} features N · wide
 * @param {number} wide
 * @param {Uint8Array} labels N
 * @returns {Promise<number[]>} a mean per class
 */
export async function neighbours(features, wide, labels) {
  const count = labels.length;
  const classes = Math.max(...labels) + 1;
  const [alike, members] = [new Float64Array(classes), new Float64Array(classes)];
  for (let i = 0; i < count; i += 1) {
    const apart = new Float64Array(count).fill(Infinity);
    for (let other = 0; other < count; other += 1) {
      if (other === i) continue;
      let square = 0;
      for (let at = 0; at < wide; at += 1)
        square += (features[i * wide + at] - features[other * wide + at]) ** 2;
      apart[other] = square;
    }
    const nearest = Array.from(apart.keys())
      .sort((a, b) => apart[a] - apart[b] || a - b)
      .slice(0, NEAREST);
    members[labels[i]] += 1;
    alike[labels[i]] += nearest.filter((other) => labels[other] === labels[i]).length / NEAREST;
    if (i % BATCH === 0) await rest();
  }
  return Array.from(alike, (sum, digit) => sum / members[digit]);
}

/** @param {Float32Array} logits */
function softmax(logits) {
  const most = Math.max(...logits);
  const powers = logits.map((value) => Math.exp(value - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((value) => value / sum);
}

/**
 * Tiles with lines between them, as a picture.
 * @param {Float32Array} values of one layer, ≥ 0
 * @param {number} units
 * @param {number} most what is white
 * @param {number} across tiles in a row
 */
function atlas(values, units, most, across) {
  const size = values.length / units;
  const side = size === 1 ? DOT : Math.sqrt(size);
  const cell = side + 1;
  const [width, height] = [across * cell + 1, Math.ceil(units / across) * cell + 1];
  const picture = new Uint8Array(width * height).fill(GRID);
  const scale = most > 0 ? 255 / most : 0;
  for (let unit = 0; unit < units; unit += 1) {
    const [top, left] = [Math.floor(unit / across) * cell + 1, (unit % across) * cell + 1];
    for (let y = 0; y < side; y += 1)
      for (let x = 0; x < side; x += 1) {
        const value = values[size === 1 ? unit : unit * size + y * side + x];
        picture[(top + y) * width + left + x] = Math.floor(Math.min(255, value * scale) + 0.5);
      }
  }
  return forgetdemo.plainPng(picture, width, height);
}

/**
 * All layers, as the `inside` view takes them.
 * @param {Subject[]} subjects one or two
 * @param {Drawing} drawing
 * @param {number[]} chosen layer and unit, or nothing
 * @param {InsideFile} about
 * @returns {Inside}
 */
export function layersOf(subjects, drawing, chosen, about) {
  const layers = FORMS.map(([title, words, across], layer) => {
    const units = about.layers[layer].shape[0];
    const found = subjects.map(({ inner }) => {
      const values = inner && inner[layer];
      return values && layer === ANSWERS ? softmax(values) : values;
    });
    const most = Math.max(0, ...found.map((values) => (values ? values.reduce(larger, 0) : 0)));
    const strengths = found.map((values) => (values ? strengthOf(values, units) : null));
    return {
      title,
      words,
      across,
      count: units,
      names: layer === ANSWERS ? subjects[0].entry.classes : [],
      pictures: found.map((values) => values && atlas(values, units, most, across)),
      strengths: strengths.map((values) => Array.from(values ?? [], (one) => one / (most || 1))),
      differs: differing(found, units, DIFFERS * most),
    };
  });
  return {
    picture: drawing.blank ? null : pictureUrl(drawing.pixels, SIDE),
    titles: subjects.map(({ entry }) => entry.title),
    roles: subjects.map(({ entry }) => entry.role),
    layers,
    chosen,
  };
}

/** @type {(a: number, b: number) => number} */
const larger = (a, b) => (b > a ? b : a);

/**
 * Units of which two models' values differ by more than a limit.
 * @param {(Float32Array | null)[]} found
 * @param {number} units
 * @param {number} limit
 */
function differing([one, other], units, limit) {
  if (!one || !other || !limit) return [];
  const apart = strengthOf(
    one.map((value, i) => Math.abs(value - other[i])),
    units,
  );
  return Array.from(apart.keys()).filter((unit) => apart[unit] > limit);
}

/**
 * A chosen unit in each model, as the `unit` view takes it, and the test images' places.
 * @param {Subject[]} subjects
 * @param {Drawing} drawing
 * @param {number[]} chosen layer and unit
 * @param {InsideFile} about
 * @param {Gallery} gallery
 * @returns {Promise<{ data: Unit, images: number[][] }>}
 */
export async function unitOf(subjects, drawing, chosen, about, gallery) {
  const [layer, unit] = chosen;
  const { classes } = subjects[0].entry;
  const size = about.layers[layer].shape[0];
  const name = layer === ANSWERS ? classes[unit] : `${unit + 1} of ${size}`;
  const images = subjects.map(({ seen }) => (seen ? strongest(seen, layer, unit, size) : []));
  const columns = [];
  for (const [i, subject] of subjects.entries())
    columns.push({
      title: subject.entry.title,
      role: subject.entry.role,
      words: await shareWords(subject, drawing, layer, unit, about),
      items: images[i].map((image) => ({
        label: `test image of ${classes[gallery.label[image]]}`,
        picture: pictureUrl(gallery.pixels.subarray(image * PIXELS, (image + 1) * PIXELS), SIDE),
      })),
    });
  return { data: { title: `${FORMS[layer][0]}, ${name}`, columns }, images };
}

/**
 * The gallery's images that a unit answers most strongly to; those that leave it silent not.
 * @param {GallerySeen} seen
 * @param {number} layer
 * @param {number} unit
 * @param {number} size units of the layer
 */
function strongest({ strengths }, layer, unit, size) {
  const values = strengths[layer];
  /** @param {number} image */
  const of = (image) => values[image * size + unit];
  return Array.from({ length: values.length / size }, (_, image) => image)
    .sort((a, b) => of(b) - of(a) || a - b)
    .slice(0, STRONGEST)
    .filter((image) => layer === ANSWERS || of(image) > 0);
}

/**
 * What a unit does to a model's answer, in one sentence: the model is asked without it.
 * @param {Subject} subject
 * @param {Drawing} drawing
 * @param {number} layer
 * @param {number} unit
 * @param {InsideFile} about
 */
async function shareWords({ entry, bytes, inner }, drawing, layer, unit, about) {
  if (!inner) return "Draw a digit.";
  const logits = inner[ANSWERS];
  const before = softmax(logits);
  if (layer === ANSWERS) return `Logit ${logits[unit].toFixed(1)}, ${percent(before[unit])}.`;
  const size = about.layers[layer].shape[0];
  if (!(strengthOf(inner[layer], size)[unit] > 0)) return "Silent for this drawing.";
  const answer = answerOf(logits);
  const off = await openInside(without(bytes, about, layer, unit), about, entry.title);
  const changed = (await off.ask(drawing.pixels))[ANSWERS];
  await off.close();
  const [lead, less] = [leadOf(logits, answer), leadOf(changed, answer)];
  const turns = less <= lead ? "falls" : "grows";
  return (
    `Switched off, the lead of ${entry.classes[answer]} ${turns} from ${lead.toFixed(1)} to ` +
    `${less.toFixed(1)} logits: ${percent(before[answer])} → ${percent(softmax(changed)[answer])}.`
  );
}

/**
 * Which ink speaks for each model's answer, as the `strokes` view takes it.
 * @param {Subject[]} subjects
 * @param {(Float64Array | null)[]} maps `occlusion` of each
 * @returns {Strokes}
 */
export const strokesOf = (subjects, maps) => ({
  columns: subjects.map(({ entry, inner }, i) => {
    const map = maps[i];
    const most = map ? Math.max(...map.map(Math.abs)) || 1 : 1;
    /** @param {number} sign */
    const picture = (sign) =>
      map &&
      pictureUrl(
        Uint8Array.from(map, (v) => Math.floor((255 * Math.max(sign * v, 0)) / most + 0.5)),
        SIDE,
      );
    return {
      title: entry.title,
      role: entry.role,
      answer: inner ? entry.classes[answerOf(inner[ANSWERS])] : "",
      speaks: picture(1),
      against: picture(-1),
    };
  }),
});

/**
 * Where test digits and the drawing lie, as the `cloud` view takes it; models that have not looked
 * at the gallery yet have no places.
 * @param {Subject[]} subjects
 * @param {Gallery} gallery
 * @returns {Cloud}
 */
export function cloudOf(subjects, gallery) {
  const { classes, forget: mine } = subjects[subjects.length - 1].entry;
  const forget = mine ?? subjects[0].entry.forget ?? 0;
  return {
    titles: subjects.map(({ entry }) => entry.title),
    roles: subjects.map(({ entry }) => entry.role),
    labels: Array.from(gallery.label, (label) => classes[label]),
    marked: classes[forget],
    places: subjects.map(({ seen }) => seen?.places ?? []),
    at: subjects.map(({ inner, seen }) =>
      inner && seen ? projected(inner[HIDDEN], gallery.projection) : null,
    ),
    words: subjects.map(({ seen }) =>
      seen ? alikeWords(seen, classes[forget], forget) : "Looking at the test images …",
    ),
  };
}

/**
 * How much the class keeps to itself in one model, beside the others, in one sentence.
 * @param {GallerySeen} seen
 * @param {string} name
 * @param {number} forget
 */
function alikeWords({ alike }, name, forget) {
  const others = alike.filter((_, digit) => digit !== forget);
  const mean = others.reduce((a, b) => a + b, 0) / others.length;
  return (
    `Of the ${NEAREST} test images that lie nearest to a ${name}, ${percent(alike[forget])} are ` +
    `${name} too; for other digits it is ${percent(mean)}.`
  );
}
