import { formatShape, type Shape, ShapeError, sizeOf } from "../shape/shape.js";
import { perAxis } from "../shape/window.js";
import type { Tensor } from "../tensor/tensor.js";
import type { BuildContext } from "./build-context.js";
import { requireCount } from "./check.js";
import type { ConvOptions } from "./conv.js";
import { ConvLayer, requireGroups } from "./conv-layer.js";
import type { Reach } from "./receptive-field.js";

/**
 * As of `Conv`, but `stride` is the step between the copies of the kernel in the result, and `padding` counts cells that
 * are cut off it; with `"same"`, `input * stride` are left.
 */
export interface ConvTransposeOptions extends ConvOptions {
  /** Cells added at the end of the result, fewer than the stride; default 0. Not with `"same"`. */
  readonly outputPadding?: number | readonly number[];
}

/**
 * Transposed convolution, which makes larger maps of smaller ones: each input value adds a copy of the kernel, scaled
 * by it, to the result. As a matrix it is the transpose of `Conv` with the same options; it does not invert it.
 *
 *     y[n, o, p stride + k dilation - padding] += x[n, c, p] weight[c, o, k]
 *
 * `[N, C, ...S]` -> `[N, filters, ...S']` with
 * `S' = (S - 1) stride - padding before and after + (kernelSize - 1) dilation + 1 + outputPadding`. `weight` is
 * `[C, filters / groups, ...kernelSize]`, `bias` `[filters]`.
 *
 * Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016, chapter 4.
 */
export class ConvTranspose extends ConvLayer {
  readonly filters: number;
  readonly groups: number;
  declare readonly options: ConvTransposeOptions;

  constructor(
    rank: number,
    filters: number,
    kernelSize: number | readonly number[],
    options: ConvTransposeOptions = {},
  ) {
    super(`convTranspose${rank}d`, rank, kernelSize, options);
    this.filters = requireCount(filters, "filters", this.kind);
    this.groups = requireCount(options.groups ?? 1, "groups", this.kind);
    requireGroups(filters, this.groups, "filters", this.kind);
    perAxis(options.outputPadding ?? 0, rank, 0, "outputPadding", this.kind);
  }

  /** The window moves over the output; how many inputs an output sees depends on its position. */
  override reach(): Reach {
    return "unknown";
  }

  override multiplyAdds(inputShape: Shape): number {
    return sizeOf(inputShape) * sizeOf(this.weight.shape.slice(1));
  }

  protected override createVariables(inputShape: Shape, context: BuildContext): void {
    const channels = this.channelsOf(inputShape);
    requireGroups(channels, this.groups, "input channels", this.kind);
    const cells = sizeOf(this.kernelSize);
    const [inputs, outputs] = [channels / this.groups, this.filters / this.groups];
    // Of the cells of the kernel, one in each stride meets an input.
    const fans = { fanIn: (inputs * cells) / sizeOf(this.strides), fanOut: outputs * cells };
    this.createWeights([channels, outputs, ...this.kernelSize], [this.filters], fans, context);
  }

  protected override compute(x: Tensor): Tensor {
    const channels = this.weight.shape[0]!;
    if (this.channelsOf(x.shape.slice(1)) !== channels) {
      throw new ShapeError(
        `${this.kind}: ${formatShape(x.shape)} must have the ${channels} channels for which it was built`,
      );
    }
    return this.withBias(x.convolutionTranspose(this.weight.value, this.options));
  }
}

/** Transposed convolution over `[N, C, L]`; see `ConvTranspose`. */
export function convTranspose1d(
  filters: number,
  kernelSize: number | readonly number[],
  options?: ConvTransposeOptions,
): ConvTranspose {
  return new ConvTranspose(1, filters, kernelSize, options);
}

/** Transposed convolution over `[N, C, H, W]`; see `ConvTranspose`. */
export function convTranspose2d(
  filters: number,
  kernelSize: number | readonly number[],
  options?: ConvTransposeOptions,
): ConvTranspose {
  return new ConvTranspose(2, filters, kernelSize, options);
}

/** Transposed convolution over `[N, C, D, H, W]`; see `ConvTranspose`. */
export function convTranspose3d(
  filters: number,
  kernelSize: number | readonly number[],
  options?: ConvTransposeOptions,
): ConvTranspose {
  return new ConvTranspose(3, filters, kernelSize, options);
}
