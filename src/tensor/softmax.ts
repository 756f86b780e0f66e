import type { Node } from "../graph/types.js";
import { normalizeAxes, reducedShape } from "../shape/shape.js";
import { add, divide, exp, log, subtract, where } from "./elementwise.js";
import { reshape } from "./movement.js";
import { finite, stopGradient } from "./numeric.js";
import { type Axes, max, sum } from "./reduction.js";

/** `exp(x) / sum(exp(x))` along `axis`. The greatest element is subtracted first, so that nothing overflows. */
export function softmax(x: Node, axis = -1): Node {
  const shifted = exp(subtract(x, stopGradient(max(x, axis, true))));
  return divide(shifted, sum(shifted, axis, true));
}

/** `x - log(sum(exp(x)))` along `axis`, without forming probabilities that could underflow to 0. */
export function logSoftmax(x: Node, axis = -1): Node {
  const shifted = subtract(x, stopGradient(max(x, axis, true)));
  return subtract(shifted, log(sum(exp(shifted), axis, true)));
}

/** `log(sum(exp(x)))` over `axes`; -infinity where every element is. */
export function logSumExp(x: Node, axes?: Axes, keepDimensions = false): Node {
  const list = normalizeAxes(axes, x.shape.length, "logSumExp");
  const greatest = stopGradient(max(x, list, true));
  // inf - inf is NaN, so an infinite maximum is not subtracted.
  const shift = where(finite(greatest), greatest, 0);
  const result = add(log(sum(exp(subtract(x, shift)), list, true)), shift);
  return keepDimensions ? result : reshape(result, reducedShape(x.shape, list, false));
}
