import type { Node } from "../graph/types.js";
import type { DType, TypedArray } from "../shape/dtype.js";
import { formatShape, type Shape, ShapeError, sizeOf } from "../shape/shape.js";
import * as composites from "./composites.js";
import * as contraction from "./contraction.js";
import * as elementwise from "./elementwise.js";
import * as indexing from "./indexing.js";
import * as movement from "./movement.js";
import { read } from "./realizer.js";
import * as reduction from "./reduction.js";

/** What stands where a tensor is expected; a number is a scalar of the other operand's dtype. */
export type TensorLike = Tensor | number;
export type Nested = number | readonly Nested[];
type Axes = reduction.Axes;

const operand = (x: TensorLike): elementwise.Operand => (typeof x === "number" ? x : x.node);

/**
 * An immutable handle on a value that may not have been computed yet. Operations return new tensors and run nothing; `data`,
 * `item` and `array` compute. Elementwise operations broadcast by NumPy's rule.
 */
export class Tensor {
  readonly node: Node;

  constructor(node: Node) {
    this.node = node;
  }

  /** Extents of the axes. */
  get shape(): Shape {
    return this.node.shape;
  }
  /** Type of the elements. */
  get dtype(): DType {
    return this.node.dtype;
  }
  /** Number of axes. */
  get rank(): number {
    return this.node.shape.length;
  }
  /** Number of elements. */
  get size(): number {
    return sizeOf(this.node.shape);
  }

  /** The elements in row-major order: a fresh array, Float32Array or (for int32 and bool) Int32Array. */
  data(): Promise<TypedArray> {
    return read(this.node);
  }

  /** The only element. @throws ShapeError when there is not exactly one. */
  async item(): Promise<number> {
    if (this.size !== 1) {
      throw new ShapeError(
        `item: ${this.toString()} has ${this.size} elements, not 1; read it with data() or array()`,
      );
    }
    return (await this.data())[0]!;
  }

  /** The elements as arrays nested as deep as the rank; a number for a scalar. */
  async array(): Promise<Nested> {
    const data = await this.data();
    const nest = (axis: number, from: number, size: number): Nested => {
      if (axis === this.rank) return data[from]!;
      const extent = this.shape[axis]!;
      return Array.from({ length: extent }, (_, i) =>
        nest(axis + 1, from + (i * size) / extent, size / extent),
      );
    };
    return nest(0, 0, this.size);
  }

  /** Dtype and shape, for messages; no values, which may not have been computed. */
  toString(): string {
    return `Tensor ${this.dtype}${formatShape(this.shape)}`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  // elementwise
  /** `this + other`, for float32 and int32, which wraps around. */
  add(other: TensorLike): Tensor {
    return new Tensor(elementwise.add(this.node, operand(other)));
  }
  /** `this - other`, for float32 and int32. */
  subtract(other: TensorLike): Tensor {
    return new Tensor(elementwise.subtract(this.node, operand(other)));
  }
  /** `this * other`, element by element, for float32 and int32; `matmul` is the product of matrices. */
  multiply(other: TensorLike): Tensor {
    return new Tensor(elementwise.multiply(this.node, operand(other)));
  }
  /** int32: the quotient, truncated toward zero; 0 when dividing by 0. */
  divide(other: TensorLike): Tensor {
    return new Tensor(elementwise.divide(this.node, operand(other)));
  }
  /** The greater of each two elements; NaN if one is NaN. Equal ones share the gradient. */
  maximum(other: TensorLike): Tensor {
    return new Tensor(elementwise.maximum(this.node, operand(other)));
  }
  /** The lesser of each two elements; NaN if one is NaN. Equal ones share the gradient. */
  minimum(other: TensorLike): Tensor {
    return new Tensor(elementwise.minimum(this.node, operand(other)));
  }
  /** `this ** other` as in JavaScript, float32. A negative base has no derivative by the exponent: NaN. */
  power(other: TensorLike): Tensor {
    return new Tensor(elementwise.power(this.node, operand(other)));
  }
  /** Has the dividend's sign, as JavaScript's `%`. */
  remainder(other: TensorLike): Tensor {
    return new Tensor(elementwise.remainder(this.node, operand(other)));
  }
  /** `-this`. */
  negate(): Tensor {
    return new Tensor(elementwise.negate(this.node));
  }
  /** `e ** this`, float32. */
  exp(): Tensor {
    return new Tensor(elementwise.exp(this.node));
  }
  /** Natural logarithm, float32: minus infinity at 0, NaN below. */
  log(): Tensor {
    return new Tensor(elementwise.log(this.node));
  }
  /** Sine of radians, float32. */
  sin(): Tensor {
    return new Tensor(elementwise.sin(this.node));
  }
  /** Cosine of radians, float32. */
  cos(): Tensor {
    return new Tensor(elementwise.cos(this.node));
  }
  /** Hyperbolic tangent, float32. */
  tanh(): Tensor {
    return new Tensor(elementwise.tanh(this.node));
  }
  /** Square root, float32: NaN below 0. Its gradient at 0 is infinite. */
  sqrt(): Tensor {
    return new Tensor(elementwise.sqrt(this.node));
  }
  /** `1 / this`, float32. */
  reciprocal(): Tensor {
    return new Tensor(elementwise.reciprocal(this.node));
  }
  /** The greatest whole number not above; gradient 0. */
  floor(): Tensor {
    return new Tensor(elementwise.floor(this.node));
  }
  /** Absolute value; gradient 0 at 0. */
  abs(): Tensor {
    return new Tensor(elementwise.abs(this.node));
  }
  /** -1, 0 or 1, NaN for NaN; gradient 0. */
  sign(): Tensor {
    return new Tensor(elementwise.sign(this.node));
  }
  /** Error function, `2 / sqrt(pi) * integral from 0 to x of exp(-t^2) dt`, float32. */
  erf(): Tensor {
    return new Tensor(elementwise.erf(this.node));
  }
  /** To int32, floats are truncated toward zero; to bool, everything but 0 is true. */
  cast(dtype: DType): Tensor {
    return new Tensor(elementwise.cast(this.node, dtype));
  }
  /** `this * this`. */
  square(): Tensor {
    return new Tensor(composites.square(this.node));
  }
  /** Cut to `low .. high`; NaN stays NaN. The gradient is 0 outside. */
  clip(low: number, high: number): Tensor {
    return new Tensor(composites.clip(this.node, low, high));
  }
  /** Bool: where this is not a number. */
  isNaN(): Tensor {
    return new Tensor(composites.notANumber(this.node));
  }
  /** Bool: where this is neither NaN nor infinite. */
  isFinite(): Tensor {
    return new Tensor(composites.finite(this.node));
  }
  /** The same value, constant to differentiation. */
  stopGradient(): Tensor {
    return new Tensor(composites.stopGradient(this.node));
  }

  // comparison and logic: bool results
  /** Bool: `this == other`. */
  equal(other: TensorLike): Tensor {
    return new Tensor(elementwise.equal(this.node, operand(other)));
  }
  /** Bool: `this != other`. */
  notEqual(other: TensorLike): Tensor {
    return new Tensor(elementwise.notEqual(this.node, operand(other)));
  }
  /** Bool: `this < other`; false where one is NaN. */
  less(other: TensorLike): Tensor {
    return new Tensor(elementwise.less(this.node, operand(other)));
  }
  /** Bool: `this <= other`; false where one is NaN. */
  lessEqual(other: TensorLike): Tensor {
    return new Tensor(elementwise.lessEqual(this.node, operand(other)));
  }
  /** Bool: `this > other`; false where one is NaN. */
  greater(other: TensorLike): Tensor {
    return new Tensor(elementwise.greater(this.node, operand(other)));
  }
  /** Bool: `this >= other`; false where one is NaN. */
  greaterEqual(other: TensorLike): Tensor {
    return new Tensor(elementwise.greaterEqual(this.node, operand(other)));
  }
  /** Bool: both, of two bools. */
  and(other: Tensor): Tensor {
    return new Tensor(elementwise.and(this.node, other.node));
  }
  /** Bool: either, of two bools. */
  or(other: Tensor): Tensor {
    return new Tensor(elementwise.or(this.node, other.node));
  }
  /** Bool: the opposite, of a bool. */
  not(): Tensor {
    return new Tensor(elementwise.not(this.node));
  }
  /** `a` where this (a bool) is true, else `b`. */
  where(a: TensorLike, b: TensorLike): Tensor {
    return new Tensor(elementwise.where(this.node, operand(a), operand(b)));
  }

  // activations
  /** 1 where positive, else 0; the derivative is 0 everywhere. */
  step(): Tensor {
    return new Tensor(composites.step(this.node));
  }
  /** `max(x, 0)`; gradient 0 at 0. */
  relu(): Tensor {
    return new Tensor(composites.relu(this.node));
  }
  /** `x` above 0, `slope x` below; default slope 0.01. */
  leakyRelu(slope?: number): Tensor {
    return new Tensor(composites.leakyRelu(this.node, slope));
  }
  /** `x` where positive, else `slope x`; the slope broadcasts. */
  prelu(slope: Tensor): Tensor {
    return new Tensor(composites.prelu(this.node, slope.node));
  }
  /** `x` above 0, `alpha (exp(x) - 1)` below; default alpha 1. */
  elu(alpha?: number): Tensor {
    return new Tensor(composites.elu(this.node, alpha));
  }
  /** `elu` with the scale and alpha that keep mean 0 and variance 1 (Klambauer et al., "Self-normalizing neural networks", 2017). */
  selu(): Tensor {
    return new Tensor(composites.selu(this.node));
  }
  /** `x P(Z <= x)` for a standard normal Z (Hendrycks and Gimpel, 2016); `"tanh"` approximates it. */
  gelu(form?: "erf" | "tanh"): Tensor {
    return new Tensor(composites.gelu(this.node, form));
  }
  /** `x sigmoid(x)`, also called swish. */
  silu(): Tensor {
    return new Tensor(composites.silu(this.node));
  }
  /** `1 / (1 + exp(-x))`, without overflow. */
  sigmoid(): Tensor {
    return new Tensor(elementwise.sigmoid(this.node));
  }
  /** `log(1 + exp(x))`, without overflow. */
  softplus(): Tensor {
    return new Tensor(composites.softplus(this.node));
  }
  /** `log(sigmoid(x))`, without overflow. */
  logSigmoid(): Tensor {
    return new Tensor(composites.logSigmoid(this.node));
  }
  /** `x / (1 + |x|)`. */
  softsign(): Tensor {
    return new Tensor(composites.softsign(this.node));
  }
  /** `x tanh(softplus(x))` (Misra, 2019). */
  mish(): Tensor {
    return new Tensor(composites.mish(this.node));
  }
  /** Clips to [low, high], by default [-1, 1], with derivative 0 on the bounds. */
  hardTanh(low?: number, high?: number): Tensor {
    return new Tensor(composites.hardTanh(this.node, low, high));
  }
  /** `clip(x / 6 + 1/2, 0, 1)`. */
  hardSigmoid(): Tensor {
    return new Tensor(composites.hardSigmoid(this.node));
  }
  /** `x hardSigmoid(x)` (Howard et al., "Searching for MobileNetV3", 2019). */
  hardSwish(): Tensor {
    return new Tensor(composites.hardSwish(this.node));
  }
  /** `exp(x) / sum of exp(x)` along `axis`, the last by default, without overflow. */
  softmax(axis?: number): Tensor {
    return new Tensor(composites.softmax(this.node, axis));
  }
  /** `x - logSumExp(x)` along `axis`, the last by default. */
  logSoftmax(axis?: number): Tensor {
    return new Tensor(composites.logSoftmax(this.node, axis));
  }
  /** `log(sum of exp(x))` over `axes`, all by default, without overflow. */
  logSumExp(axes?: Axes, keepDimensions?: boolean): Tensor {
    return new Tensor(composites.logSumExp(this.node, axes, keepDimensions));
  }

  // movement
  /** One extent may be -1 and is then computed. */
  reshape(shape: Shape): Tensor {
    return new Tensor(movement.reshape(this.node, shape));
  }
  /** Result axis i is axis `axes[i]`; without `axes`, reverses them. */
  permute(axes?: readonly number[]): Tensor {
    return new Tensor(movement.permute(this.node, axes));
  }
  /** Swaps two axes, the last two by default. */
  transpose(a?: number, b?: number): Tensor {
    return new Tensor(movement.transpose(this.node, a, b));
  }
  /** Stretches extents of 1, and adds axes in front. @throws ShapeError if the shape does not fit */
  broadcastTo(shape: Shape): Tensor {
    return new Tensor(movement.broadcastTo(this.node, shape));
  }
  /** Adds an axis of extent 1 at `axis`. */
  expandDimensions(axis: number): Tensor {
    return new Tensor(movement.expandDimensions(this.node, axis));
  }
  /** Drops axes of extent 1: those given, or all. */
  squeeze(axes?: Axes): Tensor {
    return new Tensor(movement.squeeze(this.node, axes));
  }
  /** Pads each axis by `[before, after]` with a value (negative amounts crop), or with what stands in the tensor. */
  pad(padding: readonly (readonly [number, number])[], filling: number | composites.PaddingMode = 0): Tensor {
    return new Tensor(
      typeof filling === "number"
        ? movement.pad(this.node, padding, filling)
        : composites.padFromSelf(this.node, padding, filling),
    );
  }
  /** Elements start, start + step, ... below stop, per axis; negative positions count from the end. */
  slice(start: readonly number[], stop?: readonly number[], step?: readonly number[]): Tensor {
    return new Tensor(movement.slice(this.node, start, stop, step));
  }
  /** Reverses the order along `axes`, all by default. */
  flip(axes?: Axes): Tensor {
    return new Tensor(movement.flip(this.node, axes));
  }
  /** Entries along `axis` picked by int32 `indices`, whose shape takes the axis's place; indices outside give 0. */
  gather(indices: Tensor, axis?: number): Tensor {
    return new Tensor(indexing.gather(this.node, indices.node, axis));
  }

  // reduction over `axes`, all by default
  /** Sum of elements. Empty sums are 0. */
  sum(axes?: Axes, keepDimensions?: boolean): Tensor {
    return new Tensor(reduction.sum(this.node, axes, keepDimensions));
  }
  /** Greatest element; NaN if there is one. Equal ones share the gradient. @throws ShapeError if there is none */
  max(axes?: Axes, keepDimensions?: boolean): Tensor {
    return new Tensor(reduction.max(this.node, axes, keepDimensions));
  }
  /** Least element; NaN if there is one. Equal ones share the gradient. @throws ShapeError if there is none */
  min(axes?: Axes, keepDimensions?: boolean): Tensor {
    return new Tensor(reduction.min(this.node, axes, keepDimensions));
  }
  /** Product of elements. Empty products are 1. */
  product(axes?: Axes, keepDimensions?: boolean): Tensor {
    return new Tensor(reduction.product(this.node, axes, keepDimensions));
  }
  /** Sum divided by the count. */
  mean(axes?: Axes, keepDimensions?: boolean): Tensor {
    return new Tensor(reduction.mean(this.node, axes, keepDimensions));
  }
  /** Mean squared deviation; `correction` is subtracted from the count. */
  variance(axes?: Axes, options?: { correction?: number; keepDimensions?: boolean }): Tensor {
    return new Tensor(reduction.variance(this.node, axes, options));
  }
  /** Square root of the variance. */
  standardDeviation(axes?: Axes, options?: { correction?: number; keepDimensions?: boolean }): Tensor {
    return new Tensor(reduction.standardDeviation(this.node, axes, options));
  }
  /** `(sum of |x|^order)^(1 / order)`, by default of order 2. */
  norm(order?: number, axes?: Axes, keepDimensions?: boolean): Tensor {
    return new Tensor(composites.norm(this.node, order, axes, keepDimensions));
  }
  /** int32 index of the first greatest element along `axis`. */
  argmax(axis?: number): Tensor {
    return new Tensor(reduction.argmax(this.node, axis));
  }
  /** Sums of the elements up to each one along `axis`, the last by default; `exclusive` leaves that one out, `reverse` begins at the end. */
  cumulativeSum(axis?: number, options?: { exclusive?: boolean; reverse?: boolean }): Tensor {
    return new Tensor(reduction.cumulativeSum(this.node, axis, options));
  }

  // contraction and windows
  /** `[..., M, K] x [..., K, N]`; leading axes broadcast; vectors count as a row (left) or a column (right). */
  matmul(other: Tensor): Tensor {
    return new Tensor(contraction.matmul(this.node, other.node));
  }
  /** Every product of an element of this with one of `other`. */
  outer(other: Tensor): Tensor {
    return new Tensor(composites.outer(this.node, other.node));
  }
  /** Cross-correlation of `[N, C, ...S]` with a kernel `[O, C / groups, ...K]`. */
  convolution(kernel: Tensor, options?: contraction.ConvolutionOptions): Tensor {
    return new Tensor(contraction.convolution(this.node, kernel.node, options));
  }
  /** Convolution as mathematics defines it: with the kernel flipped along its spatial axes. */
  trueConvolution(kernel: Tensor, options?: contraction.ConvolutionOptions): Tensor {
    return new Tensor(composites.trueConvolution(this.node, kernel.node, options));
  }
  /** Transposed convolution of `[N, C, ...S]` with a kernel `[C, O / groups, ...K]`. */
  convolutionTranspose(kernel: Tensor, options?: contraction.ConvolutionTransposeOptions): Tensor {
    return new Tensor(contraction.convolutionTranspose(this.node, kernel.node, options));
  }
  /** Greatest element of each window of `[N, C, ...S]`. Padding never wins; the first of equal ones gets the gradient. */
  maxPool(window: number | readonly number[], options?: contraction.PoolOptions): Tensor {
    return new Tensor(contraction.maxPool(this.node, window, options));
  }
  /** Mean of each window of `[N, C, ...S]`. */
  averagePool(window: number | readonly number[], options?: composites.AveragePoolOptions): Tensor {
    return new Tensor(composites.averagePool(this.node, window, options));
  }
  /** `(sum over the window of x^order)^(1 / order)` of each window of `[N, C, ...S]`. */
  lpPool(order: number, window: number | readonly number[], options?: contraction.PoolOptions): Tensor {
    return new Tensor(composites.lpPool(this.node, order, window, options));
  }
  /** Means over boxes that divide the spatial axes of `[N, C, ...S]` into `size` as evenly as possible. */
  adaptiveAveragePool(size: number | readonly number[]): Tensor {
    return new Tensor(composites.adaptiveAveragePool(this.node, size));
  }
  /** Resamples the spatial axes of `[N, C, ...S]` to `size`. */
  resize(size: number | readonly number[], options?: composites.ResizeOptions): Tensor {
    return new Tensor(composites.resize(this.node, size, options));
  }
  /** Copies out all windows: `[N, C, ...S] -> [N, C, ...window, ...S']`; also called unfold or im2col. */
  patches(window: number | readonly number[], options?: composites.PatchesOptions): Tensor {
    return new Tensor(composites.patches(this.node, window, options));
  }
}
