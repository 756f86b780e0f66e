import { type Shape, sizeOf, stridesOf } from "../../shape/shape.js";

/**
 * `offset + sum over axes of index * stride`, for every index of `shape` in row-major order: where a strided view
 * finds its elements. A stride of 0 repeats them, a negative one goes backwards.
 */
export function positions(shape: Shape, strides: readonly number[], offset = 0): Int32Array {
  let list = Int32Array.of(offset);
  shape.forEach((extent, axis) => {
    const next = new Int32Array(list.length * extent);
    for (let i = 0; i < next.length; i++) {
      next[i] = list[Math.floor(i / extent)]! + (i % extent) * strides[axis]!;
    }
    list = next;
  });
  return list;
}

/** For every element of `shape`, its place in the array that is left when `axes` are dropped. */
export function reducedPositions(shape: Shape, axes: readonly number[]): Int32Array {
  const kept = shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]));
  const strides = new Array<number>(shape.length).fill(0);
  stridesOf(kept.map((axis) => shape[axis]!)).forEach((stride, i) => {
    strides[kept[i]!] = stride;
  });
  return positions(shape, strides);
}

/** Sees a shape as [outer, extent, inner] around one axis. */
export function around(shape: Shape, axis: number): { outer: number; extent: number; inner: number } {
  return {
    outer: sizeOf(shape.slice(0, axis)),
    extent: shape[axis]!,
    inner: sizeOf(shape.slice(axis + 1)),
  };
}
