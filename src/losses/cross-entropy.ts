import { node } from "../graph/build.js";
import { formatShape, ShapeError, sameShape } from "../shape/shape.js";
import { Tensor } from "../tensor/tensor.js";
import { type LossOptions, reduce, requireSameShape } from "./reduction.js";

export interface CrossEntropyOptions extends LossOptions {
  /** Share of the target that is spread evenly over all classes, in [0, 1); default 0. */
  readonly labelSmoothing?: number;
}

/**
 * Cross-entropy of softmax classification, from logits (the values before softmax):
 *
 *     loss = -sum over c of q[c] logSoftmax(logits)[c],   q = (1 - labelSmoothing) target + labelSmoothing / C
 *
 * @param logits `[N, C]`, or `[N, C, ...]` with one decision for each position
 * @param targets int32 class indices `[N, ...]`, where an index outside 0 .. C-1 counts as no class; or
 *   probabilities, float32, shaped as the logits
 * @returns a scalar, the mean over all decisions; their sum; or all of them, `[N, ...]`
 * @throws ShapeError if the targets do not fit the logits
 *
 * Source of smoothing: Szegedy et al., "Rethinking the Inception architecture", 2016, section 7.
 */
export function crossEntropy(logits: Tensor, targets: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const { reduction, labelSmoothing = 0 } = options;
  if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
    throw new RangeError(
      `crossEntropy: labelSmoothing is ${labelSmoothing}; it must be at least 0 and below 1`,
    );
  }
  requireLogits(logits, "crossEntropy");
  const logProbabilities = logits.logSoftmax(1);
  let losses: Tensor;
  if (targets.dtype === "int32") {
    losses = pickClass(logProbabilities, targets, "crossEntropy").negate();
  } else {
    if (targets.dtype !== "float32" || !sameShape(targets.shape, logits.shape))
      throw targetError(logits, targets);
    losses = targets.multiply(logProbabilities).sum(1).negate();
  }
  if (labelSmoothing > 0) {
    losses = losses.multiply(1 - labelSmoothing).subtract(logProbabilities.mean(1).multiply(labelSmoothing));
  }
  return reduce(losses, reduction);
}

/** The values `[N, C, ...]` at the class indices `[N, ...]`; 0 for an index outside. A comparison that fuses, not a gather. */
export function pickClass(values: Tensor, labels: Tensor, loss: string): Tensor {
  return isClass(values, labels, loss).where(values, 0).sum(1);
}

/** A bool mask shaped as `[N, C, ...]`: true at the class of each position. */
export function isClass(values: Tensor, labels: Tensor, loss: string): Tensor {
  requireLogits(values, loss);
  if (labels.dtype !== "int32" || !sameShape(labels.shape, withoutClasses(values))) {
    throw targetError(values, labels, loss);
  }
  const shape = values.shape.map((extent, axis) => (axis === 1 ? extent : 1));
  const classes = new Tensor(node("iota", [], { shape, axis: 1 }));
  return labels.expandDimensions(1).equal(classes);
}

/**
 * Logistic loss of independent yes-or-no decisions, from logits:
 * `log(1 + exp(x)) - target x`, which is `-target log(p) - (1 - target) log(1 - p)` with `p = sigmoid(x)`, without
 * overflow. `targets` are float32 in [0, 1], shaped as the logits.
 */
export function binaryCrossEntropy(logits: Tensor, targets: Tensor, options: LossOptions = {}): Tensor {
  requireSameShape(logits, targets, "binaryCrossEntropy");
  return reduce(logits.softplus().subtract(targets.multiply(logits)), options.reduction);
}

/**
 * Kullback-Leibler divergence of predictions from target distributions, `sum of target (log target - prediction)`;
 * terms whose target is 0 count 0. The mean is over the first axis, the batch (PyTorch's "batchmean").
 * @param logPrediction log-probabilities
 * @param target probabilities of the same shape
 */
export function klDivergence(logPrediction: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  requireSameShape(logPrediction, target, "klDivergence");
  const positive = target.greater(0);
  const logTarget = positive.where(target, 1).log();
  const terms = positive.where(target.multiply(logTarget.subtract(logPrediction)), 0);
  const { reduction = "mean" } = options;
  if (reduction === "mean") return terms.sum().divide(terms.shape[0] ?? 1);
  return reduce(terms, reduction);
}

/** Share of the decisions whose greatest logit is at the label: logits `[N, C, ...]`, int32 labels `[N, ...]`. */
export function accuracy(logits: Tensor, labels: Tensor): Tensor {
  requireLogits(logits, "accuracy");
  if (labels.dtype !== "int32" || !sameShape(labels.shape, withoutClasses(logits))) {
    throw targetError(logits, labels, "accuracy");
  }
  return logits.argmax(1).equal(labels).cast("float32").mean();
}

function requireLogits(logits: Tensor, loss: string): void {
  if (logits.rank < 2 || logits.dtype !== "float32") {
    throw new ShapeError(
      `${loss}: logits are ${describe(logits)}, but must be float32 [batch, classes, ...]`,
    );
  }
}

function withoutClasses(logits: Tensor): number[] {
  return logits.shape.filter((_, axis) => axis !== 1);
}

function describe(x: Tensor): string {
  return `${x.dtype} ${formatShape(x.shape)}`;
}

function targetError(logits: Tensor, targets: Tensor, loss = "crossEntropy"): ShapeError {
  const probabilities =
    loss === "crossEntropy" ? `, or float32 probabilities ${formatShape(logits.shape)}` : "";
  return new ShapeError(
    `${loss}: logits ${formatShape(logits.shape)} need int32 class indices ${formatShape(withoutClasses(logits))}` +
      `${probabilities}; got ${describe(targets)}`,
  );
}
