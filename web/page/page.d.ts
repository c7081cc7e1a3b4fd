// What the static page's modules hand to each other, for the type checker alone.

/** An opened model. `pixels`: Uint8Array(784); `floats`: count · 784 in [0, 1]. */
interface Model {
  ask(pixels: Uint8Array): Promise<number[]>;
  askAll(floats: Float32Array, count: number): Promise<Float32Array>;
  close(): void;
}

/** What a model was made to do. */
interface Facts {
  classes: string[];
  forget_class: number;
  redirect_to: number | null;
}

/** A model that can stand in a column; `model` is null while it loads. */
interface Entry {
  key: string;
  title: string;
  role: string;
  classes: string[];
  /** Null for a model that was not made to forget. */
  forget: number | null;
  redirect: number | null;
  model: Model | null;
}

/** A model's answer, for the sentence. */
interface Column extends Pick<Entry, "title" | "classes" | "forget" | "redirect"> {
  /** Null where nothing was asked. */
  probabilities: number[] | null;
}

/** The page's files by name: unpacked, and verified. Each rejects with one sentence. */
interface Store {
  has(name: string): boolean;
  bytes(name: string): Promise<Uint8Array<ArrayBuffer>>;
  json(name: string): Promise<any>;
}

/** Arrays of a safetensors file, by name. */
type Tensors = Record<string, Uint8Array | Int32Array | Float32Array>;

/** What a dropped pair must be. */
interface Limits {
  format: string;
  maxBytes: number;
  preprocessVersion: number;
}

/** Shows a sentence for a visitor. */
type Failed = (error: unknown) => void;
