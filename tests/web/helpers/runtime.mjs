// Stands in for onnxruntime-web, which only an export brings: modules that learn can be imported,
// their pure parts tried. Nothing here runs a graph.

import { register } from "node:module";

const stub = "data:text/javascript,export class Tensor {} export const env = { wasm: {} };";
const hooks = `export const resolve = (name, context, next) =>
  name.includes("/vendor/")
    ? { url: ${JSON.stringify(`${stub} export const InferenceSession = {};`)}, shortCircuit: true }
    : next(name, context);`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
