import { formatShape, type Shape, ShapeError, sizeOf } from "../shape/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { BuildContext } from "./build-context.js";
import { requireCount } from "./check.js";
import { conv2d } from "./conv.js";
import { ConvLayer, type ConvLayerOptions } from "./conv-layer.js";
import { type Sequential, sequential } from "./sequential.js";

export interface DepthwiseConvOptions extends ConvLayerOptions {
  /** Filters for each channel; default 1. */
  readonly multiplier?: number;
}

/**
 * Convolution of each channel with filters of its own: `Conv` with as many groups as channels.
 *
 *     y[n, c multiplier + m, p] = bias[c multiplier + m]
 *                                 + sum over k of x[n, c, p stride + k dilation - padding] weight[c multiplier + m, 0, k]
 *
 * `[N, C, ...S]` -> `[N, C multiplier, ...S']`; `weight` is `[C multiplier, 1, ...kernelSize]`, `bias` `[C multiplier]`.
 */
export class DepthwiseConv extends ConvLayer {
  readonly multiplier: number;

  constructor(rank: number, kernelSize: number | readonly number[], options: DepthwiseConvOptions = {}) {
    super(`depthwiseConv${rank}d`, rank, kernelSize, options);
    this.multiplier = requireCount(options.multiplier ?? 1, "multiplier", this.kind);
  }

  override multiplyAdds(_inputShape: Shape, outputShape: Shape): number {
    return sizeOf(outputShape) * sizeOf(this.kernelSize);
  }

  protected override createVariables(inputShape: Shape, context: BuildContext): void {
    const filters = this.channelsOf(inputShape) * this.multiplier;
    const cells = sizeOf(this.kernelSize);
    const fans = { fanIn: cells, fanOut: this.multiplier * cells };
    this.createWeights([filters, 1, ...this.kernelSize], [filters], fans, context);
  }

  protected override compute(x: Tensor): Tensor {
    const groups = this.weight.shape[0]! / this.multiplier;
    if (this.channelsOf(x.shape.slice(1)) !== groups) {
      throw new ShapeError(
        `${this.kind}: ${formatShape(x.shape)} must have the ${groups} channels for which it was built`,
      );
    }
    const { padding = "valid" } = this.options;
    const { strides: stride, dilation } = this;
    return this.withBias(x.convolution(this.weight.value, { stride, padding, dilation, groups }));
  }
}

/** Convolution of each channel for itself over `[N, C, L]`; see `DepthwiseConv`. */
export function depthwiseConv1d(
  kernelSize: number | readonly number[],
  options?: DepthwiseConvOptions,
): DepthwiseConv {
  return new DepthwiseConv(1, kernelSize, options);
}

/** Convolution of each channel for itself over `[N, C, H, W]`; see `DepthwiseConv`. */
export function depthwiseConv2d(
  kernelSize: number | readonly number[],
  options?: DepthwiseConvOptions,
): DepthwiseConv {
  return new DepthwiseConv(2, kernelSize, options);
}

/** Convolution of each channel for itself over `[N, C, D, H, W]`; see `DepthwiseConv`. */
export function depthwiseConv3d(
  kernelSize: number | readonly number[],
  options?: DepthwiseConvOptions,
): DepthwiseConv {
  return new DepthwiseConv(3, kernelSize, options);
}

/**
 * Depthwise separable convolution over `[N, C, H, W]`: a depthwise one without bias, which looks at the neighbourhood,
 * and after it a 1x1 one, which mixes the channels. For k x k kernels it takes `1 / filters + 1 / k^2` of the
 * multiplications of `conv2d`. Stride, padding, dilation and multiplier are the first's, the bias the second's.
 *
 * Source: Chollet, "Xception: deep learning with depthwise separable convolutions", 2017, section 2.
 */
export function separableConv2d(
  filters: number,
  kernelSize: number | readonly number[],
  options: DepthwiseConvOptions = {},
): Sequential {
  const { bias = true, initializer, biasInitializer } = options;
  const pointwise = {
    bias,
    ...(initializer === undefined ? {} : { initializer }),
    ...(biasInitializer === undefined ? {} : { biasInitializer }),
  };
  return sequential([
    depthwiseConv2d(kernelSize, { ...options, bias: false }),
    conv2d(filters, 1, pointwise),
  ]);
}
