import type { Tensor } from "../tensor/tensor.js";
import { type LossOptions, reduce, requireSameShape } from "./reduction.js";

/** `(prediction - target)^2`; the mean is over all elements. */
export function meanSquaredError(prediction: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  requireSameShape(prediction, target, "meanSquaredError");
  return reduce(prediction.subtract(target).square(), options.reduction);
}

/** `|prediction - target|`; the mean is over all elements. */
export function meanAbsoluteError(prediction: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  requireSameShape(prediction, target, "meanAbsoluteError");
  return reduce(prediction.subtract(target).abs(), options.reduction);
}

export interface HuberOptions extends LossOptions {
  /** Where the square turns into a line; default 1. */
  readonly delta?: number;
}

/**
 * `e^2 / 2` where `|e| <= delta`, else `delta (|e| - delta / 2)`, for `e = prediction - target`.
 *
 * Source: Huber, "Robust estimation of a location parameter", 1964.
 */
export function huber(prediction: Tensor, target: Tensor, options: HuberOptions = {}): Tensor {
  const { delta = 1, reduction } = options;
  if (!(delta > 0)) throw new RangeError(`huber: delta is ${delta}; it must be above 0`);
  requireSameShape(prediction, target, "huber");
  const error = prediction.subtract(target);
  const size = error.abs();
  const line = size.subtract(delta / 2).multiply(delta);
  return reduce(size.lessEqual(delta).where(error.square().multiply(0.5), line), reduction);
}

export interface SmoothL1Options extends LossOptions {
  /** Where the square turns into a line of slope 1; default 1. */
  readonly beta?: number;
}

/**
 * `e^2 / (2 beta)` where `|e| <= beta`, else `|e| - beta / 2`: Huber's loss divided by its `delta`.
 *
 * Source: Girshick, "Fast R-CNN", 2015, equation 3.
 */
export function smoothL1(prediction: Tensor, target: Tensor, options: SmoothL1Options = {}): Tensor {
  const { beta = 1, reduction } = options;
  if (!(beta > 0)) throw new RangeError(`smoothL1: beta is ${beta}; it must be above 0`);
  requireSameShape(prediction, target, "smoothL1");
  return reduce(huber(prediction, target, { delta: beta, reduction: "none" }).divide(beta), reduction);
}

/**
 * Negative log-likelihood of counts from a Poisson distribution, `exp(x) - count x`, up to a constant; x is the
 * logarithm of the predicted rate.
 */
export function poisson(logRate: Tensor, count: Tensor, options: LossOptions = {}): Tensor {
  requireSameShape(logRate, count, "poisson");
  return reduce(logRate.exp().subtract(count.multiply(logRate)), options.reduction);
}
