import { node } from "../graph/build.js";
import type { Node } from "../graph/types.js";
import { ShapeError, sizeOf } from "../shape/shape.js";
import { type PoolOptions, poolAttributes } from "./contraction.js";
import { abs, constant, divide, multiply, power } from "./elementwise.js";
import { pad, reshape, slice } from "./movement.js";
import { root } from "./numeric.js";
import { sum } from "./reduction.js";

export interface AveragePoolOptions extends PoolOptions {
  /** Whether padding cells count as zeros in the mean (the default) or are left out of it. */
  readonly countIncludePad?: boolean;
}

/**
 * Sum of each window over the trailing spatial axes of `x`, `[N, C, ...S]`. Windows that tile the input are a reshape and
 * a sum; others are a depthwise convolution with a uniform kernel.
 */
export function sumPool(x: Node, window: number | readonly number[], options: PoolOptions = {}): Node {
  const { kernel, strides, padding, dilation } = poolAttributes(x.shape, window, options, "sumPool");
  const [batch, channels, ...spatial] = x.shape as [number, number, ...number[]];
  const tiles =
    strides.every((stride, axis) => stride === kernel[axis]) && dilation.every((step) => step === 1);
  const padded = padding.some(([before, after]) => before > 0 || after > 0);
  if (tiles && !padded && spatial.every((extent, axis) => extent >= kernel[axis]!)) {
    const counts = spatial.map((extent, axis) => Math.floor(extent / kernel[axis]!));
    const whole = slice(x, [], [batch, channels, ...counts.map((count, axis) => count * kernel[axis]!)]);
    const split = reshape(whole, [
      batch,
      channels,
      ...counts.flatMap((count, axis) => [count, kernel[axis]!]),
    ]);
    return sum(
      split,
      counts.map((_, axis) => 3 + 2 * axis),
    );
  }
  const weight = constant(1, "float32", [channels, 1, ...kernel]);
  return node("convolution", [x, weight], { strides, padding, dilation, groups: channels });
}

/** Mean of each window; see `sumPool`. Cells past the end, which `ceilMode` lets in, never count. */
export function averagePool(
  x: Node,
  window: number | readonly number[],
  options: AveragePoolOptions = {},
): Node {
  const { countIncludePad = true } = options;
  const { kernel, padding } = poolAttributes(x.shape, window, options, "averagePool");
  // Cells that count, though they lie around the input.
  const counting = countIncludePad
    ? poolAttributes(x.shape, window, { ...options, ceilMode: false }, "averagePool").padding
    : padding.map((): [number, number] => [0, 0]);
  const absent = padding.map(([before, after], axis): [number, number] => [
    before - counting[axis]![0],
    after - counting[axis]![1],
  ]);
  const sums = sumPool(x, window, options);
  if (absent.every(([before, after]) => before === 0 && after === 0)) {
    return multiply(sums, 1 / sizeOf(kernel));
  }
  const cells = pad(constant(1, "float32", [1, 1, ...x.shape.slice(2)]), [[0, 0], [0, 0], ...counting], 1);
  return divide(sums, sumPool(cells, window, { ...options, padding: absent, ceilMode: false }));
}

/** `(sum |x|^order)^(1/order)` over each window; the derivative where that is 0 is taken as 0. */
export function lpPool(
  x: Node,
  order: number,
  window: number | readonly number[],
  options: PoolOptions = {},
): Node {
  if (!(order >= 1)) throw new ShapeError(`lpPool: order is ${order}; it must be at least 1`);
  const powers = order === 1 ? abs(x) : order === 2 ? multiply(x, x) : power(abs(x), order);
  const sums = sumPool(powers, window, options);
  return order === 1 ? sums : root(sums, order);
}
