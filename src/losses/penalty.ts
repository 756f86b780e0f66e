import type { Variable } from "../runtime/variable.js";
import { scalar } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";

/**
 * `sum of |w|` over all parameters, to be added to a loss with a small factor: it drives weights that are of little use to
 * zero (lasso). The derivative where a weight is 0 is taken as 0.
 */
export function l1(parameters: readonly Variable[]): Tensor {
  return total(parameters, (w) => w.abs().sum());
}

/**
 * `sum of w^2 / 2` over all parameters, to be added to a loss with a small factor: it keeps all weights small (ridge). Its
 * gradient is w, so `rate * l2(parameters)` does what the optimizers' `weightDecay: rate` does.
 */
export function l2(parameters: readonly Variable[]): Tensor {
  return total(parameters, (w) => w.square().sum().multiply(0.5));
}

function total(parameters: readonly Variable[], penalty: (w: Tensor) => Tensor): Tensor {
  return parameters.reduce((sum, { value }) => sum.add(penalty(value)), scalar(0));
}
