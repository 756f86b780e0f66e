import type { Tensor } from "../tensor/tensor.js";
import { type LossOptions, reduce, requireSameShape } from "./reduction.js";

export interface BinaryCrossEntropyOptions extends LossOptions {
  /** What the predictions are. Default: logits, the values before the sigmoid, whose loss is exact at any size. */
  readonly from?: "logits" | "probabilities";
}

/** As far down as `log(probability)` goes, as in PyTorch. */
const leastLog = -100;

/**
 * Logistic loss of independent yes-or-no decisions, `-target log(p) - (1 - target) log(1 - p)`: of classes that do not exclude
 * each other, or of the pixels of a reconstruction. From logits x it is `log(1 + exp(x)) - target x`, without overflow
 * and without loss of digits where the decision is sure and right. From probabilities, logarithms stop at -100.
 *
 * @param predictions logits, or (`from: "probabilities"`) numbers in [0, 1]
 * @param targets float32 in [0, 1], shaped as the predictions
 * @throws ShapeError if the shapes differ
 */
export function binaryCrossEntropy(
  predictions: Tensor,
  targets: Tensor,
  options: BinaryCrossEntropyOptions = {},
): Tensor {
  const { from = "logits", reduction } = options;
  requireSameShape(predictions, targets, "binaryCrossEntropy");
  return reduce(
    from === "logits" ? ofLogits(predictions, targets) : ofProbabilities(predictions, targets),
    reduction,
  );
}

function ofLogits(x: Tensor, targets: Tensor): Tensor {
  // log(1 + exp(x)) is max(x, 0) + log(1 + exp(-|x|)). For x > 0 and target 1, the first part goes exactly.
  const farther = x.lessEqual(0).where(x, x.negate());
  return x.relu().subtract(targets.multiply(x)).add(farther.softplus());
}

function ofProbabilities(p: Tensor, targets: Tensor): Tensor {
  const log = (x: Tensor) => x.maximum(Math.exp(leastLog)).log();
  const no = targets
    .negate()
    .add(1)
    .multiply(log(p.negate().add(1)));
  return targets.multiply(log(p)).add(no).negate();
}
