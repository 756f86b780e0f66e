/** What a number of a network is. Gradients are those of the loss, the mean cross-entropy of the batch. */
export type NumberKind =
  | "input"
  | "inputGradient"
  | "activation"
  | "activationGradient"
  | "weight"
  | "weightGradient"
  | "probability"
  | "exampleLoss"
  | "loss";

/** One number of a network that has been run on a batch. */
export interface Address {
  readonly kind: NumberKind;
  /**
   * Of activations, the layer's path, as in `model.modules()`, "" being the whole model; of weights, the variable's, as in
   * `model.variables()`; of all others "".
   */
  readonly path: string;
  /**
   * One index for each axis, the batch's first: `[example, channel, ...position]` for an activation of a convolution. The
   * probability of a class has `[example, class]`, the loss of an example `[example]`, and their mean, the loss, `[]`.
   */
  readonly index: readonly number[];
}

/** One number in a formula. */
export interface Factor {
  /** TeX. */
  readonly name: string;
  readonly value: number;
  /** Where it stands, if it is itself a number of the network. */
  readonly address?: Address;
  /** If it is not: the numbers from which it is computed. */
  readonly of?: readonly Factor[];
}

/** A product, or a number by itself. */
export interface Term {
  /** What it is, in plain words: `channel 0, kernel [1, 2]`. */
  readonly label: string;
  readonly factors: readonly Factor[];
  readonly product: number;
  /** "padding": the factor is a 0 from outside of the input; "chosen": the winner of a maximum, the numerator of a share. */
  readonly mark?: "padding" | "chosen";
}

/**
 * How the result is made of the terms: their sum; the greatest; the chosen one's share of their sum; a function, which the
 * formula says, of the one term; "given": it is computed from nothing; "composite": by more than a formula says, and the
 * terms are the numbers it is computed from, as far as they are known.
 */
export type Combination = "sum" | "maximum" | "share" | "function" | "given" | "composite";

/** The arithmetic of one number: plain data. */
export interface Arithmetic {
  readonly address: Address;
  /** The number, as the compiled program computed it, in float32. */
  readonly value: number;
  /** TeX, with symbols: `x` is the input of the layer that the formula speaks of, `y` its output, `L` the loss. */
  readonly formula: string;
  /** TeX of the same with numbers; of long sums the greatest terms. */
  readonly live: string;
  readonly combination: Combination;
  readonly terms: readonly Term[];
  /** What the terms give in float64: `value`, but for rounding. */
  readonly result: number;
  /** A remark, in plain words; may be empty. */
  readonly note: string;
}
