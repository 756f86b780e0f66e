import { inputSlot, node } from "../graph/build.js";
import { allocate, type DType, type TypedArray } from "../shape/dtype.js";
import { formatShape, type Shape, ShapeError, sizeOf } from "../shape/shape.js";
import * as composites from "./composites.js";
import { add, cast, constant, equal, multiply } from "./elementwise.js";
import { concatenate as concatenateNodes, stack as stackNodes } from "./movement.js";
import { Tensor } from "./tensor.js";

type NestedValues = number | boolean | readonly NestedValues[];
type NumericArray =
  | Float32Array
  | Float64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array;

export interface TensorOptions {
  /** Defaults to the nesting of an array, or one axis for a typed array. */
  readonly shape?: Shape;
  /** Defaults to int32 for typed arrays of integers, bool for booleans, float32 for everything else. */
  readonly dtype?: DType;
  /** For messages and listings. */
  readonly name?: string;
}

/**
 * A tensor of the given values, which are copied: a number, numbers (or booleans) nested as deep as the rank, or a typed
 * array in row-major order with `shape`.
 * @throws ShapeError when nested arrays are ragged, or the number of values does not fill the shape.
 */
export function tensor(values: NestedValues | NumericArray, options: TensorOptions = {}): Tensor {
  if (typeof values === "number" || typeof values === "boolean") {
    const dtype = options.dtype ?? (typeof values === "boolean" ? "bool" : "float32");
    return full(options.shape ?? [], Number(values), dtype);
  }
  const typed = ArrayBuffer.isView(values) ? values : undefined;
  const found = typed ? [typed.length] : nestedShape(values as readonly NestedValues[]);
  const flat: ArrayLike<number | boolean> = typed ?? flatten(values as readonly NestedValues[]);
  const shape = options.shape ?? found;
  if (sizeOf(shape) !== flat.length) {
    throw new ShapeError(
      `tensor: ${flat.length} values do not fill the shape ${formatShape(shape)}, which holds ${sizeOf(shape)}`,
    );
  }
  const dtype = options.dtype ?? defaultDtype(values, flat);
  const data = allocate(dtype, flat.length);
  for (let i = 0; i < flat.length; i++) data[i] = convert(Number(flat[i]), dtype, i);
  return fromOwned(data, shape, dtype, options.name ?? "tensor");
}

function fromOwned(data: TypedArray, shape: Shape, dtype: DType, name: string): Tensor {
  return new Tensor(node("input", [], { slot: inputSlot(name, { shape, dtype }, data) }));
}

function defaultDtype(values: NestedValues | NumericArray, flat: ArrayLike<number | boolean>): DType {
  if (ArrayBuffer.isView(values))
    return values instanceof Float32Array || values instanceof Float64Array ? "float32" : "int32";
  return typeof flat[0] === "boolean" ? "bool" : "float32";
}

function convert(value: number, dtype: DType, index: number): number {
  if (dtype === "float32") return value;
  if (dtype === "bool") return value !== 0 ? 1 : 0;
  if ((value | 0) !== value)
    throw new ShapeError(`tensor: value ${value} at position ${index} is not an int32`);
  return value;
}

/** The shape of nested arrays; they must not be ragged. */
function nestedShape(values: readonly NestedValues[]): number[] {
  const shape: number[] = [];
  let level: NestedValues | undefined = values;
  while (Array.isArray(level)) {
    shape.push(level.length);
    level = level[0];
  }
  const check = (value: NestedValues, axis: number, path: string): void => {
    const extent = Array.isArray(value) ? value.length : undefined;
    if (extent !== shape[axis]) {
      const describe = (n: number | undefined) => (n === undefined ? "a number" : `an array of ${n}`);
      throw new ShapeError(
        `tensor: ragged array: ${path} is ${describe(extent)} where its siblings are ${describe(shape[axis])}`,
      );
    }
    if (Array.isArray(value))
      for (const [i, entry] of value.entries()) check(entry, axis + 1, `${path}[${i}]`);
  };
  check(values, 0, "values");
  return shape;
}

function flatten(values: readonly NestedValues[]): (number | boolean)[] {
  const flat: (number | boolean)[] = [];
  const visit = (value: NestedValues): void => {
    if (typeof value === "number" || typeof value === "boolean") flat.push(value);
    else for (const entry of value) visit(entry);
  };
  visit(values);
  return flat;
}

/** A tensor without axes. */
export function scalar(value: number, dtype: DType = "float32"): Tensor {
  return full([], value, dtype);
}

/** `value` everywhere: a constant, which takes no memory. */
export function full(shape: Shape, value: number, dtype: DType = "float32"): Tensor {
  return new Tensor(constant(convert(value, dtype, 0), dtype, [...shape]));
}

/** 0 everywhere: a constant, which takes no memory. */
export function zeros(shape: Shape, dtype: DType = "float32"): Tensor {
  return full(shape, 0, dtype);
}

/** 1 everywhere: a constant, which takes no memory. */
export function ones(shape: Shape, dtype: DType = "float32"): Tensor {
  return full(shape, 1, dtype);
}

/** Zeros of the same shape and dtype. */
export function zerosLike(x: Tensor): Tensor {
  return zeros(x.shape, x.dtype);
}

/** Ones of the same shape and dtype. */
export function onesLike(x: Tensor): Tensor {
  return ones(x.shape, x.dtype);
}

/** int32 `0, 1, ..., count - 1`. */
export function arange(count: number): Tensor {
  return new Tensor(node("iota", [], { shape: [count], axis: 0 }));
}

/** `count` evenly spaced float32 values from `start` to `stop`, both included. */
export function linspace(start: number, stop: number, count: number): Tensor {
  if (count === 1) return full([1], start);
  return new Tensor(add(multiply(cast(arange(count).node, "float32"), (stop - start) / (count - 1)), start));
}

/** The identity matrix, `[size, size]`, float32. */
export function eye(size: number): Tensor {
  const [row, column] = [0, 1].map((axis) => node("iota", [], { shape: [size, size], axis }));
  return new Tensor(cast(equal(row!, column!), "float32"));
}

/** Rows that are 1 at the int32 label and 0 elsewhere: `[...] -> [..., classes]`, float32. */
export function oneHot(labels: Tensor, classes: number): Tensor {
  return new Tensor(composites.oneHot(labels.node, classes));
}

/** Joins tensors along an existing axis. */
export function concatenate(parts: readonly Tensor[], axis = 0): Tensor {
  return new Tensor(
    concatenateNodes(
      parts.map((part) => part.node),
      axis,
    ),
  );
}

/** Joins tensors of one shape along a new axis. */
export function stack(parts: readonly Tensor[], axis = 0): Tensor {
  return new Tensor(
    stackNodes(
      parts.map((part) => part.node),
      axis,
    ),
  );
}

/** Einstein summation; see `composites.einsum`. */
export function einsum(equation: string, ...operands: readonly Tensor[]): Tensor {
  return new Tensor(composites.einsum(equation, ...operands.map((operand) => operand.node)));
}

/** `condition ? a : b`, element by element; the three broadcast together. */
export function where(condition: Tensor, a: Tensor | number, b: Tensor | number): Tensor {
  return condition.where(a, b);
}
