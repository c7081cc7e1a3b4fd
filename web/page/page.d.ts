// What the static page's modules hand to each other, for the type checker alone.

/** An opened model. `pixels`: Uint8Array(784); `floats`: count · 784 in [0, 1]. */
interface Model {
  ask(pixels: Uint8Array): Promise<number[]>;
  askAll(floats: Float32Array, count: number): Promise<Float32Array>;
  /** ln Σ e^logit of one drawing: low where no output is strong. */
  energy(pixels: Uint8Array): Promise<number>;
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
  /** Its file, where its weights lie as in before.onnx; null for a stranger's. */
  onnx: (() => Promise<Uint8Array>) | null;
}

/** A model's answer, for the sentence. */
interface Column extends Pick<Entry, "title" | "role" | "classes" | "forget" | "redirect"> {
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

/** An array as a graph takes and gives it, row by row. */
interface Values {
  data: Float32Array;
  dims: number[];
}

/** The same of whole numbers. */
interface Whole {
  data: Int32Array;
  dims: number[];
}

type Named = Record<string, Values>;

/** An opened ONNX graph. */
interface Graph {
  run(given: Record<string, Values | Whole>): Promise<Named>;
  close(): Promise<void>;
}

/** The graphs of learning, opened as they are needed. */
interface Graphs {
  about: Learning;
  run(name: string, given: Record<string, Values | Whole>): Promise<Named>;
  /** Pixels → features of the network whose convolutions these are. */
  featuriser(weights: Named): Promise<Graph>;
  /** The name of the graph of one step under these settings; throws one sentence. */
  stepOf(settings: RunSettings): string;
}

/** Images as a network's frozen part sees them. */
interface Seen {
  labels: Int32Array;
  /** N · 3136 */
  features: Float32Array;
  /** N · 128 */
  base: Float32Array;
}

/** Training images, with what learning needs to know of the original. */
interface Pool extends Seen {
  /** N · 10 */
  logits: Float32Array;
  weights: Named;
  /** What `gradients` sums up, for each class. */
  sums: Named[];
  counts: Int32Array;
}

/** A point of a run's curves. */
interface RunRecord {
  step: number;
  of: number;
  loss: number;
  /** Weighted terms of the loss, by "loss_retain", … */
  terms: Record<string, number>;
  acc_forget: number;
  acc_retain: number;
  confusion: number[][];
}

/** A finished run. */
interface Forgotten {
  weights: Named;
  mask: MaskShares;
  history: RunRecord[];
}

/** A point of a lesson's curve. */
interface LessonPoint {
  step: number;
  of: number;
  loss: number | null;
  acc_forget: number;
}

/** Called between steps; what it throws ends the work. */
type Breathe = () => void | Promise<void>;

/** Work that goes on elsewhere; stopped, its result rejects. */
interface Work<T> {
  result: Promise<T>;
  stop(): void;
}

/** The worker that learns. */
interface Lab {
  /** Start it, once; hears of the share done. Rejects with one sentence. */
  prepare(heard: (share: number) => void): Promise<Learning>;
  ask(kind: string, data: object, heard?: (news: any) => void): Work<any>;
}

/** What a tab's piece of work may do. */
interface Hand {
  /** Whether anybody still waits for it. */
  isOn(): boolean;
  /** Ask the learner; a press of Stop ends it. */
  ask(kind: string, data: object, heard: (news: any) => void): Promise<any>;
}

/** Where a layer's weights were, and where they are. */
interface Moved {
  layer: string;
  before: Values;
  after: Values;
}

/** What the Unlearn form and a link hold, as text by name: forget, substitute, share, … */
type Choices = Record<string, string>;

/** compared.json, as far as the page reads it. */
interface ComparedIndex {
  tensors: Weight[];
  masked: number;
  networks: Record<string, { file: string; onnx_sha256: string }>;
}

/** A model that gives its layers. */
interface Opened {
  /** N · 784 grey values → what each layer leaves, N after N. */
  ask(pixels: Uint8Array): Promise<Float32Array[]>;
  close(): Promise<void>;
}

/** Test images, and the projection of their features. */
interface Gallery {
  /** N · 784 */
  pixels: Uint8Array;
  label: Uint8Array;
  /** 64 · 2 */
  projection: Float32Array;
}

/** The gallery as one model sees it. */
interface GallerySeen {
  /** By layer, N · units. */
  strengths: Float32Array[];
  places: number[][];
  /** Of each class, the share of its own among its images' nearest. */
  alike: number[];
}

/** A model that is looked into. */
interface Subject {
  entry: Entry;
  bytes: Uint8Array;
  /** What its layers leave of the drawing; null: it is blank. */
  inner: Float32Array[] | null;
  /** Null before it has looked. */
  seen: GallerySeen | null;
}

/** The slider between two models. */
interface Between {
  /** Another drawing, or other ends. */
  refresh(seen: Drawing): void;
}
