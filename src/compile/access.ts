import type { Node } from "../graph/types.js";
import { type Shape, sizeOf, stridesOf } from "../shape/shape.js";
import type { Affine, BufferId, View } from "./kernel.js";

/** The coordinate along each axis of a node, as functions of the loop counters of a nest. */
export type Coordinates = readonly Affine[];

export function constantAffine(value: number, loops: number): Affine {
  return { offset: value, strides: new Array<number>(loops).fill(0) };
}

/** `scale * a + offset`. */
function scaled(a: Affine, scale: number, offset: number): Affine {
  return { offset: a.offset * scale + offset, strides: a.strides.map((stride) => stride * scale) };
}

/** Coordinates of a node when loop d runs over its axis d, for `loops` loops in all. */
export function identityCoordinates(rank: number, loops = rank): Affine[] {
  return Array.from({ length: rank }, (_, axis) => ({
    offset: 0,
    strides: Array.from({ length: loops }, (_, loop) => (loop === axis ? 1 : 0)),
  }));
}

/** Strides of loops with these extents: those of one turn have none, as everywhere in nests. */
export function still(extents: readonly number[], strides: readonly number[]): number[] {
  return strides.map((stride, axis) => (extents[axis] === 1 ? 0 : stride));
}

/** Position in a dense row-major array. */
export function linearize(coordinates: Coordinates, shape: Shape, loops: number): Affine {
  const rowMajor = stridesOf(shape);
  let offset = 0;
  const strides = new Array<number>(loops).fill(0);
  coordinates.forEach((coordinate, axis) => {
    // An axis of extent 1 only ever has coordinate 0.
    if (shape[axis] === 1) return;
    offset += coordinate.offset * rowMajor[axis]!;
    for (let loop = 0; loop < loops; loop++) strides[loop]! += coordinate.strides[loop]! * rowMajor[axis]!;
  });
  return { offset, strides };
}

/**
 * The inverse of `linearize`: finds coordinates in `shape` for a linear position, given the loops' extents. Each
 * loop's stride must be a multiple of one axis' stride without running over the end of that axis; undefined when
 * a loop would have to be split to make it so.
 */
export function delinearize(linear: Affine, shape: Shape, extents: readonly number[]): Affine[] | undefined {
  const rowMajor = stridesOf(shape);
  const loops = extents.length;
  const offsets = new Array<number>(shape.length).fill(0);
  const strides = shape.map(() => new Array<number>(loops).fill(0));
  const reach = new Array<number>(shape.length).fill(0);
  let rest = linear.offset;
  if (rest < 0) return undefined;
  for (let axis = 0; axis < shape.length; axis++) {
    if (shape[axis]! <= 1) continue;
    offsets[axis] = Math.floor(rest / rowMajor[axis]!);
    rest -= offsets[axis]! * rowMajor[axis]!;
    reach[axis] = offsets[axis]!;
  }
  if (rest !== 0) return undefined;
  for (let loop = 0; loop < loops; loop++) {
    const stride = linear.strides[loop]!;
    if (stride === 0 || extents[loop]! <= 1) continue;
    if (stride < 0) return undefined;
    // Axes of extent 1 share their stride with a neighbour; they take no loop.
    const axis = shape.findIndex(
      (extent, i) => extent > 1 && stride % rowMajor[i]! === 0 && rowMajor[i]! <= stride,
    );
    if (axis < 0) return undefined;
    const step = stride / rowMajor[axis]!;
    strides[axis]![loop] = step;
    reach[axis]! += step * (extents[loop]! - 1);
    if (reach[axis]! >= shape[axis]!) return undefined;
  }
  return shape.map((_, axis) => ({ offset: offsets[axis]!, strides: strides[axis]! }));
}

/**
 * Coordinates in the operand of a movement node, from coordinates in its result. Undefined where no affine
 * coordinates exist (a reshape that would split a loop); then the operand must be kept in memory, where the position
 * in its dense array is all that is needed.
 */
export function throughMovement(
  node: Node,
  coordinates: Coordinates,
  extents: readonly number[],
): Coordinates | undefined {
  const loops = extents.length;
  switch (node.op) {
    case "reshape":
      return delinearize(linearize(coordinates, node.shape, loops), node.inputs[0]!.shape, extents);
    case "permute": {
      const result = new Array<Affine>(coordinates.length);
      node.attributes.axes.forEach((axis, i) => {
        result[axis] = coordinates[i]!;
      });
      return result;
    }
    case "broadcast":
      return coordinates.map((coordinate, axis) =>
        node.inputs[0]!.shape[axis] === 1 && node.shape[axis] !== 1 ? constantAffine(0, loops) : coordinate,
      );
    case "slice":
      return coordinates.map((c, axis) =>
        scaled(c, node.attributes.step[axis]!, node.attributes.start[axis]!),
      );
    case "flip":
      return coordinates.map((c, axis) =>
        node.attributes.axes.includes(axis) ? scaled(c, -1, node.shape[axis]! - 1) : c,
      );
    default:
      return undefined;
  }
}

/**
 * Where the elements of `node` lie one after the other, in row-major order, and from which place on: in the buffer of a node
 * of which it is a reshaped part along the first axis. Undefined where they are spread out, or not in memory at all.
 */
export function contiguousIn(
  node: Node,
  bufferOf: (node: Node) => BufferId | undefined,
): { readonly buffer: BufferId; readonly offset: number } | undefined {
  let at = node;
  let offset = 0;
  for (;;) {
    const buffer = bufferOf(at);
    if (buffer !== undefined) return { buffer, offset };
    if (at.op === "slice") {
      const [x, { start, step }] = [at.inputs[0]!, at.attributes];
      if (step[0] !== 1 || at.shape.some((extent, axis) => axis > 0 && extent !== x.shape[axis]))
        return undefined;
      offset += start[0]! * sizeOf(x.shape.slice(1));
    } else if (at.op !== "reshape") return undefined;
    at = at.inputs[0]!;
  }
}

/** A position within what `contiguousIn` found, as a view of the buffer. */
export function placedView(place: { readonly buffer: BufferId; readonly offset: number }, at: Affine): View {
  return { buffer: place.buffer, offset: place.offset + at.offset, strides: at.strides };
}
