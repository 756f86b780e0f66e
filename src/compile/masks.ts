import { node } from "../graph/build.js";
import type { Computation } from "../graph/computation.js";
import type { Node, NodeOf } from "../graph/types.js";
import { baseOf } from "../graph/views.js";
import { constant } from "../tensor/elementwise.js";
import { rewrite } from "./rewrite.js";

/**
 * Lets the backward pass of `y = relu(x)` ask for the sign of y instead of that of x: `x <= 0` and `y <= 0` are the same, for
 * NaN as well. Then x need not be kept, and the kernel that computes it goes on to y.
 *
 * Where y goes on to max pooling, the few gradients of its windows are masked and added up instead of the many that they are
 * spread to: a window's gradient goes to one cell, whose value is the window's maximum.
 */
export function shareMasks(computation: Computation): Computation {
  const rectified = new Map<Node, Node>();
  return rewrite(computation, {
    where(of) {
      const [condition, a, b] = of.inputs as readonly [Node, Node, Node];
      if (isRelu(of)) {
        rectified.set(condition, of);
        return undefined;
      }
      const y = rectified.get(condition);
      if (y === undefined) return undefined;
      if (b.op === "maxPoolGradient" && b.inputs[0] === y && isZero(a)) {
        const gradient = masked(node("maxPool", [y], b.attributes), b.inputs[1]!);
        return node("maxPoolGradient", [y, gradient], b.attributes);
      }
      return masked(y, b, a);
    },
    sum({ inputs: [x], attributes }) {
      if (x!.op !== "maxPoolGradient") return undefined;
      const whole = x!.shape.every((_, axis) => axis < 2 || attributes.axes.includes(axis));
      // What goes to the padding is lost.
      const padded = x!.attributes.padding.flat().some((extent) => extent > 0);
      return whole && !padded ? node("sum", [x!.inputs[1]!], attributes) : undefined;
    },
  });
}

/** `where(y <= 0, instead, x)`. */
function masked(y: Node, x: Node, instead: Node = constant(0, "float32", x.shape)): Node {
  const mask = node("compare", [y, constant(0, "float32", y.shape)], { comparison: "lessEqual" });
  return node("where", [mask, instead, x], {});
}

/** `where(x <= 0, 0, x)`. */
function isRelu(of: NodeOf<"where">): boolean {
  const [condition, zero, x] = of.inputs as readonly [Node, Node, Node];
  return (
    isZero(zero) &&
    condition.op === "compare" &&
    condition.attributes.comparison === "lessEqual" &&
    condition.inputs[0] === x &&
    isZero(condition.inputs[1]!)
  );
}

function isZero(x: Node): boolean {
  const base = baseOf(x);
  return base.op === "constant" && base.attributes.value === 0;
}
