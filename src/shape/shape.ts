/** A shape lists the extents of an array, slowest-varying first. A scalar has shape `[]`. */
export type Shape = readonly number[];

/** Thrown where an operation is given shapes (or attributes) that do not fit. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";
}

/** Number of elements: the product of the extents. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const extent of shape) size *= extent;
  return size;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** A shape for messages: `[2, 3]`. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/** Turns a possibly negative axis into `0 .. rank-1`. */
export function normalizeAxis(axis: number, rank: number, operation: string): number {
  const normalized = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || normalized < 0 || normalized >= rank) {
    throw new ShapeError(
      rank === 0
        ? `${operation}: axis ${axis} of a scalar; a scalar has no axes`
        : `${operation}: axis ${axis} is out of range; a rank-${rank} tensor has axes ${-rank} to ${rank - 1}`,
    );
  }
  return normalized;
}

/** Normalizes a list of axes (or all axes when absent), sorted, without repetition. */
export function normalizeAxes(
  axes: number | readonly number[] | undefined,
  rank: number,
  operation: string,
): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  const list = typeof axes === "number" ? [axes] : axes;
  const normalized = list.map((axis) => normalizeAxis(axis, rank, operation));
  if (new Set(normalized).size !== normalized.length) {
    throw new ShapeError(`${operation}: axes [${list.join(", ")}] name the same axis twice`);
  }
  return normalized.sort((a, b) => a - b);
}

/** Shape after broadcasting (NumPy's rule: align on the right; 1 stretches). Throws when the shapes do not fit. */
export function broadcastShapes(a: Shape, b: Shape, operation: string): Shape {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const result = new Array<number>(rank);
  for (let back = 1; back <= rank; back++) {
    const extentA = a[a.length - back] ?? 1;
    const extentB = b[b.length - back] ?? 1;
    if (extentA !== extentB && extentA !== 1 && extentB !== 1) {
      throw new ShapeError(
        `${operation}: shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast: ` +
          `${extentA} against ${extentB} in axis ${-back}; extents must be equal, or one of them 1`,
      );
    }
    result[rank - back] = extentA === 1 ? extentB : extentA;
  }
  return result;
}

/** The axes of `to` along which an array of shape `from` is repeated when it is broadcast to `to`. */
export function broadcastAxes(from: Shape, to: Shape): number[] {
  const lead = to.length - from.length;
  const axes: number[] = [];
  for (let axis = 0; axis < to.length; axis++) {
    if (axis < lead || (from[axis - lead] === 1 && to[axis] !== 1)) axes.push(axis);
  }
  return axes;
}

/** Shape of a reduction that drops `axes`, or keeps them with extent 1. */
export function reducedShape(shape: Shape, axes: readonly number[], keepDimensions: boolean): Shape {
  return keepDimensions
    ? shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent))
    : shape.filter((_, axis) => !axes.includes(axis));
}

/** Checks that a shape given by a user consists of non-negative integers. */
export function checkShape(shape: Shape, operation: string): void {
  for (const extent of shape) {
    if (!Number.isInteger(extent) || extent < 0) {
      throw new ShapeError(
        `${operation}: ${formatShape(shape)} is not a shape; extents are integers of at least 0`,
      );
    }
  }
}
