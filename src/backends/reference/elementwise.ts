import type { Comparison, ElementwiseOp, NodeOf, OpName } from "../../graph/types.js";
import { errorFunction } from "./error-function.js";
import type { Evaluator, EvaluatorsOf } from "./evaluator.js";

const comparisons: { readonly [C in Comparison]: (a: number, b: number) => boolean } = {
  equal: (a, b) => a === b,
  notEqual: (a, b) => a !== b,
  less: (a, b) => a < b,
  lessEqual: (a, b) => a <= b,
  greater: (a, b) => a > b,
  greaterEqual: (a, b) => a >= b,
};

export const elementwise: EvaluatorsOf<ElementwiseOp> = {
  negate: unary((x) => -x),
  exp: unary(Math.exp),
  log: unary(Math.log),
  sin: unary(Math.sin),
  cos: unary(Math.cos),
  tanh: unary(Math.tanh),
  sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  sqrt: unary(Math.sqrt),
  reciprocal: unary((x) => 1 / x),
  floor: unary(Math.floor),
  abs: unary(Math.abs),
  sign: unary(Math.sign),
  erf: unary(errorFunction),
  cast: ({ attributes: { dtype } }, [x]) => {
    if (dtype === "float32") return x!.slice();
    return dtype === "bool" ? x!.map((value) => Number(value !== 0)) : x!.map(toInt32);
  },
  not: unary((x) => 1 - x),
  stopGradient: unary((x) => x),

  add: binary((a, b) => a + b),
  subtract: binary((a, b) => a - b),
  // A product of two int32 may need more bits than a double holds, so it wraps around before it is rounded.
  multiply: (node, operands, leaf) =>
    binary(node.dtype === "int32" ? Math.imul : (a, b) => a * b)(node, operands, leaf),
  divide: binary((a, b) => a / b),
  maximum: binary(Math.max),
  minimum: binary(Math.min),
  power: binary((a, b) => a ** b),
  remainder: binary((a, b) => a % b),
  compare: (node, operands, leaf) => {
    const compare = comparisons[node.attributes.comparison];
    return binary((a, b) => Number(compare(a, b)))(node, operands, leaf);
  },
  and: binary((a, b) => a & b),
  or: binary((a, b) => a | b),
  where: (_, [condition, a, b]) => condition!.map((chosen, i) => (chosen ? a![i]! : b![i]!)),
};

function unary<K extends OpName>(f: (x: number) => number): Evaluator<K> {
  return (node, [x]) => x!.map((value) => wrapped(node, f(value)));
}

function binary<K extends OpName>(f: (a: number, b: number) => number): Evaluator<K> {
  return (node, [a, b]) => a!.map((value, i) => wrapped(node, f(value, b![i]!)));
}

/** `| 0` also cuts an int32 quotient toward zero, and turns the quotient and remainder by zero into 0. */
function wrapped(node: NodeOf<OpName>, value: number): number {
  return node.dtype === "int32" ? value | 0 : value;
}

function toInt32(value: number): number {
  return Math.trunc(Math.min(2 ** 31 - 1, Math.max(-(2 ** 31), value))) | 0;
}
