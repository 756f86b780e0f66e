import { node } from "../graph/build.js";
import type { BinaryOp, Comparison, Node, OpName, UnaryOp } from "../graph/types.js";
import type { DType } from "../shape/dtype.js";
import { broadcastShapes, type Shape } from "../shape/shape.js";
import { broadcastTo } from "./movement.js";

/** A number stands for a scalar of the other operand's dtype. */
export type Operand = Node | number;

export function constant(value: number, dtype: DType = "float32", shape: Shape = []): Node {
  return node("constant", [], { value, shape, dtype });
}

const empty = Object.freeze({});

function unary(op: UnaryOp) {
  return (x: Node): Node => node(op, [x], empty) as Node;
}

/** Brings operands to one shape and dtype: numbers become constants, bools and ints meet floats as floats. */
export function align(op: OpName, a: Operand, b: Operand): [Node, Node] {
  const dtype = commonDtype(a, b);
  const left = typeof a === "number" ? constant(a, dtype) : cast(a, dtype);
  const right = typeof b === "number" ? constant(b, dtype) : cast(b, dtype);
  const shape = broadcastShapes(left.shape, right.shape, op);
  return [broadcastTo(left, shape), broadcastTo(right, shape)];
}

function commonDtype(a: Operand, b: Operand): DType {
  if (typeof a === "number") {
    if (typeof b === "number") return "float32";
    return b.dtype === "float32" || !Number.isInteger(a) ? "float32" : "int32";
  }
  if (typeof b === "number") return commonDtype(b, a);
  if (a.dtype === b.dtype) return a.dtype;
  return a.dtype === "float32" || b.dtype === "float32" ? "float32" : "int32";
}

function binary(op: Exclude<BinaryOp, "and" | "or">) {
  return (a: Operand, b: Operand): Node => {
    const [left, right] = align(op, a, b);
    const number = left.dtype === "bool";
    return node(op, number ? [cast(left, "int32"), cast(right, "int32")] : [left, right], empty) as Node;
  };
}

function logical(op: "and" | "or") {
  return (a: Node, b: Node): Node => {
    const shape = broadcastShapes(a.shape, b.shape, op);
    return node(op, [broadcastTo(a, shape), broadcastTo(b, shape)], empty) as Node;
  };
}

function comparison(kind: Comparison) {
  return (a: Operand, b: Operand): Node => node("compare", align("compare", a, b), { comparison: kind });
}

export const negate = unary("negate");
export const exp = unary("exp");
export const log = unary("log");
export const sin = unary("sin");
export const cos = unary("cos");
export const tanh = unary("tanh");
/** `1 / (1 + exp(-x))`, with the relative precision of small results. */
export const sigmoid = unary("sigmoid");
export const sqrt = unary("sqrt");
export const reciprocal = unary("reciprocal");
export const floor = unary("floor");
export const abs = unary("abs");
export const sign = unary("sign");
export const erf = unary("erf");
export const not = unary("not");
export const add = binary("add");
export const subtract = binary("subtract");
export const multiply = binary("multiply");
export const divide = binary("divide");
export const maximum = binary("maximum");
export const minimum = binary("minimum");
export const power = binary("power");
export const remainder = binary("remainder");
export const and = logical("and");
export const or = logical("or");
export const equal = comparison("equal");
export const notEqual = comparison("notEqual");
export const less = comparison("less");
export const lessEqual = comparison("lessEqual");
export const greater = comparison("greater");
export const greaterEqual = comparison("greaterEqual");

export function cast(x: Node, dtype: DType): Node {
  return x.dtype === dtype ? x : node("cast", [x], { dtype });
}

/** `condition ? a : b`, element by element; the three broadcast together. */
export function where(condition: Node, a: Operand, b: Operand): Node {
  const [left, right] = align("where", a, b);
  const shape = broadcastShapes(condition.shape, left.shape, "where");
  return node(
    "where",
    [broadcastTo(condition, shape), broadcastTo(left, shape), broadcastTo(right, shape)],
    empty,
  );
}
