import { withPhase } from "../graph/origin.js";
import type { Node, NodeOf, OpName } from "../graph/types.js";
import { topological } from "../graph/walk.js";
import { add } from "../tensor/elementwise.js";
import type { Differentiation } from "./rule.js";
import { vjpRules } from "./rules.js";

/** An output together with its cotangent: the derivative of the final scalar with respect to it. */
export interface Seed {
  readonly output: Node;
  readonly cotangent: Node;
}

/**
 * Reverse accumulation: for each of `inputs`, the sum over the seeds of `cotangent^T d output / d input`, as graph; or
 * undefined where no differentiable path leads from the input to an output. Inputs may be any nodes, also within the graph.
 * Each node's rule is applied once, users before operands, and only on paths that start at an input. What a rule builds
 * belongs to the layer of the node that it differentiates.
 */
export function accumulate(seeds: readonly Seed[], inputs: readonly Node[]): (Node | undefined)[] {
  const wanted = new Set(inputs);
  const order = topological(seeds.map((seed) => seed.output));
  const onPath = new Set<Node>();
  for (const node of order) {
    // Only float32 carries derivatives: integers and bools are constant almost everywhere.
    if (node.dtype === "float32" && (wanted.has(node) || node.inputs.some((input) => onPath.has(input))))
      onPath.add(node);
  }

  const cotangents = new Map<Node, Node>();
  const contribute = (to: Node, cotangent: Node): void => {
    const sum = cotangents.get(to);
    cotangents.set(
      to,
      sum === undefined ? cotangent : withPhase("backward", () => add(sum, cotangent), to.origin),
    );
  };
  for (const { output, cotangent } of seeds) contribute(output, cotangent);
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i]!;
    const cotangent = cotangents.get(node);
    if (cotangent === undefined || !onPath.has(node) || !node.inputs.some((input) => onPath.has(input)))
      continue;
    const parts = applyRule(cotangent, node);
    node.inputs.forEach((input, position) => {
      const part = parts[position];
      if (part !== undefined && onPath.has(input)) contribute(input, part);
    });
  }
  return inputs.map((input) => cotangents.get(input));
}

function applyRule<K extends OpName>(cotangent: Node, node: NodeOf<K>): readonly (Node | undefined)[] {
  const rule: Differentiation<K> = vjpRules[node.op];
  if (rule === "notDifferentiable") return [];
  return withPhase("backward", () => rule(cotangent, node), node.origin);
}
