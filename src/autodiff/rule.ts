import type { Loop } from "../graph/scan.js";
import type { Node, NodeOf, OpName } from "../graph/types.js";

/**
 * A vector-Jacobian product: given the cotangent `g` of a node (same shape, float32), the cotangent of each of its inputs;
 * undefined where nothing flows (an index, a condition, or a derivative that is zero everywhere). Built from the same
 * operations as everything else, so the result can be differentiated again.
 */
export type VjpRule<K extends OpName> = (g: Node, node: NodeOf<K>) => readonly (Node | undefined)[];

/**
 * The same for all results of a loop together. `wanted` says which inputs' cotangents are of use; `differentiate` is the
 * walk itself, for the loop's body.
 */
export type LoopRule = (
  loop: Loop,
  cotangents: readonly (Node | undefined)[],
  wanted: readonly boolean[],
  differentiate: (seeds: readonly Seed[], inputs: readonly Node[]) => readonly (Node | undefined)[],
) => readonly (Node | undefined)[];

/** A rule for one node of a graph, in the place of its operation's. */
export type OverridingRule = (g: Node) => readonly (Node | undefined)[];

/** An output together with its cotangent: the derivative of the final scalar with respect to it. */
export interface Seed {
  readonly output: Node;
  readonly cotangent: Node;
}

/** A rule, or the statement that the operation's result is not a differentiable number. */
export type Differentiation<K extends OpName> =
  | (K extends "scan" ? LoopRule : VjpRule<K>)
  | "notDifferentiable";

/** The rows of the table for some of the operations. */
export type RulesFor<K extends OpName> = { readonly [P in K]: Differentiation<P> };
