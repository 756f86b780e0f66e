import type { DType, TypedArray } from "../shape/dtype.js";
import type { Shape } from "../shape/shape.js";
import type { WindowGeometry } from "../shape/window.js";

/** What a node produces: a dense array of one dtype. */
export interface TensorType {
  readonly shape: Shape;
  readonly dtype: DType;
}

/**
 * A place that a program reads from outside: an argument of a compiled function (no `data`), or an array
 * that the user gave (with `data`). Identity, not content, makes two slots equal.
 */
export interface InputSlot extends TensorType {
  readonly id: number;
  readonly name: string;
  readonly data?: TypedArray;
  /** A parameter of loop bodies, by position (see `scan`): no place that a program reads from. */
  readonly parameter?: number;
}

/** The graph's view of a mutable variable: its identity and type. Its value lives with the runtime. */
export interface VariableCell extends TensorType {
  readonly id: number;
  /** Path in the model, such as `features.0.weight`; for messages only. */
  readonly name: string;
}

export type Comparison = "equal" | "notEqual" | "less" | "lessEqual" | "greater" | "greaterEqual";

export interface ConvolutionAttributes extends WindowGeometry {
  readonly groups: number;
}

export interface PoolAttributes extends WindowGeometry {
  readonly kernel: Shape;
}

/** Which result of a loop a `scan` node is. */
export type ScanResult =
  /** A carry after the last step. */
  | { readonly kind: "final"; readonly carry: number }
  /** [length + 1, ...]: a carry before the first step and after each one, in the order of the sequences. */
  | { readonly kind: "states"; readonly carry: number }
  /** [length, ...]: the value of each step, in the order of the sequences. */
  | { readonly kind: "stack"; readonly value: Node };

type None = Readonly<Record<string, never>>;

/**
 * The primitive operations and their attributes: the one place that lists them. Shapes below use
 * N batch, C/O channels in and out, S spatial axes.
 */
export interface OpAttributes {
  // leaves
  readonly input: { readonly slot: InputSlot };
  readonly variable: { readonly cell: VariableCell };
  /** A scalar spread over `shape`. Bool values are 0 or 1. */
  readonly constant: { readonly value: number; readonly shape: Shape; readonly dtype: DType };
  /** int32: the index along `axis`. */
  readonly iota: { readonly shape: Shape; readonly axis: number };
  /**
   * int32 random bits: for element i, word 0 of Threefry-2x32-20 with key (k0, k1) and counter (i, k2), where the
   * input is the int32 vector [k0, k1, k2]; the upper `bits` bits, as 0 .. 2^bits - 1 (bits <= 31).
   */
  readonly randomBits: { readonly shape: Shape; readonly bits: number };

  // elementwise, one operand
  readonly negate: None;
  readonly exp: None;
  readonly log: None;
  readonly sin: None;
  readonly cos: None;
  readonly tanh: None;
  /** 1 / (1 + exp(-x)) */
  readonly sigmoid: None;
  readonly sqrt: None;
  readonly reciprocal: None;
  readonly floor: None;
  readonly abs: None;
  /** -1, 0 or 1; NaN for NaN. */
  readonly sign: None;
  readonly erf: None;
  /** float -> int truncates toward zero and saturates (NaN gives 0); anything -> bool is `!= 0`. */
  readonly cast: { readonly dtype: DType };
  /** Logical not of a bool. */
  readonly not: None;
  /** The operand itself, but constant to differentiation. A node, not a mark: equal nodes are one object. */
  readonly stopGradient: None;

  // elementwise, two operands of one shape and dtype (broadcasting is explicit in the graph)
  readonly add: None;
  readonly subtract: None;
  readonly multiply: None;
  /** int32: truncated quotient; division by zero gives 0. */
  readonly divide: None;
  /** NaN if either operand is NaN. */
  readonly maximum: None;
  readonly minimum: None;
  /** float32 only, as JavaScript's `**`: where IEEE pow has 1, 1 ** NaN and (+-1) ** (+-Infinity) are NaN. */
  readonly power: None;
  /** Sign of the dividend, as JavaScript's `%`; int32 remainder by zero gives 0. */
  readonly remainder: None;
  readonly compare: { readonly comparison: Comparison };
  readonly and: None;
  readonly or: None;
  /** where(condition: bool, a, b), all of one shape. */
  readonly where: None;

  // movement
  readonly reshape: { readonly shape: Shape };
  /** Output axis i is input axis `axes[i]`. */
  readonly permute: { readonly axes: readonly number[] };
  /** Same rank; extents of 1 stretch to `shape`. (Leading axes are added by reshape.) */
  readonly broadcast: { readonly shape: Shape };
  /** Adds `low`/`high` cells (>= 0) around, and `interior` cells between neighbours, of each axis, filled with `value`. */
  readonly pad: {
    readonly low: readonly number[];
    readonly high: readonly number[];
    readonly interior: readonly number[];
    readonly value: number;
  };
  /** Elements start, start + step, ... < stop along each axis; step >= 1. */
  readonly slice: {
    readonly start: readonly number[];
    readonly stop: readonly number[];
    readonly step: readonly number[];
  };
  readonly flip: { readonly axes: readonly number[] };
  readonly concatenate: { readonly axis: number };

  // reduction: `axes` sorted, dropped from the shape
  readonly sum: { readonly axes: readonly number[] };
  readonly max: { readonly axes: readonly number[] };
  readonly min: { readonly axes: readonly number[] };
  readonly product: { readonly axes: readonly number[] };
  /** int32 index of the first greatest element along `axis`, which is dropped. NaN counts as greatest. */
  readonly argmax: { readonly axis: number };
  readonly cumulativeSum: { readonly axis: number; readonly exclusive: boolean; readonly reverse: boolean };

  // contraction, float32
  /** [...batch, M, K] x [...batch, K, N] -> [...batch, M, N]; batch axes equal. */
  readonly matmul: None;
  /** Cross-correlation: [N, C, ...S] with kernel [O, C/groups, ...K] -> [N, O, ...]. */
  readonly convolution: ConvolutionAttributes;
  /** (output gradient [N, O, ...], kernel) -> [N, C, ...inputSpatial]. */
  readonly convolutionInputGradient: ConvolutionAttributes & { readonly inputSpatial: Shape };
  /** (input [N, C, ...S], output gradient) -> [O, C/groups, ...kernelSpatial]. */
  readonly convolutionKernelGradient: ConvolutionAttributes & { readonly kernelSpatial: Shape };

  // window, float32
  /** [N, C, ...S] -> maximum over each window; padding cells never win; NaN wins. */
  readonly maxPool: PoolAttributes;
  /** (x, g shaped like the output) -> shaped like x: each g goes to the first maximum of its window. */
  readonly maxPoolGradient: PoolAttributes;
  /** (x, t shaped like x) -> shaped like the output: t at the first maximum of x in each window. */
  readonly maxPoolSelect: PoolAttributes;

  // indexing
  /**
   * gather(table, indices: int32): along `axis` of table, which is replaced by the indices' shape. Indices outside
   * 0 .. extent-1 give 0, and scatterAdd ignores them.
   */
  readonly gather: { readonly axis: number };
  /** scatterAdd(updates, indices) -> zeros with `extent` at `axis`, plus the updates: the transpose of gather. */
  readonly scatterAdd: { readonly axis: number; readonly extent: number };

  // loop
  /**
   * A result of a loop of `length` steps. Inputs are the carries' initial values, then `sequences` arrays [length, ...] of
   * which step t sees element t, then what every step sees. A step is a graph of its own over parameters, one for each
   * input (see `scanParameter`): `next` gives each carry's next value. In reverse, t goes from the last to the first.
   */
  readonly scan: {
    readonly length: number;
    readonly sequences: number;
    readonly reverse: boolean;
    readonly next: readonly Node[];
    readonly result: ScanResult;
  };
}

export type OpName = keyof OpAttributes;

/** Elementwise operations without attributes on one operand, whose dtype and shape the result has. */
export type UnaryOp =
  | "negate"
  | "exp"
  | "log"
  | "sin"
  | "cos"
  | "tanh"
  | "sigmoid"
  | "sqrt"
  | "reciprocal"
  | "floor"
  | "abs"
  | "sign"
  | "erf"
  | "not"
  | "stopGradient";

/** Elementwise operations without attributes on two operands, whose common dtype and shape the result has. */
export type BinaryOp =
  | "add"
  | "subtract"
  | "multiply"
  | "divide"
  | "maximum"
  | "minimum"
  | "power"
  | "remainder"
  | "and"
  | "or";

export type ElementwiseOp = UnaryOp | BinaryOp | "cast" | "compare" | "where";

/** Reductions over any axes by an operation of two numbers. */
export type ReductionOp = "sum" | "max" | "min" | "product";

/** Where a node came from, for error messages, profiles and pictures. Not part of a node's identity. */
export interface Origin {
  /** Path of the layer being run, such as `features.0`; empty outside of any layer. */
  readonly layer: string;
  /** "backward" for nodes made by differentiation, "update" for the optimizer's. */
  readonly phase: "forward" | "backward" | "update";
}

/** One operation applied to other nodes' results. Frozen and interned: equal nodes are one object. */
export interface NodeOf<K extends OpName> extends TensorType {
  readonly id: number;
  readonly op: K;
  readonly inputs: readonly Node[];
  readonly attributes: OpAttributes[K];
  readonly origin: Origin;
}

/** A node of any operation: a union discriminated by `op`. */
export type Node = { [K in OpName]: NodeOf<K> }[OpName];
