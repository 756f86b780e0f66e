import type { Node } from "../graph/types.js";
import {
  abs,
  add,
  divide,
  erf,
  exp,
  greater,
  greaterEqual,
  less,
  lessEqual,
  log,
  maximum,
  multiply,
  negate,
  sigmoid,
  sign,
  subtract,
  tanh,
  where,
} from "./elementwise.js";
import { stopGradient } from "./numeric.js";

// Where a function has a kink, its derivative there is what PyTorch gives: that of one side, named with each function.

/** 1 where positive, else 0. The derivative is 0 everywhere, so nothing behind a step learns by gradients. */
export function step(x: Node): Node {
  return maximum(sign(x), 0);
}

/**
 * `max(x, 0)`. Written as a choice so that its derivative at 0 is 0, as is usual, and not the even share that
 * `maximum` gives; the comparison is turned so that NaN passes through.
 */
export function relu(x: Node): Node {
  return where(lessEqual(x, 0), 0, x);
}

/** `x` where positive, else `slope * x`; the derivative at 0 is `slope`. */
export function leakyRelu(x: Node, slope = 0.01): Node {
  return where(lessEqual(x, 0), multiply(x, slope), x);
}

/**
 * `x` where positive, else `slope * x` with a learned slope that spreads over `x` by broadcasting; the derivative at 0 is
 * the slope. (He et al. 2015, https://arxiv.org/abs/1502.01852)
 */
export function prelu(x: Node, slope: Node): Node {
  return where(lessEqual(x, 0), multiply(x, slope), x);
}

/**
 * `x` where positive, else `alpha * (exp(x) - 1)`; the derivative at 0 is `alpha`. (Clevert et al. 2016,
 * https://arxiv.org/abs/1511.07289)
 */
export function elu(x: Node, alpha = 1): Node {
  const negative = lessEqual(x, 0);
  // The inner choice keeps exp finite on the branch that is not taken, whose gradient would otherwise be 0 * inf.
  return where(negative, multiply(subtract(exp(where(negative, x, 0)), 1), alpha), x);
}

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/**
 * `1.0507 * elu(x, 1.6733)`, whose constants hold mean 0 and variance 1 through layers that start from `leCunNormal`.
 * (Klambauer et al. 2017, https://arxiv.org/abs/1706.02515)
 */
export function selu(x: Node): Node {
  return multiply(elu(x, SELU_ALPHA), SELU_SCALE);
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
 * `log(1 + exp(x))`, as `max(x, 0) + log(1 + exp(-|x|))`, which overflows nowhere and keeps its relative precision far
 * below zero. Written with choices instead of `max` and `|x|`, so that derivatives of every order are right at 0, too.
 */
export function softplus(x: Node): Node {
  const negative = lessEqual(x, 0);
  return add(where(negative, 0, x), logOnePlus(exp(where(negative, x, negate(x)))));
}

/**
 * `log(1 + x)` for x in 0 ... 1. What is rounded off in the sum, all of a tiny x, is added to the logarithm, whose slope there
 * is nearly 1; mathematically it is nothing, so it has no derivative.
 */
function logOnePlus(x: Node): Node {
  const sum = add(x, 1);
  return add(log(sum), stopGradient(subtract(x, subtract(sum, 1))));
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

/** `low` up to `low`, `high` from `high` on, else `x`; the derivative on both bounds is 0. NaN passes through. */
export function hardTanh(x: Node, low = -1, high = 1): Node {
  return where(lessEqual(x, low), low, where(greaterEqual(x, high), high, x));
}

/** `x / 6 + 1/2` between -3 and 3, 0 below and 1 above; the derivative on both bounds is 0. */
export function hardSigmoid(x: Node): Node {
  return divide(hardTanh(add(x, 3), 0, 6), 6);
}

/**
 * `x * hardSigmoid(x)`; the derivatives at the kinks, -3 and 3, are the inner ones, -1/2 and 3/2. (Howard et al. 2019,
 * https://arxiv.org/abs/1905.02244)
 */
export function hardSwish(x: Node): Node {
  return multiply(x, divide(clip(add(x, 3), 0, 6), 6));
}

/** `x * tanh(softplus(x))`. (Misra 2019, https://arxiv.org/abs/1908.08681) */
export function mish(x: Node): Node {
  return multiply(x, tanh(softplus(x)));
}

/** `log(sigmoid(x))`, as `-softplus(-x)`, which does not overflow. */
export function logSigmoid(x: Node): Node {
  return negate(softplus(negate(x)));
}
