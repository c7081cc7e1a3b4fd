// The two npm packages of the static page, as far as it uses them; the export brings their files.

declare module "*/ort.wasm.min.js" {
  interface Metadata {
    name: string;
    type: string;
    shape: (number | string)[];
  }
  interface Session {
    inputMetadata: Metadata[];
    outputMetadata: Metadata[];
    inputNames: readonly string[];
    outputNames: readonly string[];
    run(feeds: Record<string, Tensor>, outputs: string[]): Promise<Record<string, Tensor>>;
    release(): Promise<void>;
  }
  export class Tensor {
    constructor(type: "float32" | "int32", data: Float32Array | Int32Array, shape: number[]);
    data: Float32Array;
    dims: readonly number[];
  }
  export const InferenceSession: {
    create(bytes: Uint8Array, options: object): Promise<Session>;
  };
  export const env: {
    wasm: { numThreads: number; wasmPaths: { mjs: string }; wasmBinary: Uint8Array };
    logLevel: string;
  };
}

declare module "*/fzstd.js" {
  export function decompress(packed: Uint8Array): Uint8Array<ArrayBuffer>;
}
