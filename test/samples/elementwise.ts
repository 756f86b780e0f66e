import { node } from "../../src/graph/build.js";
import type { BinaryOp, Comparison, UnaryOp } from "../../src/graph/types.js";
import { bool, type Domain, float32, int32, type Sample, type SampleInput } from "./sample.js";
import { specialCount } from "./values.js";

const count = specialCount;

export const unarySamples = {
  negate: [...floatUnary("negate", "-a"), unary("negate", int32([13], "special"), "-a")],
  exp: [...floatUnary("exp", "a.exp()"), unary("exp", float32([41], [-104, 90]), "a.exp()")],
  log: [
    ...floatUnary("log", "a.log()", [0.1, 3]),
    unary("log", float32([41], [0.9, 1.1]), "a.log()"),
    unary("log", float32([41], [1, 1e9]), "a.log()"),
  ],
  sin: [...floatUnary("sin", "a.sin()"), unary("sin", float32([41], [-300, 300]), "a.sin()")],
  cos: [...floatUnary("cos", "a.cos()"), unary("cos", float32([41], [-300, 300]), "a.cos()")],
  tanh: [...floatUnary("tanh", "a.tanh()"), unary("tanh", float32([41], [-12, 12]), "a.tanh()")],
  sigmoid: [
    ...floatUnary("sigmoid", "torch.sigmoid(a)"),
    unary("sigmoid", float32([41], [-20, 20]), "torch.sigmoid(a)"),
  ],
  sqrt: floatUnary("sqrt", "a.sqrt()", [0.1, 9]),
  reciprocal: floatUnary("reciprocal", "a.reciprocal()", "distinct"),
  floor: floatUnary("floor", "a.floor()", "distinct"),
  abs: [
    ...floatUnary("abs", "a.abs()", "distinct"),
    unary("abs", int32([9]), "a.abs()"),
    unary("abs", int32([count.int32], "special")),
  ],
  // torch.sign(NaN) is 0.
  sign: [
    ...floatUnary("sign", "torch.where(a.isnan(), a, a.sign())", "distinct"),
    unary("sign", int32([9]), "a.sign()"),
  ],
  erf: [
    ...floatUnary("erf", "a.erf()"),
    unary("erf", float32([41], [-7, 7]), "a.erf()"),
    unary("erf", float32([41], [-0.01, 0.01]), "a.erf()"),
  ],
  not: [bool([7]), bool([2, 3]), bool([]), bool([0])].map((input) => unary("not", input, "~a")),
  stopGradient: [
    float32([2, 3]),
    int32([5]),
    bool([5]),
    float32([0, 2]),
    float32([count.float32], "special"),
  ].map((input) => unary("stopGradient", input, "a")),
} satisfies { readonly [K in UnaryOp]: readonly Sample[] };

export const castSamples: readonly Sample[] = [
  cast(float32([2, 3]), "float32", "a", true),
  cast(float32([19], [-50, 50]), "int32", "a.int()"),
  cast(float32([6], { given: [3e9, -3e9, 2_147_483_520, -2_147_483_648, 0.99, -0.99] }), "int32"),
  cast(float32([count.float32], "special"), "int32"),
  cast(float32([count.float32], "special"), "bool", "a.bool()"),
  cast(int32([17]), "float32", "a.double()"),
  cast(int32([4], { given: [16_777_216, -16_777_216, 1_234_567, -1] }), "float32", "a.double()"),
  cast(int32([11], [-1, 1]), "bool", "a.bool()"),
  cast(bool([2, 5]), "float32", "a.double()"),
  cast(bool([5]), "int32", "a.int()"),
  cast(float32([]), "int32", "a.int()"),
  cast(float32([0, 3]), "bool", "a.bool()"),
];

export const binarySamples = {
  add: [...floatBinary("add", "a + b"), ...intBinary("add", "a + b")],
  subtract: [...floatBinary("subtract", "a - b"), ...intBinary("subtract", "a - b")],
  multiply: [...floatBinary("multiply", "a * b"), ...intBinary("multiply", "a * b")],
  divide: [
    ...floatBinary("divide", "a / b", [undefined, [0.5, 2]]),
    binary(
      "divide",
      int32([3, 7], [-100, 100]),
      int32([3, 7], [1, 9]),
      "torch.div(a, b, rounding_mode='trunc')",
    ),
    // Division by zero and of the smallest integer by -1: checked by hand.
    binary("divide", int32([count.int32 ** 2], "special"), int32([count.int32 ** 2], "special")),
  ],
  maximum: [
    ...floatBinary("maximum", "torch.maximum(a, b)", ["distinct", "distinct"]),
    ...intBinary("maximum", "torch.maximum(a, b)"),
  ],
  minimum: [
    ...floatBinary("minimum", "torch.minimum(a, b)", ["distinct", "distinct"]),
    ...intBinary("minimum", "torch.minimum(a, b)"),
  ],
  // In JavaScript, 1 and -1 to a power that is not finite are NaN; in IEEE 754 they are 1.
  power: [
    ...floatBinary("power", "torch.where((a.abs() == 1) & ~b.isfinite(), math.nan, a ** b)", [
      [0.1, 3],
      undefined,
    ]),
    binary(
      "power",
      float32([2, 7], { given: [-2, -1.5, -1, -0.5, 0, 2, 3, -2, -3, 0, 4, 9, 10, -10] }),
      float32([2, 7], { given: [3, 2, 5, -1, 2, 0, -2, 0.5, 0, 0, 0.5, 1.5, 20, 21] }),
      "a ** b",
    ),
  ],
  remainder: [
    ...floatBinary("remainder", "torch.fmod(a, b)", ["distinct", [1.51, 1.53]]),
    binary("remainder", int32([3, 7], [-100, 100]), int32([3, 7], [1, 9]), "torch.fmod(a, b)"),
    binary("remainder", int32([count.int32 ** 2], "special"), int32([count.int32 ** 2], "special")),
  ],
  and: boolBinary("and", "a & b"),
  or: boolBinary("or", "a | b"),
} satisfies { readonly [K in BinaryOp]: readonly Sample[] };

const comparisons: { readonly [C in Comparison]: string } = {
  equal: "a == b",
  notEqual: "a != b",
  less: "a < b",
  lessEqual: "a <= b",
  greater: "a > b",
  greaterEqual: "a >= b",
};

export const compareSamples: readonly Sample[] = (Object.keys(comparisons) as Comparison[]).flatMap(
  (comparison) =>
    [
      float32([3, 5]),
      float32([count.float32 ** 2], "special"),
      int32([29], [-1, 1]),
      int32([count.int32 ** 2], "special"),
      bool([9]),
      float32([]),
      int32([0, 2]),
    ].map((input) => ({
      name: `compare ${comparison} ${describe(input)}`,
      inputs: [input, input],
      build: ([a, b]) => node("compare", [a!, b!], { comparison }),
      differentiable: false,
      torch: comparisons[comparison],
    })),
);

export const whereSamples: readonly Sample[] = [
  float32([2, 3, 5]),
  float32([count.float32 ** 2], "special"),
  int32([11]),
  bool([7]),
  float32([]),
  float32([0, 3]),
].map((input) => ({
  name: `where ${describe(input)}`,
  inputs: [bool(input.shape), input, input],
  build: ([condition, a, b]) => node("where", [condition!, a!, b!], {}),
  differentiable: input.dtype === "float32" && input.domain === undefined,
  torch: "torch.where(a, b, c)",
}));

function unary(op: UnaryOp, input: SampleInput, torch?: string): Sample {
  return {
    name: `${op} ${describe(input)}`,
    inputs: [input],
    build: ([a]) => node(op, [a!], {}),
    differentiable: input.dtype === "float32" && input.domain !== "special" && op !== "stopGradient",
    ...(torch === undefined ? {} : { torch }),
  };
}

function floatUnary(op: UnaryOp, torch: string, domain?: Domain): Sample[] {
  const shapes = [[2, 3, 5], [37], [1], [], [0, 3]];
  return [
    ...shapes.map((shape) => unary(op, float32(shape, domain), torch)),
    unary(op, float32([count.float32], "special"), torch),
  ];
}

function binary(op: BinaryOp, a: SampleInput, b: SampleInput, torch?: string): Sample {
  return {
    name: `${op} ${describe(a)} and ${describe(b)}`,
    inputs: [a, b],
    build: ([left, right]) => node(op, [left!, right!], {}),
    differentiable:
      a.dtype === "float32" &&
      a.domain !== "special" &&
      !(typeof a.domain === "object" && "given" in a.domain),
    ...(torch === undefined ? {} : { torch }),
  };
}

function floatBinary(
  op: BinaryOp,
  torch: string,
  [domainA, domainB]: readonly [a?: Domain | undefined, b?: Domain | undefined] = [],
): Sample[] {
  const shapes = [[2, 3, 5], [37], [1], [], [0, 3]];
  const all = float32([count.float32 ** 2], "special");
  return [
    ...shapes.map((shape) => binary(op, float32(shape, domainA), float32(shape, domainB), torch)),
    binary(op, all, all, torch),
  ];
}

function intBinary(op: BinaryOp, torch: string): Sample[] {
  return [int32([3, 7]), int32([count.int32 ** 2], "special"), int32([]), int32([0])].map((input) =>
    binary(op, input, input, torch),
  );
}

function boolBinary(op: BinaryOp, torch: string): Sample[] {
  return [bool([4], "special"), bool([3, 7]), bool([]), bool([0])].map((input) =>
    binary(op, input, input, torch),
  );
}

function cast(
  input: SampleInput,
  dtype: "float32" | "int32" | "bool",
  torch?: string,
  differentiable = false,
): Sample {
  return {
    name: `cast ${describe(input)} to ${dtype}`,
    inputs: [input],
    build: ([a]) => node("cast", [a!], { dtype }),
    differentiable,
    ...(torch === undefined ? {} : { torch }),
  };
}

function describe({ dtype, shape, domain }: SampleInput): string {
  const values =
    domain === undefined
      ? ""
      : typeof domain === "string"
        ? ` ${domain}`
        : "given" in domain
          ? " given"
          : ` ${domain[0]}..${domain[1]}`;
  return `${dtype}[${shape}]${values}`;
}
