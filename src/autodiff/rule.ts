import type { Node, NodeOf, OpName } from "../graph/types.js";

/**
 * A vector-Jacobian product: given the cotangent `g` of a node (same shape, float32), the cotangent of each of its inputs;
 * undefined where nothing flows (an index, a condition, or a derivative that is zero everywhere). Built from the same
 * operations as everything else, so the result can be differentiated again.
 */
export type VjpRule<K extends OpName> = (g: Node, node: NodeOf<K>) => readonly (Node | undefined)[];

/** A rule, or the statement that the operation's result is not a differentiable number. */
export type Differentiation<K extends OpName> = VjpRule<K> | "notDifferentiable";

/** The rows of the table for some of the operations. */
export type RulesFor<K extends OpName> = { readonly [P in K]: Differentiation<P> };
