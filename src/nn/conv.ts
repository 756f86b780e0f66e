import { type Shape, sizeOf } from "../shape/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { BuildContext } from "./build-context.js";
import { requireCount } from "./check.js";
import { ConvLayer, type ConvLayerOptions, requireGroups } from "./conv-layer.js";

export interface ConvOptions extends ConvLayerOptions {
  /** Splits input and output channels into this many independent parts; default 1. */
  readonly groups?: number;
}

/**
 * Convolution over any number of spatial axes. As in all such libraries it is a cross-correlation; the convolution of
 * mathematics, `Tensor.trueConvolution`, mirrors the kernel first, which learning does not care about.
 *
 *     y[n, o, p] = bias[o] + sum over c, k of x[n, c, p stride + k dilation - padding] weight[o, c, k]
 *
 * `[N, C, ...S]` -> `[N, filters, ...S']`; `weight` is `[filters, C / groups, ...kernelSize]`, `bias` `[filters]`.
 */
export class Conv extends ConvLayer {
  readonly filters: number;
  readonly groups: number;

  constructor(
    rank: number,
    filters: number,
    kernelSize: number | readonly number[],
    options: ConvOptions = {},
    kind = `conv${rank}d`,
  ) {
    super(kind, requireCount(rank, "rank", "conv"), kernelSize, options);
    this.filters = requireCount(filters, "filters", kind);
    this.groups = requireCount(options.groups ?? 1, "groups", kind);
    requireGroups(filters, this.groups, "filters", kind);
  }

  override multiplyAdds(_inputShape: Shape, outputShape: Shape): number {
    return sizeOf(outputShape) * sizeOf(this.weight.shape.slice(1));
  }

  protected override createVariables(inputShape: Shape, context: BuildContext): void {
    const channels = this.channelsOf(inputShape);
    requireGroups(channels, this.groups, "input channels", this.kind);
    const cells = sizeOf(this.kernelSize);
    const [inputs, outputs] = [channels / this.groups, this.filters / this.groups];
    const fans = { fanIn: inputs * cells, fanOut: outputs * cells };
    this.createWeights([this.filters, inputs, ...this.kernelSize], [this.filters], fans, context);
  }

  protected override compute(x: Tensor): Tensor {
    this.channelsOf(x.shape.slice(1));
    const { padding = "valid" } = this.options;
    const { strides: stride, dilation, groups } = this;
    return this.withBias(x.convolution(this.denseKernel(), { stride, padding, dilation, groups }));
  }

  /** The kernel as the operation takes it, `[filters, C / groups, ...kernelSize]`. */
  protected denseKernel(): Tensor {
    return this.weight.value;
  }
}

/** Convolution over `rank` spatial axes, `[N, C, ...S]`; see `Conv`. */
export function conv(
  rank: number,
  filters: number,
  kernelSize: number | readonly number[],
  options?: ConvOptions,
): Conv {
  return new Conv(rank, filters, kernelSize, options);
}

/** Convolution over `[N, C, L]`; see `Conv`. */
export function conv1d(filters: number, kernelSize: number | readonly number[], options?: ConvOptions): Conv {
  return new Conv(1, filters, kernelSize, options);
}

/** Convolution over `[N, C, H, W]`; see `Conv`. */
export function conv2d(filters: number, kernelSize: number | readonly number[], options?: ConvOptions): Conv {
  return new Conv(2, filters, kernelSize, options);
}

/** Convolution over `[N, C, D, H, W]`; see `Conv`. */
export function conv3d(filters: number, kernelSize: number | readonly number[], options?: ConvOptions): Conv {
  return new Conv(3, filters, kernelSize, options);
}
