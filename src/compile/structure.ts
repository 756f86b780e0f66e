import { attributesKey } from "../graph/build.js";
import type { Computation } from "../graph/computation.js";
import type { InputSlot, Node, OpAttributes, OpName, VariableCell } from "../graph/types.js";
import { topological } from "../graph/walk.js";

/** Something a program reads from or writes to, bound when it runs. */
export type Leaf =
  | { readonly kind: "input"; readonly slot: InputSlot }
  | { readonly kind: "variable"; readonly cell: VariableCell };

export interface Structure {
  /**
   * A text that is equal for two computations exactly when one program serves both: same operations, attributes and
   * types in the same places, whatever the identity of inputs and variables. It is compared in full, so there
   * are no collisions to fear.
   */
  readonly key: string;
  /** In the order in which programs are given their buffers. */
  readonly leaves: readonly Leaf[];
}

/** Nodes of a computation, operands first. */
export function nodesOf(computation: Computation): Node[] {
  return topological([...computation.outputs, ...computation.updates.map((update) => update.value)]);
}

export function structureOf(computation: Computation): Structure {
  const order = nodesOf(computation);
  const numbers = new Map<Node, number>();
  const leaves: Leaf[] = [];
  const cells = new Map<VariableCell, number>();
  const addCell = (cell: VariableCell): number => {
    let index = cells.get(cell);
    if (index === undefined) {
      index = leaves.length;
      cells.set(cell, index);
      leaves.push({ kind: "variable", cell });
    }
    return index;
  };
  const lines = order.map((node, number) => {
    numbers.set(node, number);
    const type = `${node.dtype}[${node.shape}]`;
    if (node.op === "input")
      return `i${leaves.push({ kind: "input", slot: node.attributes.slot }) - 1}:${type}`;
    if (node.op === "variable") return `v${addCell(node.attributes.cell)}:${type}`;
    const attributes = attributesKey<OpName>(node.op, node.attributes as OpAttributes[OpName]);
    return `${node.op}(${node.inputs.map((input) => numbers.get(input))})${attributes}`;
  });
  const outputs = computation.outputs.map((node) => numbers.get(node)).join(",");
  const updates = computation.updates
    .map(({ cell, value }) => `${addCell(cell)}=${numbers.get(value)}`)
    .join(",");
  return { key: `${lines.join("\n")}\n>${outputs}\n>${updates}`, leaves };
}
