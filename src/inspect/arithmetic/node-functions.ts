import { errorFunction } from "../../backends/reference/error-function.js";
import type { Node, NodeOf } from "../../graph/types.js";
import type { ActivationOptions } from "../../nn/activations.js";
import { sameShape } from "../../shape/shape.js";
import * as composites from "../../tensor/activations.js";
import { number } from "./derive.js";
import { type Transfer, transfers } from "./functions.js";
import { isMovement } from "./movement.js";
import type { RunGraph } from "./run-graph.js";

/** A node that is a function of one number, element by element. */
export interface NodeFunction {
  readonly name: string;
  readonly x: Node;
  readonly transfer: Transfer;
  readonly options: ActivationOptions;
}

/** Functions that are made of several operations. */
const made: readonly (readonly [string, (x: Node) => Node, ActivationOptions?])[] = [
  ["relu", composites.relu],
  ["relu6", (x) => composites.hardTanh(x, 0, 6)],
  ["hardTanh", (x) => composites.hardTanh(x)],
  ["leakyRelu", (x) => composites.leakyRelu(x), { slope: 0.01 }],
  ["elu", (x) => composites.elu(x), { alpha: 1 }],
  ["selu", composites.selu],
  ["gelu", (x) => composites.gelu(x), {}],
  ["gelu", (x) => composites.gelu(x, "tanh"), { form: "tanh" }],
  ["softplus", composites.softplus],
  ["logSigmoid", composites.logSigmoid],
  ["softsign", composites.softsign],
  ["silu", composites.silu],
  ["mish", composites.mish],
  ["hardSigmoid", composites.hardSigmoid],
  ["hardSwish", composites.hardSwish],
  ["step", composites.step],
];

const unary: Readonly<Record<string, Transfer>> = {
  negate: { tex: (x) => `-${x}`, slopeTex: () => "-1", value: (x) => -x, slope: () => -1 },
  exp: { tex: (x) => `e^{${x}}`, slopeTex: () => "y", value: Math.exp, slope: (_, y) => y },
  log: { tex: (x) => `\\log ${x}`, slopeTex: (x) => `1/${x}`, value: Math.log, slope: (x) => 1 / x },
  sin: { tex: (x) => `\\sin ${x}`, slopeTex: (x) => `\\cos ${x}`, value: Math.sin, slope: Math.cos },
  cos: {
    tex: (x) => `\\cos ${x}`,
    slopeTex: (x) => `-\\sin ${x}`,
    value: Math.cos,
    slope: (x) => -Math.sin(x),
  },
  tanh: transfers.get("tanh")!,
  sigmoid: transfers.get("sigmoid")!,
  sqrt: {
    tex: (x) => `\\sqrt{${x}}`,
    slopeTex: () => "\\frac{1}{2 y}",
    value: Math.sqrt,
    slope: (_, y) => 0.5 / y,
  },
  reciprocal: { tex: (x) => `1/${x}`, slopeTex: () => "-y^2", value: (x) => 1 / x, slope: (_, y) => -y * y },
  erf: {
    tex: (x) => `\\operatorname{erf}(${x})`,
    slopeTex: (x) => `\\frac{2}{\\sqrt\\pi}\\,e^{-${x}^2}`,
    value: errorFunction,
    slope: (x) => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x),
  },
  abs: {
    tex: (x) => `|${x}|`,
    slopeTex: (x) => `\\operatorname{sign}(${x})`,
    value: Math.abs,
    slope: Math.sign,
  },
};

/** Functions of a number and a constant. */
const binary: Readonly<Record<string, (constant: number) => Transfer>> = {
  power: (c) => ({
    tex: (x) => `${x}^{${number(c)}}`,
    slopeTex: (x) => `${number(c)}\\,${x}^{${number(c - 1)}}`,
    value: (x) => x ** c,
    slope: (x) => (c === 0 ? 0 : c * x ** (c - 1)),
  }),
  maximum: (c) => extreme("max", c, (x) => x > c),
  minimum: (c) => extreme("min", c, (x) => x < c),
};

/** At the constant itself, one half of the gradient comes through. */
const extreme = (name: "max" | "min", c: number, wins: (x: number) => boolean): Transfer => ({
  tex: (x) => `\\${name}(${x}, ${number(c)})`,
  slopeTex: (x) => `[${x} ${name === "max" ? ">" : "<"} ${number(c)}]`,
  value: (x) => Math[name](x, c),
  slope: (x) => (wins(x) ? 1 : x === c ? 0.5 : 0),
});

/**
 * The function that a node is. Equal nodes are one object, so one that is made of several operations is known by what it would
 * be built as. `isNumber` says where to look no further.
 */
export function functionOf(
  node: Node,
  graph: RunGraph,
  isNumber: (node: Node) => boolean,
): NodeFunction | undefined {
  const candidates = new Set<Node>();
  const waiting = [node];
  for (let one = waiting.pop(); one; one = waiting.pop()) {
    for (const input of one.inputs) {
      if (candidates.has(input) || !graph.isLive(input)) continue;
      candidates.add(input);
      if (!isNumber(input) && candidates.size < 20) waiting.push(input);
    }
  }
  for (const x of candidates) {
    if (x.dtype !== "float32" || !sameShape(x.shape, node.shape)) continue;
    const found = made.find(([, make]) => make(x) === node);
    if (found && graph.between(x, node)) {
      const [name, , options = {}] = found;
      return { name, x, transfer: transfers.get(name)!, options };
    }
  }
  const [a, b] = node.inputs;
  const alone = unary[node.op];
  if (alone) return { name: node.op, x: a!, transfer: alone, options: {} };
  const [left, right] = [a && constantOf(a), b && constantOf(b)];
  const pair = binary[node.op];
  if (pair && right !== undefined) return { name: node.op, x: a!, transfer: pair(right), options: {} };
  // A power is not symmetric.
  if (pair && left !== undefined && node.op !== "power")
    return { name: node.op, x: b!, transfer: pair(left), options: {} };
  return undefined;
}

/** The value that all elements have; undefined if they are no constants. */
export function constantOf(node: Node): number | undefined {
  if (node.op === "constant") return (node as NodeOf<"constant">).attributes.value;
  return isMovement(node) && node.op !== "pad" && node.inputs.length === 1
    ? constantOf(node.inputs[0]!)
    : undefined;
}
