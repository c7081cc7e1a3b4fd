// What web/shared offers, for the type checker alone. Records that come from Python: records.js.

/** What `html` made: the only thing that `fill` puts into a page. */
interface Markup {
  readonly text: string;
}

/** What may stand in a template of `html`. */
type Content = Markup | string | number | Content[];

/** Hears what was picked in a view: places in rows and columns, or in a list. */
type Picked = (...picked: number[]) => void;

/** How each record is drawn into a node; whatever was there goes. */
type Draw = {
  [Name in keyof Views]: (node: HTMLElement, data: Views[Name], pick?: Picked) => void;
};

/** A drawing as the models see it: 28 · 28 grey values. */
interface Drawing {
  pixels: Uint8Array;
  blank: boolean;
  note: string;
}

/** Points of a line, in canvas pixels. */
type Stroke = [number, number][];

/** A part of a picture; right and bottom lie just outside. */
interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

interface PadOptions {
  /** Width of the ink, in pixels of 280. */
  pen: number;
  /** At most one call per so many milliseconds while the pen is down. */
  everyMs: number;
  /** Hears of another drawing: its PNG, or null where `asPng` is false. */
  onInk: (url: string | null) => void;
  onClear: () => void;
  /** False for whoever reads grey(), and has no use for a PNG. */
  asPng?: boolean;
}

interface Pad {
  /** Put a picture on the pad without calling back: a PNG, or its grey values; null empties it. */
  show(picture: string | Uint8Array | null): void;
  /** The 280 · 280 grey values, row by row; do not change them. */
  grey(): Uint8Array;
}

/** The parts of a table of classes against classes. */
interface MatrixParts {
  role: string;
  caption: Content;
  head: Content;
  body: Content;
}

/** A model of an audit: `key` is its field in a row. */
interface AuditModel {
  key: "run" | "original" | "oracles" | "held_out" | "control" | "random_init";
  letter: string;
  name: string;
  role: string;
  mark: string;
}

/** A figure of the map of all pairs. */
interface PairMeasure {
  name: string;
  unit: string;
  scale: number;
  digits: number;
  worst: "largest" | "smallest" | "longest";
  of(row: Pair): number;
}

/** Where a visitor of the lesson is. */
interface LessonVisit {
  /** From 1. */
  step: number;
  /** What was answered in the second step; -1: nothing yet. */
  guess: number;
  /** Places of the networks by letter. */
  order: number[];
  taught: boolean;
  looked: boolean;
  /** Place of the network that was accused; -1: none yet. */
  accused: number;
  right: number;
  played: number;
  /** What was wrong with the link. */
  wrong: string;
  /** What the panel shows, to lay it out anew only if that changes. */
  laidOut: string;
}

interface Forgetdemo {
  // preprocess.js
  preprocess(grey: Uint8Array, width: number, height: number): Drawing;
  canvasOf(pixels: Uint8Array): Uint8Array;
  // text.js
  html(pieces: TemplateStringsArray, ...values: Content[]): Markup;
  fill(node: Element, markup: Markup): void;
  part(node: Element, selector: string): HTMLElement;
  parts(node: Element, selector: string): HTMLElement[];
  percent(share: number, digits?: number): string;
  count(value: number): string;
  short(name: string): string;
  // ink.js
  strokeInto(grey: Uint8Array, side: number, points: Stroke, pen: number): Box | null;
  // png.js
  plainPng(values: Uint8Array, width: number, height?: number, channels?: number): string;
  packedPng(grey: Uint8Array, side: number): Promise<string>;
  greyOf(url: string, side: number): Promise<Uint8Array>;
  // pad.js
  mountPad(root: HTMLElement, options: PadOptions): Pad;
  // matrix.js
  matrix(node: HTMLElement, about: MatrixParts, pick?: Picked): void;
  // measures.js
  MODELS: AuditModel[];
  figure(value: number | null, unit: string, cap?: number | null): string;
  mean(values: number[]): number;
  numberLine(row: AuditRow): Content;
  spread(places: number[], gap: number, low: number, high: number): number[];
  words(row: AuditRow, model: AuditModel): string;
  // lessonsteps.js
  LETTERS: string;
  lessonSays(data: Lesson, visit: LessonVisit): { title: Content; words: Content; more: Content };
  // lesson.js
  lessonStep(hash: string, search: string): number | null;
  // all of them
  views: Draw;
}

declare var forgetdemo: Forgetdemo;
