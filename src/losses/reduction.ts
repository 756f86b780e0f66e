import { formatShape, ShapeError, sameShape } from "../shape/shape.js";
import type { Tensor } from "../tensor/tensor.js";

/** What becomes of the losses of the single examples: their mean (the default), their sum, or nothing. */
export type Reduction = "mean" | "sum" | "none";

export interface LossOptions {
  readonly reduction?: Reduction;
}

/** Reduces a tensor of losses to a scalar, or leaves it. */
export function reduce(losses: Tensor, reduction: Reduction = "mean"): Tensor {
  if (reduction === "none") return losses;
  return reduction === "sum" ? losses.sum() : losses.mean();
}

/** Checks that the prediction and the target of an elementwise loss have one shape; a silent broadcast would be wrong. */
export function requireSameShape(prediction: Tensor, target: Tensor, loss: string): void {
  if (!sameShape(prediction.shape, target.shape)) {
    throw new ShapeError(
      `${loss}: predictions ${formatShape(prediction.shape)} and targets ${formatShape(target.shape)} must have one shape`,
    );
  }
}
