import { node } from "../graph/build.js";
import { formatShape, ShapeError, sameShape } from "../shape/shape.js";
import { onesLike, tensor } from "../tensor/creation.js";
import { Tensor } from "../tensor/tensor.js";
import { type LossOptions, reduce, requireSameShape } from "./reduction.js";

export interface CrossEntropyOptions extends LossOptions {
  /** Share of the target that is spread evenly over all classes, in [0, 1); default 0. */
  readonly labelSmoothing?: number;
  /** How much each class counts, for classes of unequal size; default: all 1. */
  readonly classWeights?: readonly number[];
  /** An int32 target that stands for no decision: it loses nothing, and the mean leaves it out. */
  readonly ignoreIndex?: number;
}

/**
 * Cross-entropy of softmax classification, from logits (the values before softmax):
 *
 *     loss = -sum over c of weight[c] q[c] logSoftmax(logits)[c],   q = (1 - labelSmoothing) target + labelSmoothing / C
 *
 * @param logits `[N, C]`, or `[N, C, ...]` with one decision for each position
 * @param targets int32 class indices `[N, ...]`, where an index outside 0 .. C-1 counts as no class; or
 *   probabilities, float32, shaped as the logits
 * @returns a scalar, the mean over all decisions; their sum; or all of them, `[N, ...]`. Of class indices with
 *   `classWeights`, the mean is weighted: divided by the sum of the targets' weights. It is 0 where nothing counts
 * @throws ShapeError if the targets or weights do not fit the logits; RangeError for options out of range
 *
 * Source of smoothing: Szegedy et al., "Rethinking the Inception architecture", 2016, section 7.
 */
export function crossEntropy(logits: Tensor, targets: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const { reduction = "mean", labelSmoothing = 0, classWeights, ignoreIndex } = options;
  requireLogits(logits, "crossEntropy");
  checkOptions(logits, targets, options);
  const weights = classWeights && tensor(classWeights, { shape: alongClasses(logits), name: "classWeights" });
  const logProbabilities = logits.logSoftmax(1);
  const weighted = weights ? logProbabilities.multiply(weights) : logProbabilities;
  const indices = targets.dtype === "int32";
  let losses = (
    indices ? pickClass(weighted, targets, "crossEntropy") : targets.multiply(weighted).sum(1)
  ).negate();
  if (labelSmoothing > 0) {
    losses = losses.multiply(1 - labelSmoothing).subtract(weighted.mean(1).multiply(labelSmoothing));
  }
  const kept = ignoreIndex === undefined ? undefined : targets.notEqual(ignoreIndex);
  if (kept) losses = kept.where(losses, 0);
  if (reduction !== "mean" || !indices || !(weights || kept)) return reduce(losses, reduction);
  const parts = weights
    ? pickClass(weights.broadcastTo(logits.shape), targets, "crossEntropy")
    : onesLike(losses);
  const total = (kept ? kept.where(parts, 0) : parts).sum();
  return losses.sum().divide(total.greater(0).where(total, 1));
}

function checkOptions(logits: Tensor, targets: Tensor, options: CrossEntropyOptions): void {
  const { labelSmoothing = 0, classWeights, ignoreIndex } = options;
  if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
    throw new RangeError(
      `crossEntropy: labelSmoothing is ${labelSmoothing}; it must be at least 0 and below 1`,
    );
  }
  const soft = targets.dtype === "float32" && sameShape(targets.shape, logits.shape);
  if (targets.dtype !== "int32" && !soft) throw targetError(logits, targets);
  if (soft && ignoreIndex !== undefined) {
    throw new RangeError(
      `crossEntropy: ignoreIndex ${ignoreIndex} is for class indices; the targets are probabilities`,
    );
  }
  if (classWeights && classWeights.length !== logits.shape[1]) {
    throw new ShapeError(
      `crossEntropy: ${classWeights.length} classWeights for logits ${formatShape(logits.shape)}, which need ${logits.shape[1]}`,
    );
  }
  const wrong = classWeights?.find((weight) => !(weight >= 0 && weight < Infinity));
  if (wrong !== undefined) {
    throw new RangeError(`crossEntropy: a class weight is ${wrong}; it must be finite and at least 0`);
  }
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
  const classes = new Tensor(node("iota", [], { shape: alongClasses(values), axis: 1 }));
  return labels.expandDimensions(1).equal(classes);
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

/** `[1, C, 1, ...]` */
function alongClasses(logits: Tensor): number[] {
  return logits.shape.map((extent, axis) => (axis === 1 ? extent : 1));
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
