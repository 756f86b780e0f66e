import { node } from "../graph/build.js";
import type { ConvolutionAttributes, Node, PoolAttributes } from "../graph/types.js";
import { broadcastShapes, formatShape, type Shape, ShapeError } from "../shape/shape.js";
import { type Padding, perAxis, resolvePadding } from "../shape/window.js";
import { broadcastTo, expandDimensions, reshape, squeeze } from "./movement.js";

/**
 * Matrix product. `[..., M, K] x [..., K, N] -> [..., M, N]`; leading axes broadcast; vectors count as a row on the
 * left and a column on the right, and their axis is dropped from the result.
 */
export function matmul(a: Node, b: Node): Node {
  if (a.shape.length === 0 || b.shape.length === 0) {
    throw new ShapeError(
      `matmul: ${formatShape(a.shape)} times ${formatShape(b.shape)}: scalars are multiplied with multiply`,
    );
  }
  if (a.shape.length === 1) return squeeze(matmul(expandDimensions(a, 0), b), -2);
  if (b.shape.length === 1) return squeeze(matmul(a, expandDimensions(b, 1)), -1);
  // A batch of matrices times one matrix is one taller product.
  if (b.shape.length === 2 && a.shape.length > 2 && a.shape.at(-1) === b.shape[0]) {
    return reshape(matmul(reshape(a, [-1, a.shape.at(-1)!]), b), [...a.shape.slice(0, -1), b.shape[1]!]);
  }
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2), "matmul");
  return node(
    "matmul",
    [broadcastTo(a, [...batch, ...a.shape.slice(-2)]), broadcastTo(b, [...batch, ...b.shape.slice(-2)])],
    {},
  );
}

export interface ConvolutionOptions {
  readonly stride?: number | readonly number[];
  readonly padding?: Padding;
  readonly dilation?: number | readonly number[];
  readonly groups?: number;
}

/**
 * Cross-correlation over the trailing spatial axes (any number of them), which deep learning calls convolution:
 * `y[n, o, p] = sum over c, k of x[n, c, p * stride + k * dilation - padding] * kernel[o, c, k]`.
 * `x` is `[N, C, ...S]`, `kernel` `[O, C / groups, ...K]`.
 */
export function convolution(x: Node, kernel: Node, options: ConvolutionOptions = {}): Node {
  return node("convolution", [x, kernel], convolutionAttributes(x.shape, kernel.shape, options));
}

function convolutionAttributes(x: Shape, kernel: Shape, options: ConvolutionOptions): ConvolutionAttributes {
  const [spatial, window] = [x.slice(2), kernel.slice(2)];
  const strides = perAxis(options.stride ?? 1, spatial.length, 1, "stride", "convolution");
  const dilation = perAxis(options.dilation ?? 1, spatial.length, 1, "dilation", "convolution");
  const padding = resolvePadding(
    options.padding ?? "valid",
    spatial,
    window,
    strides,
    dilation,
    "convolution",
  );
  return { strides, padding, dilation, groups: options.groups ?? 1 };
}

export interface PoolOptions {
  /** Defaults to the window, so that windows tile the input. */
  readonly stride?: number | readonly number[];
  readonly padding?: Padding;
  readonly dilation?: number | readonly number[];
}

/** Resolves pooling options for an input `[N, C, ...S]`. */
export function poolAttributes(
  x: Shape,
  window: number | readonly number[],
  options: PoolOptions,
  operation: string,
): PoolAttributes {
  const spatial = x.slice(2);
  if (spatial.length === 0)
    throw new ShapeError(`${operation}: needs [batch, channels, ...spatial], got ${formatShape(x)}`);
  const kernel = perAxis(window, spatial.length, 1, "window", operation);
  const strides = perAxis(options.stride ?? kernel, spatial.length, 1, "stride", operation);
  const dilation = perAxis(options.dilation ?? 1, spatial.length, 1, "dilation", operation);
  const padding = resolvePadding(options.padding ?? "valid", spatial, kernel, strides, dilation, operation);
  return { kernel, strides, padding, dilation };
}

/** Greatest element of each window over the trailing spatial axes; padding never wins; the first of equals gets the gradient. */
export function maxPool(x: Node, window: number | readonly number[], options: PoolOptions = {}): Node {
  return node("maxPool", [x], poolAttributes(x.shape, window, options, "maxPool"));
}
