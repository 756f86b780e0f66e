import { formatShape, type Shape, ShapeError } from "./shape.js";

/** How a window (a convolution's kernel, a pooling window) moves over the spatial axes; one entry per axis. */
export interface WindowGeometry {
  readonly strides: readonly number[];
  /** `[before, after]` per spatial axis. */
  readonly padding: readonly (readonly [number, number])[];
  readonly dilation: readonly number[];
}

/** A user's padding: none, as large as keeps `ceil(input / stride)`, one number, one per axis, or a pair per axis. */
export type Padding = "valid" | "same" | number | readonly (number | readonly [number, number])[];

/** Extent covered by a dilated kernel: `dilation * (kernel - 1) + 1`. */
export function dilatedExtent(kernel: number, dilation: number): number {
  return dilation * (kernel - 1) + 1;
}

/** `floor((input + before + after - dilated(kernel)) / stride) + 1`, or a value below 1 when nothing fits. */
export function windowOutput(
  input: number,
  kernel: number,
  stride: number,
  padding: readonly [number, number],
  dilation: number,
): number {
  return Math.floor((input + padding[0] + padding[1] - dilatedExtent(kernel, dilation)) / stride) + 1;
}

/** Output extents of a window over `input` (spatial axes only); throws, saying what would fit. */
export function windowOutputs(
  input: Shape,
  kernel: Shape,
  geometry: WindowGeometry,
  operation: string,
): number[] {
  return input.map((extent, axis) => {
    const padding = geometry.padding[axis]!;
    const output = windowOutput(
      extent,
      kernel[axis]!,
      geometry.strides[axis]!,
      padding,
      geometry.dilation[axis]!,
    );
    if (output < 1) {
      const covered = dilatedExtent(kernel[axis]!, geometry.dilation[axis]!);
      throw new ShapeError(
        `${operation}: a window of ${formatShape(kernel)} covers ${covered} in spatial axis ${axis}, but the input ` +
          `${formatShape(input)} has only ${extent} there, ${extent + padding[0] + padding[1]} with its padding; ` +
          `use a smaller window or at least ${covered - extent} of padding in all`,
      );
    }
    return output;
  });
}

/** One number for all axes, or one per axis; each an integer of at least `minimum`. */
export function perAxis(
  value: number | readonly number[],
  rank: number,
  minimum: number,
  name: string,
  operation: string,
): number[] {
  const list = typeof value === "number" ? new Array<number>(rank).fill(value) : [...value];
  if (list.length !== rank || list.some((entry) => !Number.isInteger(entry) || entry < minimum)) {
    throw new ShapeError(
      `${operation}: ${name} is ${JSON.stringify(value)}; it must be an integer of at least ${minimum}, or ${rank} of them`,
    );
  }
  return list;
}

/** Resolves a user's padding to `[before, after]` per axis. With "same", the odd cell goes after, as in most systems. */
export function resolvePadding(
  padding: Padding,
  input: Shape,
  kernel: Shape,
  strides: readonly number[],
  dilation: readonly number[],
  operation: string,
): [number, number][] {
  if (padding === "valid") return input.map(() => [0, 0]);
  if (padding === "same") {
    return input.map((extent, axis) => {
      const output = Math.ceil(extent / strides[axis]!);
      const total = Math.max(
        0,
        (output - 1) * strides[axis]! + dilatedExtent(kernel[axis]!, dilation[axis]!) - extent,
      );
      const before = Math.floor(total / 2);
      return [before, total - before];
    });
  }
  const list = typeof padding === "number" ? input.map(() => padding) : padding;
  const valid = (entry: number) => Number.isInteger(entry) && entry >= 0;
  if (list.length === input.length) {
    const pairs = list.map((entry): [number, number] =>
      typeof entry === "number" ? [entry, entry] : [entry[0], entry[1]],
    );
    if (pairs.every(([before, after]) => valid(before) && valid(after))) return pairs;
  }
  throw new ShapeError(
    `${operation}: padding is ${JSON.stringify(padding)}; it must be "valid", "same", an integer of at least 0, or ` +
      `${input.length} entries that are each an integer or a pair [before, after]`,
  );
}
