import { node } from "../graph/build.js";
import type { Node } from "../graph/types.js";
import { abs, equal, less, lessEqual, multiply, not, power, sqrt, where } from "./elementwise.js";
import { type Axes, max, sum } from "./reduction.js";

/** The value of `x`, constant to differentiation. */
export function stopGradient(x: Node): Node {
  return node("stopGradient", [x], {});
}

/** True where `x` is neither NaN nor infinite. */
export function finite(x: Node): Node {
  return less(abs(x), Infinity);
}

/** True where `x` is NaN. */
export function notANumber(x: Node): Node {
  return not(lessEqual(abs(x), Infinity));
}

/**
 * `(sum |x|^order)^(1/order)` over `axes` (all by default); `Infinity` gives the greatest magnitude. The derivative where
 * the norm is 0 is taken as 0.
 */
export function norm(x: Node, order = 2, axes?: Axes, keepDimensions = false): Node {
  if (order === Infinity) return max(abs(x), axes, keepDimensions);
  if (order === 1) return sum(abs(x), axes, keepDimensions);
  return root(sum(order === 2 ? multiply(x, x) : power(abs(x), order), axes, keepDimensions), order);
}

/** `x^(1/order)` of x >= 0, with derivative 0 at 0 instead of infinity. */
export function root(x: Node, order: number): Node {
  const zero = equal(x, 0);
  const safe = where(zero, 1, x);
  return where(zero, 0, order === 2 ? sqrt(safe) : power(safe, 1 / order));
}
