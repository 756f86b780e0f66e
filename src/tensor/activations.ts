import type { Node } from "../graph/types.js";
import {
  abs,
  add,
  divide,
  erf,
  exp,
  greater,
  less,
  lessEqual,
  log,
  maximum,
  multiply,
  negate,
  reciprocal,
  subtract,
  tanh,
  where,
} from "./elementwise.js";

/**
 * `max(x, 0)`. Written as a choice so that its derivative at 0 is 0, as is usual, and not the even share that
 * `maximum` gives; the comparison is turned so that NaN passes through.
 */
export function relu(x: Node): Node {
  return where(lessEqual(x, 0), 0, x);
}

/** `x` where positive, else `slope * x`. */
export function leakyRelu(x: Node, slope = 0.01): Node {
  return where(lessEqual(x, 0), multiply(x, slope), x);
}

/** `x` where positive, else `alpha * (exp(x) - 1)`. (Clevert et al. 2016, https://arxiv.org/abs/1511.07289) */
export function elu(x: Node, alpha = 1): Node {
  const negative = lessEqual(x, 0);
  // The inner choice keeps exp finite on the branch that is not taken, whose gradient would otherwise be 0 * inf.
  return where(negative, multiply(subtract(exp(where(negative, x, 0)), 1), alpha), x);
}

/**
 * `x * P(Z <= x)` for a standard normal Z: `x/2 * (1 + erf(x / sqrt 2))`, or with "tanh" the cheaper
 * `x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3)))`. (Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415)
 */
export function gelu(x: Node, form: "erf" | "tanh" = "erf"): Node {
  const half = multiply(x, 0.5);
  if (form === "erf") return multiply(half, add(erf(multiply(x, Math.SQRT1_2)), 1));
  const inner = multiply(add(x, multiply(multiply(multiply(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI));
  return multiply(half, add(tanh(inner), 1));
}

/**
 * `log(1 + exp(x))` as `max(x, 0) + log(1 + exp(-|x|))`, which overflows nowhere. Absolute error about 1e-7; the even
 * share at 0 makes its derivative there 1/2, which is right.
 */
export function softplus(x: Node): Node {
  return add(maximum(x, 0), log(add(exp(negate(abs(x))), 1)));
}

/**
 * `1 / (1 + exp(-x))`. The operand is held above -87, where exp(-x) is still finite: the value there is below
 * the smallest normal float anyway, and the gradient stays 0 instead of 0 * inf. Unlike `(1 + tanh(x/2)) / 2`, this keeps
 * the relative precision of small results, and their gradients.
 */
export function sigmoid(x: Node): Node {
  return reciprocal(add(exp(negate(maximum(x, -87))), 1));
}

/** `x * sigmoid(x)`, also called swish. (Elfwing et al. 2017, https://arxiv.org/abs/1702.03118) */
export function silu(x: Node): Node {
  return multiply(x, sigmoid(x));
}

/** `x / (1 + |x|)`. */
export function softsign(x: Node): Node {
  return divide(x, add(abs(x), 1));
}

/** `low` below `low`, `high` above `high`, else `x`; the derivative is 1 on both bounds. NaN passes through. */
export function clip(x: Node, low: number, high: number): Node {
  return where(less(x, low), low, where(greater(x, high), high, x));
}
