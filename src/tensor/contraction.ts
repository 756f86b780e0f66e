import { node } from "../graph/build.js";
import type { ConvolutionAttributes, Node, PoolAttributes } from "../graph/types.js";
import { broadcastShapes, formatShape, type Shape, ShapeError } from "../shape/shape.js";
import { dilatedExtent, type Padding, perAxis, resolvePadding } from "../shape/window.js";
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

export interface ConvolutionTransposeOptions {
  readonly stride?: number | readonly number[];
  /** Cells cut off the result; `"same"` gives exactly `input * stride`. */
  readonly padding?: Padding;
  /** Cells added at the end of the result, below the stride: of the sizes that a convolution maps to the input's, which. */
  readonly outputPadding?: number | readonly number[];
  readonly dilation?: number | readonly number[];
  readonly groups?: number;
}

/**
 * The transpose of `convolution` as a linear map, which its gradient is too: each input element spreads a copy of the kernel,
 * `y[n, o, p stride + k dilation - padding] += x[n, c, p] * kernel[c, o, k]`. `x` is `[N, C, ...S]`, `kernel`
 * `[C, O / groups, ...K]`, the result `[N, O, ...S']` with
 * `S' = (S - 1) stride - padding before and after + (K - 1) dilation + 1 + outputPadding`.
 */
export function convolutionTranspose(x: Node, kernel: Node, options: ConvolutionTransposeOptions = {}): Node {
  const operation = "convolutionTranspose";
  const [input, window] = [x.shape.slice(2), kernel.shape.slice(2)];
  const rank = input.length;
  const strides = perAxis(options.stride ?? 1, rank, 1, "stride", operation);
  const dilation = perAxis(options.dilation ?? 1, rank, 1, "dilation", operation);
  const extra = perAxis(options.outputPadding ?? 0, rank, 0, "outputPadding", operation);
  const asked = options.padding ?? "valid";
  const fail = (reason: string): never => {
    throw new ShapeError(
      `${operation}: ${formatShape(x.shape)} with the kernel ${formatShape(kernel.shape)}: ${reason}`,
    );
  };
  if (rank < 1 || window.length !== rank || x.shape[1] !== kernel.shape[0]) {
    fail("needs [N, C, ...S] and [C, O / groups, ...K] with as many spatial axes");
  }
  if (extra.some((cells, axis) => cells >= strides[axis]!)) {
    fail(`outputPadding [${extra.join(", ")}] must be below the strides, [${strides.join(", ")}]`);
  }
  if (asked === "same" && options.outputPadding !== undefined) {
    fail('padding "same" settles the size; leave outputPadding out');
  }
  const same = input.map((extent, axis) => extent * strides[axis]!);
  const padding = resolvePadding(asked, same, window, strides, dilation, operation);
  const inputSpatial = input.map((extent, axis) => {
    if (asked === "same") return same[axis]!;
    const [before, after] = padding[axis]!;
    const covered = dilatedExtent(window[axis]!, dilation[axis]!);
    const output = (extent - 1) * strides[axis]! + covered + extra[axis]! - before - after;
    return output > 0
      ? output
      : fail(`padding of ${before} and ${after} leaves nothing of spatial axis ${axis}`);
  });
  const attributes = { strides, padding, dilation, groups: options.groups ?? 1, inputSpatial };
  return node("convolutionInputGradient", [x, kernel], attributes);
}

export interface PoolOptions {
  /** Defaults to the window, so that windows tile the input. */
  readonly stride?: number | readonly number[];
  readonly padding?: Padding;
  readonly dilation?: number | readonly number[];
  /**
   * Whether a last window that reaches over the end gives an output too, as long as it starts inside the input or the
   * padding before it; default false. Cells past the end are as good as absent.
   */
  readonly ceilMode?: boolean;
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
  const asked = resolvePadding(options.padding ?? "valid", spatial, kernel, strides, dilation, operation);
  const padding = asked.map(([before, after], axis): [number, number] => {
    if (!options.ceilMode) return [before, after];
    const [stride, covered] = [strides[axis]!, dilatedExtent(kernel[axis]!, dilation[axis]!)];
    const extent = spatial[axis]! + before + after;
    const steps = Math.ceil((extent - covered) / stride);
    const last = steps * stride < spatial[axis]! + before ? steps : steps - 1;
    return [before, after + Math.max(0, last * stride + covered - extent)];
  });
  return { kernel, strides, padding, dilation };
}

/** Greatest element of each window over the trailing spatial axes; padding never wins; the first of equals gets the gradient. */
export function maxPool(x: Node, window: number | readonly number[], options: PoolOptions = {}): Node {
  return node("maxPool", [x], poolAttributes(x.shape, window, options, "maxPool"));
}
