import type { Examination } from "./examination.js";

/** What the doctor can find. Of units there is a healthy form of the same name: `"dead units"` of severity `"good"` are hardly any. */
export type FindingName =
  | "not finite"
  | "identical units"
  | "update too large"
  | "update too small"
  | "update size"
  | "fading signal"
  | "exploding signal"
  | "signal size"
  | "vanishing gradient"
  | "exploding gradient"
  | "gradient size"
  | "dead units"
  | "saturated units"
  | "correlated units"
  | "diverging"
  | "guessing"
  | "not falling"
  | "falling"
  | "overfitting"
  | "generalizing";

export interface Finding {
  readonly severity: "good" | "watch" | "bad";
  /** Path of the layer that is meant; empty for the network as a whole. */
  readonly layer: string;
  readonly what: FindingName;
  /** The figure that decided; null where it is no finite number. */
  readonly measured: number | null;
  /** One sentence that names the figure and says what helps. */
  readonly advice: string;
}

/** What came before: any of it may be missing. Events of `train.train` fit. */
export interface TrainingCourse {
  /** Training losses in order, each of one step or the mean of some, with the number of steps made by then. */
  readonly losses?: readonly { readonly totalSteps: number; readonly loss: number | null }[];
  /** Figures at the ends of epochs. */
  readonly epochs?: readonly {
    readonly loss: number;
    readonly accuracy: number;
    readonly validationLoss: number | null;
    readonly validationAccuracy: number | null;
  }[];
}

/** A pure function from what was measured to what it means. */
export type Rule = (examination: Examination, course: TrainingCourse) => readonly Finding[];

/** A number as sentences name it: three digits, with a power of ten where it is very large or small. */
export function figure(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e5 ? String(Number(value.toPrecision(3))) : value.toExponential(1);
}

/** A share as sentences name it. */
export function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))}%`;
}

/** A layer as sentences name it. */
export const named = (path: string, kind?: string): string =>
  `${path === "" ? "the network" : `layer ${path}`}${kind === undefined ? "" : ` (${kind})`}`;
