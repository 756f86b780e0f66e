import { evaluate } from "../../src/backends/reference/evaluate.js";
import type { Node } from "../../src/graph/types.js";
import type { Tensor } from "../../src/tensor/tensor.js";

export { evaluate };

/** The values of a tensor whose leaves are all arrays given by the test, in float64. */
export function valuesOf(x: Tensor): number[] {
  return [...evaluate([x.node], dataOf)[0]!];
}

export function dataOf(leaf: Node): ArrayLike<number> {
  if (leaf.op === "input" && leaf.attributes.slot.data) return leaf.attributes.slot.data;
  throw new Error(`the test gives no value for ${leaf.op}`);
}
