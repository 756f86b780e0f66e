import type { Node, ReductionOp } from "../../graph/types.js";
import { reducedShape, type Shape, sizeOf } from "../../shape/shape.js";
import { cast, divide, equal, multiply, where } from "../../tensor/elementwise.js";
import { broadcastTo, pad, permute, reshape } from "../../tensor/movement.js";
import { cumulativeSum, sum } from "../../tensor/reduction.js";
import type { RulesFor } from "../rule.js";

export const reductionRules: RulesFor<ReductionOp | "argmax" | "cumulativeSum"> = {
  sum: (g, { inputs: [x], attributes: { axes } }) => [spread(g, axes, x!.shape)],
  max: (g, y) => [amongEquals(g, y, y.inputs[0]!, y.attributes.axes)],
  min: (g, y) => [amongEquals(g, y, y.inputs[0]!, y.attributes.axes)],
  product: (g, { inputs: [x], attributes: { axes } }) => [
    multiply(spread(g, axes, x!.shape), productsOfOthers(x!, axes)),
  ],
  argmax: "notDifferentiable",
  cumulativeSum: (g, { attributes: { axis, exclusive, reverse } }) => [
    cumulativeSum(g, axis, { exclusive, reverse: !reverse }),
  ],
};

/** Undoes the shape of a reduction: repeats `g` along the axes that were dropped. */
function spread(g: Node, axes: readonly number[], shape: Shape): Node {
  return broadcastTo(reshape(g, reducedShape(shape, axes, true)), shape);
}

/** Splits `g` evenly among the elements of `x` that equal the extreme `y`. */
function amongEquals(g: Node, y: Node, x: Node, axes: readonly number[]): Node {
  const extreme = equal(x, spread(y, axes, x.shape));
  const count = sum(cast(extreme, "float32"), axes);
  return where(extreme, spread(divide(g, count), axes, x.shape), 0);
}

/**
 * For each element the product of the others along `axes`. Dividing the whole product by the element fails at zeros, and
 * choosing cases by the number of zeros is right only for first derivatives. So: the product of those before times the
 * product of those after, each by doubling, in 2 log2(n) steps.
 */
function productsOfOthers(x: Node, axes: readonly number[]): Node {
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const order = [...kept, ...axes];
  const moved = permute(x, order);
  const count = sizeOf(axes.map((axis) => x.shape[axis]!));
  const rows = reshape(moved, [sizeOf(kept.map((axis) => x.shape[axis]!)), count]);
  const others = multiply(productsBefore(rows, count, 1), productsBefore(rows, count, -1));
  return permute(
    reshape(others, moved.shape),
    order.map((_, axis) => order.indexOf(axis)),
  );
}

/** For `[rows, count]`, the product of the elements before each one (direction 1) or after it (-1). */
function productsBefore(rows: Node, count: number, direction: 1 | -1): Node {
  const shift = (x: Node, by: number) =>
    pad(
      x,
      [
        [0, 0],
        [direction * by, -direction * by],
      ],
      1,
    );
  if (count === 0) return rows;
  let result = shift(rows, 1);
  for (let reach = 1; reach < count; reach *= 2) result = multiply(result, shift(result, reach));
  return result;
}
