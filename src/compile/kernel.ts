import type { Comparison, ElementwiseOp, Node, Origin, ReductionOp, TensorType } from "../graph/types.js";
import type { DType } from "../shape/dtype.js";
import type { TileSize } from "./winograd-transforms.js";

/**
 * The kernel IR: what the graph becomes before a backend emits code. A program is a list of kernels that read and
 * write whole buffers; every index is an affine function of loop counters, so that a backend needs no analysis to
 * find unit strides, broadcasts and reductions.
 */

/** `offset + sum of strides[d] * index[d]`, in elements, over the counters of a nest: its dims, then its reduceDims. */
export interface Affine {
  readonly offset: number;
  readonly strides: readonly number[];
}

/** A buffer of a program, by position in `Program.buffers`. */
export type BufferId = number;

export interface View extends Affine {
  readonly buffer: BufferId;
}

/** Elementwise operations as they appear in kernels. */
export type ScalarOp = Exclude<ElementwiseOp, "stopGradient">;

/** A value computed at each point of a nest. Shared sub-expressions are shared objects. */
export type Expression =
  | { readonly kind: "load"; readonly view: View; readonly dtype: DType }
  | { readonly kind: "constant"; readonly value: number; readonly dtype: DType }
  /** The value of an affine form itself, int32. */
  | { readonly kind: "index"; readonly index: Affine; readonly dtype: "int32" }
  /** Random bits number `index` of the stream with the key stored at `key` (three int32). */
  | {
      readonly kind: "random";
      readonly key: View;
      readonly index: Affine;
      readonly bits: number;
      readonly dtype: "int32";
    }
  | {
      readonly kind: "apply";
      readonly op: ScalarOp;
      readonly inputs: readonly Expression[];
      readonly comparison?: Comparison;
      readonly dtype: DType;
    }
  /** The finished value of the nest's n-th reduction. */
  | { readonly kind: "reduced"; readonly reduction: number; readonly dtype: DType };

export interface Reduction {
  readonly op: ReductionOp;
  readonly value: Expression;
}

export interface Store {
  /** Over `dims` only; its strides for reduceDims are 0. */
  readonly view: View;
  readonly value: Expression;
}

/** Loops over `dims`, in each point of which reductions over `reduceDims` are made, and then the stores. */
export interface Nest {
  readonly dims: readonly number[];
  readonly reduceDims: readonly number[];
  readonly reductions: readonly Reduction[];
  readonly stores: readonly Store[];
}

interface KernelBase {
  /** The graph's nodes that this kernel computes, for names, profiles and messages. */
  readonly nodes: readonly Node[];
  readonly reads: readonly BufferId[];
  readonly writes: readonly BufferId[];
}

/** Elementwise work, movement and reductions. Nests write disjoint cells, except that `fill` comes before all. */
export interface LoopKernel extends KernelBase {
  readonly kind: "loop";
  readonly nests: readonly Nest[];
  /** Value given to the whole written buffer before the nests run (padding between cells). */
  readonly fill?: number;
}

/** What happens to each element of a contraction's result before it is stored: dims of the nest are the result's. */
export interface Epilogue {
  /** Index 0 of "reduced" stands for the contraction's element. */
  readonly value: Expression;
}

/** C[b, m, n] = sum over k of A[b, m, k] B[b, k, n]; views have strides [batch, m, k] and [batch, k, n]; C is dense. */
export interface MatmulKernel extends KernelBase {
  readonly kind: "matmul";
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a: View;
  readonly b: View;
  readonly output: BufferId;
  /** Strides [batch, m, n]. */
  readonly epilogue?: Epilogue;
}

/** Sizes shared by the convolution kernels; the input is already padded (or needs no padding). */
export interface ConvolutionGeometry {
  readonly batch: number;
  readonly groups: number;
  /** Channels per group, in and out. */
  readonly channels: number;
  readonly filters: number;
  readonly outputSpatial: readonly number[];
  readonly kernelSpatial: readonly number[];
  readonly strides: readonly number[];
  readonly dilation: readonly number[];
  /** Why it is computed in this way, for `explain`. */
  readonly choice?: string;
}

/** Y[n, o, p] = sum over c, k of X[n, c, p * stride + k * dilation] W[o, c, k]. */
export interface ConvolutionKernel extends KernelBase, ConvolutionGeometry {
  readonly kind: "convolution";
  /** Strides [n, channel (all groups), ...spatial]. */
  readonly input: View;
  /** Dense [groups * filters, channels, ...kernel]. */
  readonly weights: View;
  readonly output: BufferId;
  /** Strides [n, output channel, position]. */
  readonly epilogue?: Epilogue;
}

/**
 * D[part, group, (c, k), o] = sum over n, p of X[n, c, p * stride + k * dilation] G[n, p, (group, o)], with n from the part's share of the
 * images; where groups are narrow (algorithms.ts), D is dense [group, o, c, k].
 */
export interface ConvolutionKernelGradientKernel extends KernelBase, ConvolutionGeometry {
  readonly kind: "convolutionKernelGradient";
  readonly input: View;
  /** A number that does not depend on the threads, so that neither does the result; 1 of narrow groups. */
  readonly parts: number;
  /** Dense [n, group, panel of 8 filters, position, 8], so that neighbouring filters fill vectors; of narrow groups as it is. */
  readonly gradient: BufferId;
  readonly output: BufferId;
}

/** A convolution of 3 x 3 or 5 x 5, stride 1, in two dimensions, by tiles of `tile x tile` results; see winograd.ts. */
export interface WinogradKernel extends KernelBase, ConvolutionGeometry {
  readonly kind: "winograd";
  readonly tile: TileSize;
  /** Strides [n, channel (all groups), y, x]. */
  readonly input: View;
  /** Transformed weights, dense [group, point, filter, channel]. */
  readonly weights: BufferId;
  readonly output: BufferId;
  /** Strides [n, output channel, position]. */
  readonly epilogue?: Epilogue;
}

/**
 * The sums at Winograd's points that such a convolution's kernel gradient is made of, dense
 * [part, group, point, filter, channel]: each part adds up its share of all tiles.
 */
export interface WinogradKernelGradientKernel extends KernelBase, ConvolutionGeometry {
  readonly kind: "winogradKernelGradient";
  readonly tile: TileSize;
  /** A number that does not depend on the threads, so that neither does the result. */
  readonly parts: number;
  readonly input: View;
  /** Strides [n, filter (all groups), y, x]. */
  readonly gradient: View;
  readonly output: BufferId;
}

/** Max pooling's three forms over `planes` = N * C dense planes of an input without padding. */
export interface PoolKernel extends KernelBase {
  readonly kind: "maxPool" | "maxPoolSelect" | "maxPoolGradient";
  readonly planes: number;
  readonly inputSpatial: readonly number[];
  readonly outputSpatial: readonly number[];
  readonly kernelSpatial: readonly number[];
  readonly strides: readonly number[];
  readonly dilation: readonly number[];
  readonly input: BufferId;
  /** The gradient (shaped like the output) or the values to select from (shaped like the input). */
  readonly second?: BufferId;
  readonly output: BufferId;
}

/** out[a, i, b] = table[a, indices[i], b], or 0 outside. */
export interface GatherKernel extends KernelBase {
  readonly kind: "gather";
  readonly outer: number;
  readonly extent: number;
  readonly count: number;
  readonly inner: number;
  readonly table: BufferId;
  readonly indices: BufferId;
  readonly output: BufferId;
}

/** out[a, indices[i], b] += updates[a, i, b], from zeros. */
export interface ScatterAddKernel extends KernelBase {
  readonly kind: "scatterAdd";
  readonly outer: number;
  readonly extent: number;
  readonly count: number;
  readonly inner: number;
  readonly updates: BufferId;
  readonly indices: BufferId;
  readonly output: BufferId;
  readonly dtype: DType;
}

/** Running sums over the middle axis of [outer, extent, inner]. */
export interface CumulativeSumKernel extends KernelBase {
  readonly kind: "cumulativeSum";
  readonly outer: number;
  readonly extent: number;
  readonly inner: number;
  readonly exclusive: boolean;
  readonly reverse: boolean;
  readonly input: BufferId;
  readonly output: BufferId;
  readonly dtype: DType;
}

/**
 * Where something of a loop's body lies in step k = 0, 1, ...: `offset + stride * k` elements into a buffer of the program
 * around it; `alternates` takes k modulo 2.
 */
export interface StepView {
  readonly buffer: BufferId;
  readonly offset: number;
  readonly stride: number;
  readonly alternates: boolean;
}

/** A loop: a program of its own that runs `length` times, reading and writing the buffers around it in place. */
export interface ScanKernel extends KernelBase {
  readonly kind: "scan";
  readonly length: number;
  readonly reverse: boolean;
  readonly step: { readonly program: Program; readonly plan: Plan };
  /** Where the step's leaves lie. */
  readonly leaves: readonly StepView[];
  /** The step's arena. */
  readonly workspace: BufferId;
  /** Put the initial carries where the first step reads them, and the last ones where they are wanted. */
  readonly before: readonly LoopKernel[];
  readonly after: readonly LoopKernel[];
}

export type Kernel =
  | LoopKernel
  | MatmulKernel
  | ConvolutionKernel
  | ConvolutionKernelGradientKernel
  | WinogradKernel
  | WinogradKernelGradientKernel
  | PoolKernel
  | GatherKernel
  | ScatterAddKernel
  | CumulativeSumKernel
  | ScanKernel;

/** Every kernel but a loop, which holds kernels of its own. */
export type PlainKernel = Exclude<Kernel, ScanKernel>;

export interface ProgramBuffer extends TensorType {
  /** Position among the computation's leaves, when its storage comes from outside. */
  readonly leaf?: number;
  readonly origin?: Origin;
}

/** Kernels in the order in which they run, with every buffer's place in memory. */
export interface Program {
  readonly buffers: readonly ProgramBuffer[];
  readonly kernels: readonly Kernel[];
  readonly outputs: readonly BufferId[];
  /** Variables (as positions among the leaves) and the buffers that hold their new values. */
  readonly updates: readonly { readonly leaf: number; readonly buffer: BufferId }[];
}

/** Where the plan put a buffer: in the storage of a leaf, or at a byte offset in the arena. */
export type Placement =
  | { readonly kind: "leaf"; readonly leaf: number }
  | { readonly kind: "arena"; readonly offset: number };

export interface Plan {
  readonly placements: readonly Placement[];
  /** Bytes of the arena. */
  readonly peakBytes: number;
  /** Greatest sum of bytes alive at once: no plan can do with less in this order. */
  readonly lowerBound: number;
}
