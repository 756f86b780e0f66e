import { formatShape } from "../shape/shape.js";
import type { Node } from "./types.js";
import { topological } from "./walk.js";

/**
 * A listing of the graph, operands before users, one node a line, numbered in that order:
 * `%3 = sum(%2, axes: [0]) float32[3]  features.0 (backward)`.
 */
export function print(roots: readonly Node[]): string {
  const order = topological(roots);
  const names = new Map(order.map((node, position) => [node, `%${position}`]));
  const nameOf = (node: Node) => names.get(node)!;
  const lines = order.map((node) => {
    const phase = node.origin.phase === "forward" ? "" : `(${node.origin.phase})`;
    const origin = [node.origin.layer, phase].filter((part) => part !== "").join(" ");
    return `${nameOf(node)} = ${printNode(node, nameOf)}${origin ? `  ${origin}` : ""}`;
  });
  return [...lines, `return ${roots.map(nameOf).join(", ")}`].join("\n");
}

/** One node, such as `add(%1, %2) float32[2, 3]`; operands are named by their ids unless `nameOf` says otherwise. */
export function printNode(
  node: Node,
  nameOf: (operand: Node) => string = (operand) => `#${operand.id}`,
): string {
  const details = [...node.inputs.map((operand) => nameOf(operand)), ...describeAttributes(node)];
  return `${node.op}(${details.join(", ")}) ${node.dtype}${formatShape(node.shape)}`;
}

function describeAttributes(node: Node): string[] {
  if (node.op === "input") return [node.attributes.slot.name];
  if (node.op === "variable") return [node.attributes.cell.name];
  if (node.op === "constant") return [String(node.attributes.value)];
  if (node.op === "reshape" || node.op === "broadcast") return [];
  return Object.entries(node.attributes).map(([key, value]) => `${key}: ${describeValue(value)}`);
}

function describeValue(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(describeValue).join(", ")}]` : String(value);
}
