import { node } from "../graph/build.js";
import type { Computation } from "../graph/computation.js";
import type { Node, NodeOf } from "../graph/types.js";
import { baseOf } from "../graph/views.js";
import { constant } from "../tensor/elementwise.js";
import { rewrite } from "./rewrite.js";

/**
 * Lets the backward pass of `y = relu(x)` ask for the sign of y instead of that of x: `x <= 0` and `y <= 0` are the same, for
 * NaN as well. Then x need not be kept, and the kernel that computes it goes on to y.
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
      const mask = node("compare", [y, constant(0, "float32", y.shape)], { comparison: "lessEqual" });
      return node("where", [mask, a, b], {});
    },
  });
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
