/**
 * What the doctor has measured on one batch. Everything is plain and survives `JSON.stringify` and `postMessage`: a figure
 * that is not finite, or that means nothing for the layer, is null.
 */
export interface Examination {
  /** How many examples the batch has, and how many classes the network tells apart. */
  readonly examples: number;
  readonly classes: number;
  /** Whether the batch's images are finite: all else follows from them. */
  readonly imagesFinite: boolean;
  readonly loss: number | null;
  readonly accuracy: number;
  /** Share of the examples that get the class which is predicted most often. */
  readonly commonestPrediction: number;
  /** In the order of computation. */
  readonly layers: readonly LayerExamination[];
  /** All trainable variables, in the model's order. */
  readonly parameters: readonly ParameterExamination[];
}

/** A layer's output for the batch, `[N, units, ...positions]`: the units of a convolution are its channels. */
export interface LayerExamination {
  readonly path: string;
  readonly kind: string;
  readonly units: number;
  /** False if any value is NaN or infinite. */
  readonly finite: boolean;
  readonly mean: number | null;
  readonly standardDeviation: number | null;
  readonly minimum: number | null;
  readonly maximum: number | null;
  /** Share of the values that are exactly 0. */
  readonly sparsity: number | null;
  /** Share of the units of a ReLU that are 0 at every position of every example. */
  readonly dead: number | null;
  /** Share of the values of a sigmoid or tanh where its slope is below 4% of the greatest; see `saturationBounds`. */
  readonly saturated: number | null;
  /** Mean absolute correlation between units, of at most 32 of them and some 4,000 values of each. */
  readonly correlation: number | null;
  /** Length of the gradient of the loss by all of these values. */
  readonly gradientNorm: number | null;
}

/** A trainable variable, its gradient, and the step that the optimizer would make with it. */
export interface ParameterExamination {
  /** Path, such as `3.weight`. */
  readonly name: string;
  /** Path of the layer that owns it. */
  readonly layer: string;
  readonly shape: readonly number[];
  readonly norm: number | null;
  readonly gradientNorm: number | null;
  /** `|change| / |parameter|` of the step that the optimizer would make on this batch; null without one, and for a parameter of zeros. */
  readonly updateRatio: number | null;
  /**
   * How much the units' weights differ: the length of their differences from the first unit's, as a share of `norm`. 0 if
   * all are the same. Null unless it is a matrix of at least two units.
   */
  readonly unitDifference: number | null;
  /** The same of the gradient. */
  readonly gradientUnitDifference: number | null;
}
