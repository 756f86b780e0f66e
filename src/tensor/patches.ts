import type { Node } from "../graph/types.js";
import { windowOutputs } from "../shape/window.js";
import { type PoolOptions, poolAttributes } from "./contraction.js";
import { broadcastTo, expandDimensions, pad, permute, reshape, slice } from "./movement.js";

export type PatchesOptions = Pick<PoolOptions, "stride" | "padding" | "dilation">;

/**
 * All windows of the trailing spatial axes of `x`, copied out: `[N, C, ...S] -> [N, C, ...window, ...S']`, where element
 * `[n, c, k, p]` is `x[n, c, p * stride + k * dilation - padding]`. Other systems call it unfold or im2col. The stride is 1
 * unless it is given; padding is zeros.
 */
export function patches(x: Node, window: number | readonly number[], options: PatchesOptions = {}): Node {
  const attributes = poolAttributes(x.shape, window, { stride: 1, ...options }, "patches");
  const { kernel, strides, padding, dilation } = attributes;
  const outputs = windowOutputs(x.shape.slice(2), kernel, attributes, "patches");
  let result = pad(x, [[0, 0], [0, 0], ...padding]);
  kernel.forEach((cells, i) => {
    const axis = 2 + 2 * i;
    result = slidingWindows(result, axis, cells, outputs[i]!, strides[i]!, dilation[i]!);
  });
  // [N, C, K1, P1, K2, P2, ...] to [N, C, K1, K2, ..., P1, P2, ...]
  const rank = kernel.length;
  const axes = [0, 1].flatMap((offset) => kernel.map((_, i) => 2 + 2 * i + offset));
  return rank === 1 ? result : permute(result, [0, 1, ...axes]);
}

/**
 * Replaces an axis of extent n by two, the cell in the window and the window. Copies of the axis are written one after the
 * other and read again in rows of n + dilation, so that each row starts `dilation` elements later in its copy than the row
 * before. This is movement only: exact, linear, and as many operations for a large window as for a small one.
 */
function slidingWindows(
  x: Node,
  axis: number,
  cells: number,
  outputs: number,
  stride: number,
  dilation: number,
): Node {
  const [before, extent, after] = [x.shape.slice(0, axis), x.shape[axis]!, x.shape.slice(axis + 1)];
  const copies = broadcastTo(expandDimensions(x, axis), [...before, cells, extent, ...after]);
  const length = cells * (extent + dilation);
  const flat = reshape(copies, [...before, cells * extent, ...after]);
  const padded = pad(
    flat,
    flat.shape.map((_, i) => [0, i === axis ? length - cells * extent : 0]),
  );
  const rows = reshape(padded, [...before, cells, extent + dilation, ...after]);
  const start = rows.shape.map(() => 0);
  const stop = rows.shape.map((n, i) => (i === axis + 1 ? (outputs - 1) * stride + 1 : n));
  const step = rows.shape.map((_, i) => (i === axis + 1 ? stride : 1));
  return slice(rows, start, stop, step);
}
