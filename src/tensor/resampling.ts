import { node } from "../graph/build.js";
import type { Node } from "../graph/types.js";
import { formatShape, type Shape, ShapeError, sizeOf } from "../shape/shape.js";
import { perAxis } from "../shape/window.js";
import { matmul } from "./contraction.js";
import {
  abs,
  add,
  and,
  cast,
  divide,
  greaterEqual,
  less,
  maximum,
  minimum,
  multiply,
  subtract,
} from "./elementwise.js";
import { gather } from "./indexing.js";
import { broadcastTo, reshape, transpose } from "./movement.js";
import { averagePool } from "./pooling.js";
import { sum } from "./reduction.js";

// Each spatial axis is resampled for itself: by a matrix `[outputs, inputs]`, made of index arithmetic, from the left.

export interface ResizeOptions {
  /** "nearest" (the default) repeats or picks elements, "linear" interpolates (bilinear for pictures). */
  readonly mode?: "nearest" | "linear";
  /** For "linear": whether the centres of the first and last elements stay in place, instead of the outer edges. */
  readonly alignCorners?: boolean;
}

/**
 * Resamples the spatial axes of `[N, C, ...S]` to `[N, C, ...size]`. Output `o` reads the input at
 *
 *     nearest: floor(o S / size)      linear: (o + 1/2) S / size - 1/2, or o (S - 1) / (size - 1) with alignCorners
 *
 * and beyond the outermost elements their values go on.
 */
export function resize(x: Node, size: number | readonly number[], options: ResizeOptions = {}): Node {
  const { mode = "nearest", alignCorners = false } = options;
  return target(x, size, "resize").reduce((resized, outputs, i) => {
    const inputs = x.shape[2 + i]!;
    if (outputs === inputs) return resized;
    if (mode === "nearest") return nearest(resized, 2 + i, outputs);
    return alongAxis(resized, 2 + i, interpolation(outputs, inputs, alignCorners));
  }, x);
}

/**
 * Means over boxes that divide the spatial axes of `[N, C, ...S]` as evenly as possible, to `[N, C, ...size]`: output `o` is
 * the mean of the inputs from `floor(o S / size)` up to, but not including, `ceil((o + 1) S / size)`. Boxes overlap by one
 * where sizes do not divide.
 */
export function adaptiveAveragePool(x: Node, size: number | readonly number[]): Node {
  const outputs = target(x, size, "adaptiveAveragePool");
  const inputs = x.shape.slice(2);
  if (inputs.every((extent, i) => extent % outputs[i]! === 0)) {
    return averagePool(
      x,
      inputs.map((extent, i) => extent / outputs[i]!),
    );
  }
  return outputs.reduce((pooled, count, i) => {
    const extent = inputs[i]!;
    return count === extent ? pooled : alongAxis(pooled, 2 + i, boxes(count, extent));
  }, x);
}

function target(x: Node, size: number | readonly number[], operation: string): number[] {
  const spatial = x.shape.slice(2);
  if (spatial.length === 0 || spatial.includes(0)) {
    throw new ShapeError(
      `${operation}: ${formatShape(x.shape)} must be [batch, channels, ...spatial], none of these empty`,
    );
  }
  return perAxis(size, spatial.length, 1, "size", operation);
}

/** Row and column of each element of a matrix, int32. */
function indices(shape: Shape): [row: Node, column: Node] {
  return [node("iota", [], { shape, axis: 0 }), node("iota", [], { shape, axis: 1 })];
}

function boxes(outputs: number, inputs: number): Node {
  const [o, i] = indices([outputs, inputs]);
  const start = divide(multiply(o, inputs), outputs);
  const stop = divide(add(multiply(o, inputs), inputs + outputs - 1), outputs);
  const inside = cast(and(greaterEqual(i, start), less(i, stop)), "float32");
  return divide(inside, sum(inside, 1, true));
}

function interpolation(outputs: number, inputs: number, alignCorners: boolean): Node {
  const [row, column] = indices([outputs, inputs]);
  const [o, i] = [cast(row, "float32"), cast(column, "float32")];
  const position = alignCorners
    ? multiply(o, outputs === 1 ? 0 : (inputs - 1) / (outputs - 1))
    : subtract(multiply(add(o, 0.5), inputs / outputs), 0.5);
  const within = minimum(maximum(position, 0), inputs - 1);
  return maximum(subtract(1, abs(subtract(within, i))), 0);
}

/** The extents before and after an axis, each taken as one. */
function around(shape: Shape, axis: number): [before: number, after: number] {
  return [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1))];
}

/** The product of `matrix`, `[outputs, inputs]`, with `x` along an axis of extent `inputs`. */
function alongAxis(x: Node, axis: number, matrix: Node): Node {
  const [outputs, inputs] = matrix.shape as readonly [number, number];
  const [before, after] = around(x.shape, axis);
  const result = x.shape.map((extent, i) => (i === axis ? outputs : extent));
  if (after === 1) return reshape(matmul(reshape(x, [before, inputs]), transpose(matrix)), result);
  return reshape(matmul(matrix, reshape(x, [before, inputs, after])), result);
}

function nearest(x: Node, axis: number, outputs: number): Node {
  const inputs = x.shape[axis]!;
  const [before, after] = around(x.shape, axis);
  const result = x.shape.map((extent, i) => (i === axis ? outputs : extent));
  if (outputs % inputs === 0) {
    const repeated = broadcastTo(reshape(x, [before, inputs, 1, after]), [
      before,
      inputs,
      outputs / inputs,
      after,
    ]);
    return reshape(repeated, result);
  }
  const o = node("iota", [], { shape: [outputs], axis: 0 });
  return gather(x, divide(multiply(o, inputs), outputs), axis);
}
