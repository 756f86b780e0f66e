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

  get shape(): Shape {
    return this.node.shape;
  }
  get dtype(): DType {
    return this.node.dtype;
  }
  get rank(): number {
    return this.node.shape.length;
  }
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

  toString(): string {
    return `Tensor ${this.dtype}${formatShape(this.shape)}`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  // elementwise
  add(other: TensorLike): Tensor {
    return new Tensor(elementwise.add(this.node, operand(other)));
  }
  subtract(other: TensorLike): Tensor {
    return new Tensor(elementwise.subtract(this.node, operand(other)));
  }
  multiply(other: TensorLike): Tensor {
    return new Tensor(elementwise.multiply(this.node, operand(other)));
  }
  /** int32: the quotient, truncated toward zero; 0 when dividing by 0. */
  divide(other: TensorLike): Tensor {
    return new Tensor(elementwise.divide(this.node, operand(other)));
  }
  maximum(other: TensorLike): Tensor {
    return new Tensor(elementwise.maximum(this.node, operand(other)));
  }
  minimum(other: TensorLike): Tensor {
    return new Tensor(elementwise.minimum(this.node, operand(other)));
  }
  power(other: TensorLike): Tensor {
    return new Tensor(elementwise.power(this.node, operand(other)));
  }
  /** Has the dividend's sign, as JavaScript's `%`. */
  remainder(other: TensorLike): Tensor {
    return new Tensor(elementwise.remainder(this.node, operand(other)));
  }
  negate(): Tensor {
    return new Tensor(elementwise.negate(this.node));
  }
  exp(): Tensor {
    return new Tensor(elementwise.exp(this.node));
  }
  log(): Tensor {
    return new Tensor(elementwise.log(this.node));
  }
  sin(): Tensor {
    return new Tensor(elementwise.sin(this.node));
  }
  cos(): Tensor {
    return new Tensor(elementwise.cos(this.node));
  }
  tanh(): Tensor {
    return new Tensor(elementwise.tanh(this.node));
  }
  sqrt(): Tensor {
    return new Tensor(elementwise.sqrt(this.node));
  }
  reciprocal(): Tensor {
    return new Tensor(elementwise.reciprocal(this.node));
  }
  floor(): Tensor {
    return new Tensor(elementwise.floor(this.node));
  }
  abs(): Tensor {
    return new Tensor(elementwise.abs(this.node));
  }
  sign(): Tensor {
    return new Tensor(elementwise.sign(this.node));
  }
  erf(): Tensor {
    return new Tensor(elementwise.erf(this.node));
  }
  /** To int32, floats are truncated toward zero; to bool, everything but 0 is true. */
  cast(dtype: DType): Tensor {
    return new Tensor(elementwise.cast(this.node, dtype));
  }
  square(): Tensor {
    return new Tensor(composites.square(this.node));
  }
  clip(low: number, high: number): Tensor {
    return new Tensor(composites.clip(this.node, low, high));
  }
  isNaN(): Tensor {
    return new Tensor(composites.notANumber(this.node));
  }
  isFinite(): Tensor {
    return new Tensor(composites.finite(this.node));
  }
  /** The same value, constant to differentiation. */
  stopGradient(): Tensor {
    return new Tensor(composites.stopGradient(this.node));
  }

  // comparison and logic: bool results
  equal(other: TensorLike): Tensor {
    return new Tensor(elementwise.equal(this.node, operand(other)));
  }
  notEqual(other: TensorLike): Tensor {
    return new Tensor(elementwise.notEqual(this.node, operand(other)));
  }
  less(other: TensorLike): Tensor {
    return new Tensor(elementwise.less(this.node, operand(other)));
  }
  lessEqual(other: TensorLike): Tensor {
    return new Tensor(elementwise.lessEqual(this.node, operand(other)));
  }
  greater(other: TensorLike): Tensor {
    return new Tensor(elementwise.greater(this.node, operand(other)));
  }
  greaterEqual(other: TensorLike): Tensor {
    return new Tensor(elementwise.greaterEqual(this.node, operand(other)));
  }
  and(other: Tensor): Tensor {
    return new Tensor(elementwise.and(this.node, other.node));
  }
  or(other: Tensor): Tensor {
    return new Tensor(elementwise.or(this.node, other.node));
  }
  not(): Tensor {
    return new Tensor(elementwise.not(this.node));
  }
  /** `a` where this (a bool) is true, else `b`. */
  where(a: TensorLike, b: TensorLike): Tensor {
    return new Tensor(elementwise.where(this.node, operand(a), operand(b)));
  }

  // activations
  relu(): Tensor {
    return new Tensor(composites.relu(this.node));
  }
  leakyRelu(slope?: number): Tensor {
    return new Tensor(composites.leakyRelu(this.node, slope));
  }
  elu(alpha?: number): Tensor {
    return new Tensor(composites.elu(this.node, alpha));
  }
  gelu(form?: "erf" | "tanh"): Tensor {
    return new Tensor(composites.gelu(this.node, form));
  }
  silu(): Tensor {
    return new Tensor(composites.silu(this.node));
  }
  sigmoid(): Tensor {
    return new Tensor(composites.sigmoid(this.node));
  }
  softplus(): Tensor {
    return new Tensor(composites.softplus(this.node));
  }
  softmax(axis?: number): Tensor {
    return new Tensor(composites.softmax(this.node, axis));
  }
  logSoftmax(axis?: number): Tensor {
    return new Tensor(composites.logSoftmax(this.node, axis));
  }
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
  broadcastTo(shape: Shape): Tensor {
    return new Tensor(movement.broadcastTo(this.node, shape));
  }
  expandDimensions(axis: number): Tensor {
    return new Tensor(movement.expandDimensions(this.node, axis));
  }
  squeeze(axes?: Axes): Tensor {
    return new Tensor(movement.squeeze(this.node, axes));
  }
  /** Pads each axis by `[before, after]`; negative amounts crop. */
  pad(padding: readonly (readonly [number, number])[], value?: number): Tensor {
    return new Tensor(movement.pad(this.node, padding, value));
  }
  /** Elements start, start + step, ... below stop, per axis; negative positions count from the end. */
  slice(start: readonly number[], stop?: readonly number[], step?: readonly number[]): Tensor {
    return new Tensor(movement.slice(this.node, start, stop, step));
  }
  flip(axes?: Axes): Tensor {
    return new Tensor(movement.flip(this.node, axes));
  }
  /** Entries along `axis` picked by int32 `indices`, whose shape takes the axis's place; indices outside give 0. */
  gather(indices: Tensor, axis?: number): Tensor {
    return new Tensor(indexing.gather(this.node, indices.node, axis));
  }

  // reduction over `axes`, all by default
  sum(axes?: Axes, keepDimensions?: boolean): Tensor {
    return new Tensor(reduction.sum(this.node, axes, keepDimensions));
  }
  max(axes?: Axes, keepDimensions?: boolean): Tensor {
    return new Tensor(reduction.max(this.node, axes, keepDimensions));
  }
  min(axes?: Axes, keepDimensions?: boolean): Tensor {
    return new Tensor(reduction.min(this.node, axes, keepDimensions));
  }
  product(axes?: Axes, keepDimensions?: boolean): Tensor {
    return new Tensor(reduction.product(this.node, axes, keepDimensions));
  }
  mean(axes?: Axes, keepDimensions?: boolean): Tensor {
    return new Tensor(reduction.mean(this.node, axes, keepDimensions));
  }
  /** Mean squared deviation; `correction` is subtracted from the count. */
  variance(axes?: Axes, options?: { correction?: number; keepDimensions?: boolean }): Tensor {
    return new Tensor(reduction.variance(this.node, axes, options));
  }
  standardDeviation(axes?: Axes, options?: { correction?: number; keepDimensions?: boolean }): Tensor {
    return new Tensor(reduction.standardDeviation(this.node, axes, options));
  }
  norm(order?: number, axes?: Axes, keepDimensions?: boolean): Tensor {
    return new Tensor(composites.norm(this.node, order, axes, keepDimensions));
  }
  /** int32 index of the first greatest element along `axis`. */
  argmax(axis?: number): Tensor {
    return new Tensor(reduction.argmax(this.node, axis));
  }
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
  maxPool(window: number | readonly number[], options?: contraction.PoolOptions): Tensor {
    return new Tensor(contraction.maxPool(this.node, window, options));
  }
  averagePool(window: number | readonly number[], options?: composites.AveragePoolOptions): Tensor {
    return new Tensor(composites.averagePool(this.node, window, options));
  }
  lpPool(order: number, window: number | readonly number[], options?: contraction.PoolOptions): Tensor {
    return new Tensor(composites.lpPool(this.node, order, window, options));
  }
}
