import type { NodeOf, OpName } from "../../graph/types.js";

/** Gives a leaf's elements, row-major. */
export type LeafValues = (leaf: NodeOf<"input"> | NodeOf<"variable">) => ArrayLike<number>;

/**
 * Computes one primitive from its operands' elements, row-major. Every dtype is held in a Float64Array: float32 is
 * computed in full double precision, int32 wraps around as 32-bit integers do, and bool is 0 or 1.
 */
export type Evaluator<K extends OpName> = (
  node: NodeOf<K>,
  operands: readonly Float64Array[],
  leaf: LeafValues,
) => Float64Array;

/** The evaluators of some of the primitives: one file of the table. */
export type EvaluatorsOf<K extends OpName> = { readonly [P in K]: Evaluator<P> };
