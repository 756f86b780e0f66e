import type { Tensor } from "../tensor/tensor.js";
import { isClass, pickClass } from "./cross-entropy.js";
import { type LossOptions, reduce, requireSameShape } from "./reduction.js";

export interface HingeOptions extends LossOptions {
  /** By how much the right side must win; default 1. */
  readonly margin?: number;
}

/** `max(0, margin - target score)` for targets of -1 or 1 (float32, shaped as the scores): a linear support vector machine. */
export function hinge(scores: Tensor, targets: Tensor, options: HingeOptions = {}): Tensor {
  requireSameShape(scores, targets, "hinge");
  const lack = targets
    .multiply(scores)
    .negate()
    .add(options.margin ?? 1);
  return reduce(lack.relu(), options.reduction);
}

/**
 * Multiclass hinge, `sum over the wrong classes c of max(0, margin - score[label] + score[c]) / C`.
 * Scores `[N, C]` or `[N, C, ...]`, int32 labels `[N, ...]`; the mean is over all decisions.
 *
 * Source: Weston and Watkins, "Support vector machines for multi-class pattern recognition", 1999; divided by the
 * number of classes as in PyTorch's `MultiMarginLoss`.
 */
export function multiclassHinge(scores: Tensor, labels: Tensor, options: HingeOptions = {}): Tensor {
  const right = isClass(scores, labels, "multiclassHinge");
  const score = pickClass(scores, labels, "multiclassHinge").expandDimensions(1);
  const lack = scores
    .subtract(score)
    .add(options.margin ?? 1)
    .relu();
  return reduce(right.where(0, lack).mean(1), options.reduction);
}

/**
 * `max(0, -target score)` for targets of -1 or 1 (float32, shaped as the scores): what a perceptron makes small. With stochastic
 * gradient descent at rate 1, one example a step, it is Rosenblatt's rule: where the score has the wrong sign, add
 * `target * input` to the weights. A score of 0 counts as wrong (its derivative is `-target`), or zero weights would never move.
 *
 * Source: Rosenblatt, "The perceptron", 1958.
 */
export function perceptron(scores: Tensor, targets: Tensor, options: LossOptions = {}): Tensor {
  requireSameShape(scores, targets, "perceptron");
  const agreement = targets.multiply(scores);
  return reduce(agreement.greater(0).where(0, agreement.negate()), options.reduction);
}
