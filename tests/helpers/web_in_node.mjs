// Runs the static page's own modules in Node: `node web_in_node.mjs APP_FOLDER`, a task as JSON on
// stdin, the result as JSON on stdout.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const app = process.argv[2];
const from = (name) => import(pathToFileURL(path.join(app, name)).href);
const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));
const tasks = {
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
    const { decompress } = await from("vendor/fzstd.mjs");
    const { fromPlanes } = await from("page/patch.js");
    const { sha256 } = await from("page/sha256.js");
    const models = await from("page/models.js");
    const load = async (name) => {
      const { path: place, encoding } = site.files[name];
      const plain = decompress(new Uint8Array(fs.readFileSync(path.join(root, place))));
      return encoding.startsWith("planes") ? fromPlanes(plain) : plain;
    };
    models.startRuntime(await load("runtime.wasm"));
    const floats = models.toFloats(bytes(pixels));
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
