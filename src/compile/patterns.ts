import type { Node } from "../graph/types.js";

function isConstant(node: Node | undefined, value: number): boolean {
  let base = node;
  while (base?.op === "broadcast" || base?.op === "reshape") base = base.inputs[0];
  return base?.op === "constant" && base.attributes.value === value;
}

/**
 * The x of `1 / (1 + exp(-max(x, -87)))`, which is how `sigmoid` is composed; undefined for other nodes. Backends have a
 * function for it that is exact in the tails, where the composition must stop to keep its gradient finite.
 */
export function sigmoidOperand(node: Node): Node | undefined {
  if (node.op !== "reciprocal") return undefined;
  const sum = node.inputs[0]!;
  if (sum.op !== "add" || !isConstant(sum.inputs[1], 1)) return undefined;
  const power = sum.inputs[0]!;
  const negated = power.op === "exp" ? power.inputs[0]! : undefined;
  const bounded = negated?.op === "negate" ? negated.inputs[0]! : undefined;
  return bounded?.op === "maximum" && isConstant(bounded.inputs[1], -87) ? bounded.inputs[0] : undefined;
}
