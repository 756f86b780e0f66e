import { withPhase } from "../graph/origin.js";
import { type Loop, loopsOf } from "../graph/scan.js";
import type { Node, NodeOf, OpName } from "../graph/types.js";
import { topological } from "../graph/walk.js";
import { add } from "../tensor/elementwise.js";
import type { OverridingRule, Seed, VjpRule } from "./rule.js";
import { vjpRules } from "./rules.js";

/**
 * Reverse accumulation: for each of `inputs`, the sum over the seeds of `cotangent^T d output / d input`, as graph; or
 * undefined where no differentiable path leads from the input to an output. Inputs may be any nodes, also within the graph.
 * Each node's rule is applied once, users before operands, and only on paths that start at an input. What a rule builds
 * belongs to the layer of the node that it differentiates. `rules` take the place of those of single nodes.
 */
export function accumulate(
  seeds: readonly Seed[],
  inputs: readonly Node[],
  rules?: ReadonlyMap<Node, OverridingRule>,
): (Node | undefined)[] {
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
  const loops = loopsOf(order);
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i]!;
    if (!node.inputs.some((input) => onPath.has(input))) continue;
    const loop = loops.get(node);
    // A loop's results are taken together, where the first of them stands: all that uses any of them has been by.
    if (loop !== undefined && loop.results[0] !== node) continue;
    const given = (loop?.results ?? [node]).map((result) =>
      onPath.has(result) ? cotangents.get(result) : undefined,
    );
    if (given.every((cotangent) => cotangent === undefined)) continue;
    const parts = withPhase(
      "backward",
      () => (loop ? applyLoopRule(given, loop, onPath) : applyRule(given[0]!, node, rules?.get(node))),
      node.origin,
    );
    node.inputs.forEach((input, position) => {
      const part = parts[position];
      if (part !== undefined && onPath.has(input)) contribute(input, part);
    });
  }
  return inputs.map((input) => cotangents.get(input));
}

function applyRule<K extends OpName>(
  cotangent: Node,
  node: NodeOf<K>,
  override: OverridingRule | undefined,
): readonly (Node | undefined)[] {
  if (override) return override(cotangent);
  const rule = vjpRules[node.op] as VjpRule<K> | "notDifferentiable";
  return rule === "notDifferentiable" ? [] : rule(cotangent, node);
}

function applyLoopRule(
  given: readonly (Node | undefined)[],
  loop: Loop,
  onPath: ReadonlySet<Node>,
): readonly (Node | undefined)[] {
  const rule = vjpRules.scan;
  if (rule === "notDifferentiable") return [];
  const wanted = loop.inputs.map((input) => onPath.has(input));
  return rule(loop, given, wanted, accumulate);
}
