import type { Variable } from "../runtime/variable.js";
import { formatShape, type Shape, ShapeError, sizeOf } from "../shape/shape.js";
import { type Padding, perAxis, resolvePadding } from "../shape/window.js";
import type { Tensor } from "../tensor/tensor.js";
import type { BuildContext } from "./build-context.js";
import { requireCount } from "./check.js";
import { heNormal, type Initializer, zeros } from "./init.js";
import { Module } from "./module.js";
import type { LayerWindow } from "./receptive-field.js";

export interface ConvOptions {
  /** Step of the window; default 1. */
  readonly stride?: number | readonly number[];
  /** `"valid"` (the default: none), `"same"` (outputs as many as inputs / stride), or cells. */
  readonly padding?: Padding;
  /** Distance between neighbouring cells of the kernel; default 1. */
  readonly dilation?: number | readonly number[];
  /** Splits input and output channels into this many independent parts; default 1. */
  readonly groups?: number;
  /** Default true. */
  readonly bias?: boolean;
  /** Default `heNormal`. */
  readonly initializer?: Initializer;
  /** Default `zeros`. */
  readonly biasInitializer?: Initializer;
}

/**
 * Convolution over 1, 2 or 3 spatial axes (cross-correlation, as in all such libraries):
 *
 *     y[n, o, p] = bias[o] + sum over c, k of x[n, c, p stride + k dilation - padding] weight[o, c, k]
 *
 * `[N, C, ...S]` -> `[N, filters, ...S']`; `weight` is `[filters, C / groups, ...kernelSize]`, `bias` `[filters]`.
 */
export class Conv extends Module {
  readonly kind: string;
  readonly filters: number;
  readonly kernelSize: readonly number[];
  readonly options: ConvOptions;
  weight!: Variable;
  bias: Variable | undefined;

  constructor(
    rank: number,
    filters: number,
    kernelSize: number | readonly number[],
    options: ConvOptions = {},
  ) {
    super();
    this.kind = `conv${rank}d`;
    this.filters = requireCount(filters, "filters", this.kind);
    this.kernelSize = perAxis(kernelSize, rank, 1, "kernelSize", this.kind);
    const groups = requireCount(options.groups ?? 1, "groups", this.kind);
    if (filters % groups !== 0) {
      throw new ShapeError(
        `${this.kind}: ${filters} filters do not split into ${groups} groups of equal size`,
      );
    }
    perAxis(options.stride ?? 1, rank, 1, "stride", this.kind);
    perAxis(options.dilation ?? 1, rank, 1, "dilation", this.kind);
    this.options = options;
  }

  override reach(inputShape: Shape): LayerWindow {
    const rank = this.kernelSize.length;
    const strides = perAxis(this.options.stride ?? 1, rank, 1, "stride", this.kind);
    const dilation = perAxis(this.options.dilation ?? 1, rank, 1, "dilation", this.kind);
    const asked = this.options.padding ?? "valid";
    const padding = resolvePadding(asked, inputShape.slice(1), this.kernelSize, strides, dilation, this.kind);
    return { kernel: this.kernelSize, strides, padding, dilation };
  }

  override multiplyAdds(_inputShape: Shape, outputShape: Shape): number {
    return sizeOf(outputShape) * sizeOf(this.weight.shape.slice(1));
  }

  protected override createVariables(inputShape: Shape, context: BuildContext): void {
    const { groups = 1, bias = true, initializer = heNormal, biasInitializer = zeros } = this.options;
    this.#requireRank(inputShape);
    const channels = inputShape[0]!;
    if (channels % groups !== 0) {
      throw new ShapeError(
        `${this.kind}: ${channels} input channels do not split into ${groups} groups of equal size`,
      );
    }
    const cells = sizeOf(this.kernelSize);
    const fans = { fanIn: (channels / groups) * cells, fanOut: (this.filters / groups) * cells };
    const shape = [this.filters, channels / groups, ...this.kernelSize];
    this.weight = context.variable("weight", shape, { initializer, ...fans });
    if (bias) this.bias = context.variable("bias", [this.filters], { initializer: biasInitializer, ...fans });
  }

  protected override compute(x: Tensor): Tensor {
    this.#requireRank(x.shape.slice(1));
    const { stride = 1, padding = "valid", dilation = 1, groups = 1 } = this.options;
    const y = x.convolution(this.weight.value, { stride, padding, dilation, groups });
    if (!this.bias) return y;
    return y.add(this.bias.value.reshape([1, this.filters, ...this.kernelSize.map(() => 1)]));
  }

  #requireRank(inputShape: Shape): void {
    const rank = this.kernelSize.length;
    if (inputShape.length !== rank + 1) {
      throw new ShapeError(
        `${this.kind}: an example is ${formatShape(inputShape)}, but must be [channels, ...${rank} spatial extents]`,
      );
    }
  }
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
