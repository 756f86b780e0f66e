import { loopsOf } from "../../graph/scan.js";
import type { Node, NodeOf, OpName } from "../../graph/types.js";
import { topological } from "../../graph/walk.js";
import { sizeOf } from "../../shape/shape.js";
import { contraction } from "./contraction.js";
import { elementwise } from "./elementwise.js";
import type { Evaluator, EvaluatorsOf, LeafValues } from "./evaluator.js";
import { indexing } from "./indexing.js";
import { leaves } from "./leaves.js";
import { runLoop } from "./loop.js";
import { movement } from "./movement.js";
import { reduction } from "./reduction.js";
import { window } from "./window.js";

/** The definition of every primitive, by name; but for loops, which are run for all of their results at once. */
export const evaluators: EvaluatorsOf<Exclude<OpName, "scan">> = {
  ...leaves,
  ...elementwise,
  ...movement,
  ...reduction,
  ...contraction,
  ...window,
  ...indexing,
};

/**
 * Interprets a graph in float64: the elements of each root, row-major, in arrays that the caller may keep and change.
 * @param leaf gives the elements of inputs and variables.
 * @throws RangeError where `leaf` gives another number of elements than the leaf's shape holds.
 */
export function evaluate(roots: readonly Node[], leaf: LeafValues): Float64Array[] {
  const values = new Map<Node, Float64Array>();
  const order = topological(roots);
  const loops = loopsOf(order);
  for (const node of order) {
    if (values.has(node)) continue;
    const operands = node.inputs.map((input) => values.get(input)!);
    if (node.op === "scan") {
      const loop = loops.get(node)!;
      runLoop(loop, operands, evaluate).forEach((value, i) => {
        values.set(loop.results[i]!, value);
      });
      continue;
    }
    const value = apply(node, operands, leaf);
    if (value.length !== sizeOf(node.shape)) {
      throw new RangeError(
        `${node.op}: ${value.length} elements were given for shape [${node.shape.join(", ")}], which holds ${sizeOf(node.shape)}`,
      );
    }
    values.set(node, value);
  }
  return roots.map((root, i) => {
    const value = values.get(root)!;
    return roots.indexOf(root) < i ? value.slice() : value;
  });
}

function apply<K extends Exclude<OpName, "scan">>(
  node: NodeOf<K>,
  operands: readonly Float64Array[],
  leaf: LeafValues,
): Float64Array {
  const evaluator: Evaluator<K> = evaluators[node.op];
  return evaluator(node, operands, leaf);
}
