import type { Computation } from "../graph/computation.js";
import { withPhase } from "../graph/origin.js";
import { withInputs } from "../graph/substitute.js";
import type { Node, NodeOf, OpName } from "../graph/types.js";
import { nodesOf } from "./structure.js";

/** One pattern: the node that should stand in place of this one, or undefined to leave it. */
export type Rule = (node: Node) => Node | undefined;

/**
 * Rewrites a computation from the leaves up. `rules` names, for each operation, what may replace it; a replacement is
 * rewritten again until no rule applies. New nodes keep the origin of the node that they replace.
 */
export function rewrite(
  computation: Computation,
  rules: { readonly [K in OpName]?: (node: NodeOf<K>) => Node | undefined },
): Computation {
  const done = new Map<Node, Node>();
  const apply = (original: Node, current: Node): Node => {
    let result = current;
    // Rules strictly simplify or lower; the bound only turns a mistake in one into a message.
    for (let turn = 0; turn < 32; turn++) {
      const rule = rules[result.op] as Rule | undefined;
      const next = rule && withPhase(original.origin.phase, () => rule(result), original.origin);
      if (next === undefined || next === result) return result;
      result = replaceInputs(next);
    }
    throw new Error(`rewriting ${original.op} does not come to an end`);
  };
  const replaceInputs = (fresh: Node): Node => {
    // A replacement may contain nodes made just now, whose operands have been rewritten already.
    const known = done.get(fresh);
    if (known !== undefined) return known;
    const inputs = fresh.inputs.map((input) => done.get(input) ?? visitFresh(input));
    return withPhase(fresh.origin.phase, () => withInputs(fresh, inputs), fresh.origin);
  };
  const visitFresh = (fresh: Node): Node => {
    const result = apply(fresh, replaceInputs(fresh));
    done.set(fresh, result);
    done.set(result, result);
    return result;
  };
  for (const original of nodesOf(computation)) {
    if (!done.has(original)) visitFresh(original);
  }
  return {
    outputs: computation.outputs.map((output) => done.get(output)!),
    updates: computation.updates.map(({ cell, value }) => ({ cell, value: done.get(value)! })),
  };
}
