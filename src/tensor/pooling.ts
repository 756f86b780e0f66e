import { node } from "../graph/build.js";
import type { Node } from "../graph/types.js";
import { ShapeError, sizeOf } from "../shape/shape.js";
import { type PoolOptions, poolAttributes } from "./contraction.js";
import { abs, constant, divide, multiply, power } from "./elementwise.js";
import { reshape, slice } from "./movement.js";
import { root } from "./numeric.js";
import { mean } from "./reduction.js";

export interface AveragePoolOptions extends PoolOptions {
  /** Whether padding cells count as zeros in the mean (the default) or are left out of it. */
  readonly countIncludePad?: boolean;
}

/**
 * Mean of each window over the trailing spatial axes of `x`, `[N, C, ...S]`. Windows that tile the input are a reshape and
 * a mean; others are a depthwise convolution with a uniform kernel.
 */
export function averagePool(
  x: Node,
  window: number | readonly number[],
  options: AveragePoolOptions = {},
): Node {
  const { kernel, strides, padding, dilation } = poolAttributes(x.shape, window, options, "averagePool");
  const [batch, channels, ...spatial] = x.shape as [number, number, ...number[]];
  const padded = padding.some(([before, after]) => before > 0 || after > 0);
  const tiles =
    strides.every((stride, axis) => stride === kernel[axis]) && dilation.every((step) => step === 1);
  if (tiles && !padded && spatial.every((extent, axis) => extent >= kernel[axis]!)) {
    const counts = spatial.map((extent, axis) => Math.floor(extent / kernel[axis]!));
    const whole = slice(x, [], [batch, channels, ...counts.map((count, axis) => count * kernel[axis]!)]);
    const split = reshape(whole, [
      batch,
      channels,
      ...counts.flatMap((count, axis) => [count, kernel[axis]!]),
    ]);
    return mean(
      split,
      counts.map((_, axis) => 3 + 2 * axis),
    );
  }
  const geometry = { strides, padding, dilation };
  const countIncludePad = options.countIncludePad ?? true;
  const weight = constant(countIncludePad || !padded ? 1 / sizeOf(kernel) : 1, "float32", [
    channels,
    1,
    ...kernel,
  ]);
  const sums = node("convolution", [x, weight], { ...geometry, groups: channels });
  if (countIncludePad || !padded) return sums;
  const cells = constant(1, "float32", [1, 1, ...spatial]);
  return divide(
    sums,
    node("convolution", [cells, constant(1, "float32", [1, 1, ...kernel])], { ...geometry, groups: 1 }),
  );
}

/** `(sum |x|^order)^(1/order)` over each window; the derivative where that is 0 is taken as 0. */
export function lpPool(
  x: Node,
  order: number,
  window: number | readonly number[],
  options: PoolOptions = {},
): Node {
  if (!(order >= 1)) throw new ShapeError(`lpPool: order is ${order}; it must be at least 1`);
  const { kernel } = poolAttributes(x.shape, window, options, "lpPool");
  const powers = order === 1 ? abs(x) : order === 2 ? multiply(x, x) : power(abs(x), order);
  const sums = multiply(averagePool(powers, window, options), sizeOf(kernel));
  return order === 1 ? sums : root(sums, order);
}
