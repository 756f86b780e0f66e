import { formatShape } from "../shape/shape.js";
import { type Loop, loopsOf } from "./scan.js";
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
  const loops = loopsOf(order);
  const numbers = new Map([...new Set(loops.values())].map((loop, number) => [loop, number]));
  const lines = order.map((node) => {
    const phase = node.origin.phase === "forward" ? "" : `(${node.origin.phase})`;
    const loop = loops.get(node);
    const notes = [loop ? `loop ${numbers.get(loop)}` : "", node.origin.layer, phase];
    const note = notes.filter((part) => part !== "").join(" ");
    return `${nameOf(node)} = ${printNode(node, nameOf)}${note ? `  ${note}` : ""}`;
  });
  const steps = [...numbers].map(([loop, number]) => `loop ${number}:\n${indent(printStep(loop))}`);
  return [...lines, `return ${roots.map(nameOf).join(", ")}`, ...steps].join("\n");
}

/** A loop's body: it returns the carries' next values, and then what its results stack. */
function printStep({ attributes, results }: Loop): string {
  const stacked = results.flatMap(({ attributes: { result } }) =>
    result.kind === "stack" ? [result.value] : [],
  );
  return print([...attributes.next, ...stacked]);
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "  ");
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
  if (node.op === "scan") {
    const { length, reverse, result } = node.attributes;
    const which = result.kind === "stack" ? "stack" : `${result.kind} ${result.carry}`;
    return [which, `length: ${length}`, ...(reverse ? ["reverse"] : [])];
  }
  return Object.entries(node.attributes).map(([key, value]) => `${key}: ${describeValue(value)}`);
}

function describeValue(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(describeValue).join(", ")}]` : String(value);
}
