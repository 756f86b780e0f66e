import { inputSlot, node, variableCell } from "../../src/graph/build.js";
import { ops } from "../../src/graph/ops.js";
import type { Node, NodeOf, OpName, TensorType } from "../../src/graph/types.js";
import type { TypedArray } from "../../src/shape/dtype.js";
import { inputValues } from "./values.js";

/**
 * Which values an input takes.
 * - absent: float32 uniform in -2 .. 2, int32 in -9 .. 9, bool of both kinds
 * - `[low, high]`: uniform; for int32, integers of both ends included
 * - "distinct": no two elements equal, none near an integer or zero, also across inputs: far from every kink
 * - "special": NaN, infinities, zeros of both signs, huge and tiny values; over several inputs, every combination, when
 *   each has `specialCount ** inputs` elements
 * - `{ given }`: these
 */
export type Domain =
  | readonly [low: number, high: number]
  | "distinct"
  | "special"
  | { readonly given: readonly number[] };

export interface SampleInput extends TensorType {
  readonly domain?: Domain;
  /** The node is a variable instead of an input. */
  readonly variable?: true;
}

/** How far another backend may be from the reference. */
export interface Tolerance {
  /** Of each element's magnitude, or of the greatest magnitude in the result for operations that add up. */
  readonly relative?: number;
  readonly absolute?: number;
}

/** One use of a primitive operation, from which all its tests are made. */
export interface Sample {
  /** Unique; seeds the values of the inputs. */
  readonly name: string;
  readonly inputs: readonly SampleInput[];
  build(nodes: readonly Node[]): Node;
  /** At these inputs, finite differences with respect to every float32 input must agree with the gradient. */
  readonly differentiable: boolean;
  /** A Python expression over the inputs a, b, c, ... that gives the same in PyTorch; see fixtures/make_operations.py. */
  readonly torch?: string;
  /** For float32 arithmetic, instead of the default for the operation's kind. */
  readonly tolerance?: Tolerance;
}

/** A sample made into graph, with its values. */
export interface PreparedSample {
  readonly nodes: readonly Node[];
  readonly values: readonly TypedArray[];
  readonly root: Node;
  leaf(node: NodeOf<"input"> | NodeOf<"variable">): TypedArray;
}

/** The values of a sample's inputs: the same at every call and on every machine, and exact in float32. */
export function sampleValues(sample: Sample): TypedArray[] {
  return sample.inputs.map((input, index) => inputValues(input, index, sample.name));
}

export function prepare(sample: Sample): PreparedSample {
  const values = sampleValues(sample);
  const nodes = sample.inputs.map(({ shape, dtype, variable }, i): Node => {
    const name = String.fromCharCode(97 + i);
    return variable
      ? node("variable", [], { cell: variableCell(name, { shape, dtype }) })
      : node("input", [], { slot: inputSlot(name, { shape, dtype }) });
  });
  return {
    nodes,
    values,
    root: sample.build(nodes),
    leaf(leaf) {
      const index = nodes.indexOf(leaf);
      if (index < 0)
        throw new Error(`${sample.name}: ${leaf.op} ${leaf.id} is not one of the sample's inputs`);
      return values[index]!;
    },
  };
}

/** These hand on one of their operands, or change only its sign or its fraction: without any rounding. */
const exactOps: readonly OpName[] = [
  "negate",
  "abs",
  "sign",
  "floor",
  "stopGradient",
  "maximum",
  "minimum",
  "where",
  "max",
  "min",
];

/**
 * How far a float32 backend may be from the float64 reference: not at all where nothing is computed; three ulp for a
 * function of single elements; a few ulp of the greatest element, and of the terms, where an operation adds up.
 */
export function toleranceOf(
  sample: Sample,
  root: Node,
): Required<Tolerance> & { readonly ofMaximum: boolean } {
  const { kind } = ops[root.op].traits;
  const addsUp =
    kind === "contraction" ||
    kind === "reduction" ||
    kind === "loop" ||
    root.op === "maxPoolGradient" ||
    root.op === "scatterAdd";
  if (root.dtype !== "float32" || exactOps.includes(root.op) || (kind !== "elementwise" && !addsUp)) {
    return { relative: 0, absolute: 0, ofMaximum: false };
  }
  const tolerance = addsUp ? { relative: 2e-6, absolute: 5e-6 } : { relative: 4e-7, absolute: 5e-45 };
  return { ...tolerance, ...sample.tolerance, ofMaximum: addsUp };
}

export function float32(shape: readonly number[], domain?: Domain): SampleInput {
  return { shape, dtype: "float32", ...(domain === undefined ? {} : { domain }) };
}

export function int32(shape: readonly number[], domain?: Domain): SampleInput {
  return { shape, dtype: "int32", ...(domain === undefined ? {} : { domain }) };
}

export function bool(shape: readonly number[], domain?: Domain): SampleInput {
  return { shape, dtype: "bool", ...(domain === undefined ? {} : { domain }) };
}
