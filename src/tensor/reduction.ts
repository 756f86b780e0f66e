import { node } from "../graph/build.js";
import type { Node, ReductionOp } from "../graph/types.js";
import { normalizeAxes, normalizeAxis, reducedShape, sizeOf } from "../shape/shape.js";
import { cast, divide, multiply, sqrt, subtract } from "./elementwise.js";
import { reshape } from "./movement.js";

export type Axes = number | readonly number[];

function reduction(op: ReductionOp) {
  return (x: Node, axes?: Axes, keepDimensions = false): Node => {
    const list = normalizeAxes(axes, x.shape.length, op);
    const input = x.dtype === "bool" ? cast(x, "int32") : x;
    if (list.length === 0) return input;
    const reduced = node(op, [input], { axes: list }) as Node;
    return keepDimensions ? reshape(reduced, reducedShape(x.shape, list, true)) : reduced;
  };
}

export const sum = reduction("sum");
export const max = reduction("max");
export const min = reduction("min");
export const product = reduction("product");

/** Arithmetic mean over `axes`; float32. */
export function mean(x: Node, axes?: Axes, keepDimensions = false): Node {
  const list = normalizeAxes(axes, x.shape.length, "mean");
  const count = sizeOf(list.map((axis) => x.shape[axis]!));
  return divide(sum(cast(x, "float32"), list, keepDimensions), count);
}

/** Mean squared deviation, divided by `count - correction` (0: population, 1: Bessel's). */
export function variance(x: Node, axes?: Axes, { correction = 0, keepDimensions = false } = {}): Node {
  const list = normalizeAxes(axes, x.shape.length, "variance");
  const count = sizeOf(list.map((axis) => x.shape[axis]!));
  const deviation = subtract(x, mean(x, list, true));
  return divide(sum(multiply(deviation, deviation), list, keepDimensions), count - correction);
}

export function standardDeviation(
  x: Node,
  axes?: Axes,
  options: { correction?: number; keepDimensions?: boolean } = {},
): Node {
  return sqrt(variance(x, axes, options));
}

/** Index of the first greatest element along `axis`, which is dropped. */
export function argmax(x: Node, axis = -1): Node {
  const input = x.dtype === "bool" ? cast(x, "int32") : x;
  return node("argmax", [input], { axis: normalizeAxis(axis, x.shape.length, "argmax") });
}

/** Running sum along `axis`; `exclusive` leaves out the element itself, `reverse` runs from the end. */
export function cumulativeSum(x: Node, axis = -1, { exclusive = false, reverse = false } = {}): Node {
  const input = x.dtype === "bool" ? cast(x, "int32") : x;
  return node("cumulativeSum", [input], {
    axis: normalizeAxis(axis, x.shape.length, "cumulativeSum"),
    exclusive,
    reverse,
  });
}
