import type { DType } from "../shape/dtype.js";
import { formatShape, type Shape, ShapeError, sameShape } from "../shape/shape.js";
import { windowOutputs } from "../shape/window.js";
import type { ConvolutionAttributes, OpAttributes, OpName, PoolAttributes, TensorType } from "./types.js";

// What the rules in ops.ts ask of their operands. Each throws a ShapeError that says what would fit.

export function describe(type: TensorType): string {
  return `${type.dtype}${formatShape(type.shape)}`;
}

export function requireOneOf(x: TensorType, dtypes: readonly DType[], op: OpName): void {
  if (!dtypes.includes(x.dtype))
    throw new ShapeError(`${op}: ${describe(x)} has the wrong dtype; it must be ${dtypes.join(" or ")}`);
}

export function requireDtype(x: TensorType, dtype: DType, op: OpName): void {
  requireOneOf(x, [dtype], op);
}

export function requireNumber(x: TensorType, op: OpName): void {
  requireOneOf(x, ["float32", "int32"], op);
}

export function requireSame(a: TensorType, b: TensorType, op: OpName): void {
  if (a.dtype !== b.dtype || !sameShape(a.shape, b.shape)) {
    throw new ShapeError(
      `${op}: ${describe(a)} and ${describe(b)} must have the same dtype and shape; cast or broadcast one of them`,
    );
  }
}

export function requireShape(x: TensorType, shape: Shape, role: string, op: OpName): void {
  if (x.dtype !== "float32" || !sameShape(x.shape, shape)) {
    throw new ShapeError(`${op}: the ${role} is ${describe(x)}; it must be float32${formatShape(shape)}`);
  }
}

export function requireNotEmpty(x: TensorType, axes: readonly number[], op: OpName): void {
  if (axes.some((axis) => x.shape[axis] === 0)) {
    throw new ShapeError(
      `${op}: ${formatShape(x.shape)} has nothing to reduce along axes [${axes.join(", ")}]`,
    );
  }
}

export function checkAxes(axes: readonly number[], rank: number, op: OpName): void {
  const valid = axes.every(
    (axis, i) => Number.isInteger(axis) && axis >= 0 && axis < rank && (i === 0 || axis > axes[i - 1]!),
  );
  if (!valid)
    throw new ShapeError(`${op}: axes [${axes.join(", ")}] must be increasing, each from 0 to ${rank - 1}`);
}

/** Checks a convolution's operands against each other; returns the output's spatial extents. */
export function checkConvolution(
  x: TensorType,
  kernel: TensorType,
  attributes: ConvolutionAttributes,
  op: OpName,
): number[] {
  requireDtype(x, "float32", op);
  requireDtype(kernel, "float32", op);
  const { groups, strides, padding, dilation } = attributes;
  const rank = x.shape.length - 2;
  if (rank < 1 || kernel.shape.length !== rank + 2) {
    throw new ShapeError(
      `${op}: input ${formatShape(x.shape)} and kernel ${formatShape(kernel.shape)} must be [batch, channels, ...spatial] ` +
        `and [channels out, channels in / groups, ...kernel] with the same number of spatial axes, at least one`,
    );
  }
  if (strides.length !== rank || padding.length !== rank || dilation.length !== rank) {
    throw new ShapeError(`${op}: strides, padding and dilation need ${rank} entries, one per spatial axis`);
  }
  const [channels, outputs] = [x.shape[1]!, kernel.shape[0]!];
  if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0 || outputs % groups !== 0) {
    throw new ShapeError(
      `${op}: groups is ${groups}; it must divide the ${channels} input and the ${outputs} output channels`,
    );
  }
  if (kernel.shape[1] !== channels / groups) {
    throw new ShapeError(
      `${op}: the kernel ${formatShape(kernel.shape)} reads ${kernel.shape[1]} channels${groups > 1 ? " a group" : ""}, but the input ` +
        `${formatShape(x.shape)} has ${channels}${groups > 1 ? ` in ${groups} groups, ${channels / groups} each` : ""}`,
    );
  }
  return windowOutputs(x.shape.slice(2), kernel.shape.slice(2), attributes, op);
}

export function poolShape(x: TensorType, attributes: PoolAttributes, op: OpName): Shape {
  requireDtype(x, "float32", op);
  const spatial = x.shape.slice(2);
  if (x.shape.length < 3 || attributes.kernel.length !== spatial.length) {
    throw new ShapeError(
      `${op}: a window of ${formatShape(attributes.kernel)} needs an input [batch, channels, ...] with ${attributes.kernel.length} spatial axes, not ${formatShape(x.shape)}`,
    );
  }
  attributes.padding.forEach(([before, after], axis) => {
    const covered = attributes.dilation[axis]! * (attributes.kernel[axis]! - 1) + 1;
    if (before >= covered || after >= covered) {
      throw new ShapeError(
        `${op}: padding [${before}, ${after}] in spatial axis ${axis} leaves a window of ${covered} with no cell of the input; it must be smaller than the window`,
      );
    }
  });
  return [x.shape[0]!, x.shape[1]!, ...windowOutputs(spatial, attributes.kernel, attributes, op)];
}

/** Checks a loop's inputs against its attributes; the body itself is checked by `verify`. */
export function checkScan(inputs: readonly TensorType[], attributes: OpAttributes["scan"], op: OpName): void {
  const { length, sequences, next, result } = attributes;
  if (!Number.isInteger(length) || length < 0) {
    throw new ShapeError(`${op}: length is ${length}; it must be an integer of at least 0`);
  }
  if (inputs.length < next.length + sequences) {
    throw new ShapeError(
      `${op}: ${next.length} carries and ${sequences} sequences need as many operands, got ${inputs.length}`,
    );
  }
  next.forEach((value, carry) => {
    const initial = inputs[carry]!;
    if (value.dtype === initial.dtype && sameShape(value.shape, initial.shape)) return;
    throw new ShapeError(
      `${op}: carry ${carry} starts as ${describe(initial)} and goes on as ${describe(value)}; both must be the same`,
    );
  });
  inputs.slice(next.length, next.length + sequences).forEach((sequence, i) => {
    if (sequence.shape[0] === length) return;
    throw new ShapeError(
      `${op}: sequence ${i} is ${describe(sequence)}; a loop of ${length} steps needs ${length} along its first axis`,
    );
  });
  if (result.kind !== "stack" && next[result.carry] === undefined) {
    throw new ShapeError(`${op}: there is no carry ${result.carry}; there are ${next.length}`);
  }
}
