import { attributesKey } from "../graph/build.js";
import type { Computation } from "../graph/computation.js";
import { bodyOf } from "../graph/scan.js";
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

/** Nodes of a computation, operands first. Those of loops' bodies are not among them. */
export function nodesOf(computation: Computation): Node[] {
  return topological(rootsOf(computation));
}

export function structureOf(computation: Computation): Structure {
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
  const numbersOf = (nodes: readonly Node[]) => nodes.map((node) => numbers.get(node)).join(",");
  const lines: string[] = [];
  const lineOf = (node: Node): string => {
    const type = `${node.dtype}[${node.shape}]`;
    if (node.op === "input") {
      const { slot } = node.attributes;
      if (slot.parameter !== undefined) return `p${slot.parameter}:${type}`;
      return `i${leaves.push({ kind: "input", slot }) - 1}:${type}`;
    }
    if (node.op === "variable") return `v${addCell(node.attributes.cell)}:${type}`;
    if (node.op === "scan") {
      // The bodies' nodes have lines, too, and are shared by a loop's results; parameters are told apart by position.
      const { length, sequences, reverse, result } = node.attributes;
      addLines(bodyOf(node.attributes));
      const which = result.kind === "stack" ? result.kind : `${result.kind} ${result.carry}`;
      return `scan(${numbersOf(node.inputs)})${length},${sequences},${reverse},${which}:${numbersOf(bodyOf(node.attributes))}`;
    }
    const attributes = attributesKey<OpName>(node.op, node.attributes as OpAttributes[OpName]);
    return `${node.op}(${numbersOf(node.inputs)})${attributes}`;
  };
  const addLines = (roots: readonly Node[]): void => {
    for (const node of topological(roots)) {
      if (numbers.has(node)) continue;
      const line = lineOf(node);
      numbers.set(node, lines.push(line) - 1);
    }
  };
  addLines(rootsOf(computation));
  const outputs = numbersOf(computation.outputs);
  const updates = computation.updates
    .map(({ cell, value }) => `${addCell(cell)}=${numbers.get(value)}`)
    .join(",");
  return { key: `${lines.join("\n")}\n>${outputs}\n>${updates}`, leaves };
}

function rootsOf({ outputs, updates }: Computation): Node[] {
  return [...outputs, ...updates.map((update) => update.value)];
}
