import type { ElementwiseOp, Node } from "../../graph/types.js";
import {
  add,
  and,
  cos,
  divide,
  equal,
  exp,
  floor,
  greater,
  greaterEqual,
  less,
  log,
  multiply,
  negate,
  power,
  sign,
  sin,
  subtract,
  where,
} from "../../tensor/elementwise.js";
import type { RulesFor } from "../rule.js";

// Below, x, a, b are the operands and y is the node itself: its result.
export const elementwiseRules: RulesFor<ElementwiseOp> = {
  negate: (g) => [negate(g)],
  exp: (g, y) => [multiply(g, y)],
  log: (g, { inputs: [x] }) => [divide(g, x!)],
  sin: (g, { inputs: [x] }) => [multiply(g, cos(x!))],
  cos: (g, { inputs: [x] }) => [negate(multiply(g, sin(x!)))],
  tanh: (g, y) => [multiply(g, subtract(1, multiply(y, y)))],
  sigmoid: (g, y) => [multiply(g, multiply(y, subtract(1, y)))],
  sqrt: (g, y) => [divide(multiply(g, 0.5), y)],
  reciprocal: (g, y) => [negate(multiply(multiply(g, y), y))],
  floor: () => [undefined],
  abs: (g, { inputs: [x] }) => [multiply(g, sign(x!))],
  sign: () => [undefined],
  erf: (g, { inputs: [x] }) => [multiply(g, multiply(exp(negate(multiply(x!, x!))), 2 / Math.sqrt(Math.PI)))],
  cast: (g, { inputs: [x] }) => [x!.dtype === "float32" ? g : undefined],
  not: "notDifferentiable",
  stopGradient: () => [undefined],

  add: (g) => [g, g],
  subtract: (g) => [g, negate(g)],
  multiply: (g, { inputs: [a, b] }) => [multiply(g, b!), multiply(g, a!)],
  divide(g, y) {
    const first = divide(g, y.inputs[1]!);
    return [first, negate(multiply(first, y))];
  },
  maximum: (g, { inputs: [a, b] }) => [share(g, a!, b!, greater), share(g, b!, a!, greater)],
  minimum: (g, { inputs: [a, b] }) => [share(g, a!, b!, less), share(g, b!, a!, less)],
  power(g, y) {
    const [a, b] = y.inputs as readonly [Node, Node];
    const zero = equal(a, 0);
    // b a^(b-1): at 0^0 it is 0, not 0 * inf.
    const exponent = subtract(where(and(zero, equal(b, 0)), 1, b), 1);
    // y log a: at 0^b with b >= 0 it is 0, not 0 * -inf. A negative base has no derivative in b: NaN.
    const logarithm = log(where(and(zero, greaterEqual(b, 0)), 1, a));
    return [multiply(g, multiply(b, power(a, exponent))), multiply(g, multiply(y, logarithm))];
  },
  remainder(g, y) {
    const [a, b] = y.inputs as readonly [Node, Node];
    // y = a - n b with integer n, which the rounding makes exact.
    const n = floor(add(divide(subtract(a, y), b), 0.5));
    return [g, negate(multiply(g, n))];
  },
  compare: "notDifferentiable",
  and: "notDifferentiable",
  or: "notDifferentiable",
  where: (g, { inputs: [condition] }) => [undefined, where(condition!, g, 0), where(condition!, 0, g)],
};

/** The part of `g` for `mine`: all where it wins, half where both are equal. */
function share(g: Node, mine: Node, other: Node, wins: (a: Node, b: Node) => Node): Node {
  return where(wins(mine, other), g, where(equal(mine, other), multiply(g, 0.5), 0));
}
