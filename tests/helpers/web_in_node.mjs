// Runs the static page's own modules in Node: `node web_in_node.mjs APP_FOLDER`, a task as JSON on
// stdin, the result as JSON on stdout.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const app = process.argv[2];
const from = (name) => import(pathToFileURL(path.join(app, name)).href);
const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));
const opener = (site, root, decompress, fromPlanes) => async (name) => {
  const { path: place, encoding } = site.files[name];
  const plain = decompress(new Uint8Array(fs.readFileSync(path.join(root, place))));
  return encoding.startsWith("planes") ? fromPlanes(plain) : plain;
};

/** What the page's learner has once it has started. */
async function learner(site, root) {
  const { decompress } = await from("vendor/fzstd.js");
  const { fromPlanes, readTensors } = await from("page/patch.js");
  const load = opener(site, root, decompress, fromPlanes);
  (await from("page/runtime.js")).startRuntime(await load("runtime.wasm"));
  const graphs = await from("page/graphs.js");
  const about = JSON.parse(new TextDecoder().decode(await load("learning")));
  const opened = graphs.openGraphs(readTensors(await load("graphs")), about);
  const pool = readTensors(await load("pool"));
  const base = await load("before.onnx");
  const weights = graphs.weightsOf(base, about.tensors);
  return { load, graphs, about, opened, pool, base, weights, readTensors };
}

const tasks = {
  /** words, places: arguments → what the generator gives; threefry likewise. */
  async draws({ threefry, words, places }) {
    const draws = await from("page/draws.js");
    return {
      threefry: threefry.map(({ key, counter }) => draws.threefry(key, counter)),
      words: words.map((of) => Array.from(draws.words(...of))),
      places: places.map((of) => Array.from(draws.places(...of))),
    };
  },
  /** runs: changes to the default settings → after.onnx of each as base64, and what it took. */
  async forget({ site, root, runs }) {
    const { graphs, about, opened, pool, base, weights } = await learner(site, root);
    const { unlearn } = await from("page/unlearn.js");
    let start = performance.now();
    const studied = await graphs.study(opened, weights, pool.pixels, pool.label);
    const seconds = { study: (performance.now() - start) / 1000, runs: [] };
    const watched = await graphs.see(opened, weights, pool.watched_pixels, pool.watched_label);
    const found = [];
    for (const changes of runs) {
      const begin = changes.redirect_to === null ? about.natural : about.redirecting;
      start = performance.now();
      const done = await unlearn(opened, studied, watched, { ...begin, ...changes });
      seconds.runs.push((performance.now() - start) / 1000);
      const onnx = graphs.withWeights(base, about.tensors, done.weights);
      found.push({
        onnx: Buffer.from(onnx).toString("base64"),
        mask: done.mask,
        history: done.history,
      });
    }
    return { found, seconds };
  },
  /** Teach a shipped model k images of a class → its curve. */
  async lesson({ site, root, model, digit, images }) {
    const { load, graphs, about, opened, pool, readTensors } = await learner(site, root);
    const { relearn } = await from("page/relearn.js");
    const { shippedBytes } = await from("page/models.js");
    const onnx = await shippedBytes(
      site.models.find(({ key }) => key === model),
      load,
    );
    const weights = graphs.weightsOf(onnx, about.tensors);
    const test = readTensors(await load("test-images"));
    const { taught, retained, watched } = graphs.lessonImages(pool, test, digit, images, about);
    const parts = [];
    for (const part of [taught, retained, watched])
      parts.push(await graphs.see(opened, weights, part.pixels, part.labels));
    const start = performance.now();
    const done = await relearn(opened, weights, ...parts, { ...about.lesson, forget_class: digit });
    const seconds = (performance.now() - start) / 1000;
    const taughtOnnx = graphs.withWeights(onnx, about.tensors, done.weights);
    return { curve: done.curve, onnx: Buffer.from(taughtOnnx).toString("base64"), seconds };
  },
  /** names: [kind, digit] → SHA-256 of each network to compare with; bits → single precision. */
  async compared({ site, root, names, bits }) {
    const { decompress } = await from("vendor/fzstd.js");
    const { fromHalf, fromPlanes } = await from("page/patch.js");
    const { sha256 } = await from("page/sha256.js");
    const { openCompared, titleOf } = await from("page/compared.js");
    const load = opener(site, root, decompress, fromPlanes);
    const json = async (name) => JSON.parse(new TextDecoder().decode(await load(name)));
    const compared = openCompared({ has: (name) => name in site.files, bytes: load, json });
    const hashes = [];
    for (const [kind, digit] of names) hashes.push(await sha256(await compared.onnx(kind, digit)));
    return {
      hashes,
      titles: names.map(([kind, digit]) => titleOf(kind, site.classes[digit], kind)),
      halves: Array.from(fromHalf(Uint16Array.from(bits))),
      missing: await compared.onnx("oracle", 6).catch((error) => error.message),
    };
  },
  /** drawings: 784 grey values each; chosen: a unit each; alphas → what is seen inside two models,
   * and what models between them answer to the first drawing. */
  async inside({ site, root, drawings, chosen, alphas }) {
    const { decompress } = await from("vendor/fzstd.js");
    const { fromPlanes, readTensors } = await from("page/patch.js");
    const load = opener(site, root, decompress, fromPlanes);
    (await from("page/runtime.js")).startRuntime(await load("runtime.wasm"));
    const inside = await from("page/inside.js");
    const { openModel, shippedBytes } = await from("page/models.js");
    globalThis.forgetdemo = { plainPng: (values, width) => [width, ...values].join() };
    const about = JSON.parse(new TextDecoder().decode(await load("inside")));
    const gallery = readTensors(await load("gallery"));
    const opened = [];
    for (const facts of site.models.slice(0, 2)) {
      const file = await shippedBytes(facts, load);
      const model = await inside.openInside(file, about, facts.file);
      const entry = { ...facts, classes: site.classes, forget: site.forget_class };
      opened.push({
        entry,
        bytes: file,
        model,
        seen: await inside.seeGallery(model, gallery, about),
      });
    }
    const found = [];
    for (const [i, values] of drawings.entries()) {
      const pixels = Uint8Array.from(values);
      const drawing = { pixels, blank: !pixels.some((value) => value), note: "" };
      const subjects = [];
      for (const one of opened) {
        const inner = drawing.blank ? null : await one.model.ask(pixels);
        subjects.push({ ...one, inner });
      }
      const maps = [];
      for (const { model, inner } of subjects)
        maps.push(inner ? await inside.occlusion(model, pixels) : null);
      found.push({
        layers: inside.layersOf(subjects, drawing, chosen[i], about),
        unit: (await inside.unitOf(subjects, drawing, chosen[i], about, gallery)).data,
        strokes: inside.strokesOf(subjects, maps),
        cloud: inside.cloudOf(subjects, gallery),
      });
    }
    const between = [];
    const at = inside.lineOf(opened[0].bytes, opened[1].bytes, about);
    for (const alpha of alphas) {
      const file = at(alpha);
      const model = await openModel(file, "between");
      between.push({
        onnx: Buffer.from(file).toString("base64"),
        probabilities: await model.ask(Uint8Array.from(drawings[0])),
      });
    }
    const wrong = await inside.openInside(new Uint8Array(9), about, "x").catch((e) => e.message);
    return { found, between, wrong };
  },
  /** cases: [{ columns, blank }] → sentences. */
  async sentences({ cases }) {
    const { describe } = await from("page/answers.js");
    return cases.map(({ columns, blank }) => describe(columns, blank));
  },
  /** texts: base64 → SHA-256, as computed where the browser offers none. */
  async hashes({ texts }) {
    const { plainSha256 } = await from("page/sha256.js");
    return texts.map((text) => plainSha256(bytes(text)));
  },
  /** pairs: [{ base, patch }] → what the patch gives. */
  async patches({ pairs }) {
    const { applyPatch } = await from("page/patch.js");
    return pairs.map(({ base, patch }) =>
      Buffer.from(applyPatch(bytes(base), bytes(patch))).toString("base64"),
    );
  },
  /** start, end: 784 numbers; rows: answers per title → blends and words. */
  async morph({ start, end, shares, titles, classes, rows }) {
    const { blend, boundaryWords } = await from("page/morph.js");
    const [a, b] = [start, end].map((values) => Uint8Array.from(values));
    return {
      blends: shares.map((share) => Array.from(blend(a, b, share))),
      words: rows.map((answers) => boundaryWords(titles, classes, answers)),
    };
  },
  /** manifests → what is wrong with each. */
  async manifests({ manifests, limits }) {
    const { whatIsWrong } = await from("page/bundle.js");
    return manifests.map((manifest) => whatIsWrong(manifest, limits));
  },
  /** site: its settings; root: its folder; pixels: base64 of N · 784 bytes → probabilities by
   * model, and SHA-256 of what each model file became. */
  async digits({ site, root, pixels }) {
    const { decompress } = await from("vendor/fzstd.js");
    const { fromPlanes } = await from("page/patch.js");
    const { sha256 } = await from("page/sha256.js");
    const models = await from("page/models.js");
    const load = opener(site, root, decompress, fromPlanes);
    const runtime = await from("page/runtime.js");
    runtime.startRuntime(await load("runtime.wasm"));
    const floats = runtime.toFloats(bytes(pixels));
    const result = {};
    for (const entry of site.models) {
      const onnx = await models.shippedBytes(entry, load);
      const model = await models.openModel(onnx, entry.file);
      const answers = await model.askAll(floats, floats.length / 784);
      result[entry.key] = { sha256: await sha256(onnx), probabilities: Array.from(answers) };
      model.close();
    }
    const wrong = await models
      .openModel(new Uint8Array([1, 2, 3]), "x.onnx")
      .catch((e) => e.message);
    return { models: result, wrong };
  },
};

const task = JSON.parse(fs.readFileSync(0, "utf8"));
console.log(JSON.stringify(await tasks[task.name](task)));
