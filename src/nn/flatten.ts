import { sizeOf } from "../shape/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { Module } from "./module.js";

/** Lays each example out in a row: `[N, ...shape]` -> `[N, product of shape]`. */
export class Flatten extends Module {
  readonly kind = "flatten";

  override reach(): "pointwise" {
    return "pointwise";
  }

  protected override compute(x: Tensor): Tensor {
    return x.reshape([x.shape[0]!, sizeOf(x.shape.slice(1))]);
  }
}

/** Lays each example out in a row; see `Flatten`. */
export function flatten(): Flatten {
  return new Flatten();
}
