import type { Variable } from "../runtime/variable.js";
import { formatShape, type Shape, ShapeError } from "../shape/shape.js";
import { type Padding, perAxis, resolvePadding } from "../shape/window.js";
import type { Tensor } from "../tensor/tensor.js";
import type { BuildContext } from "./build-context.js";
import { heNormal, type Initializer, zeros } from "./init.js";
import { Module } from "./module.js";
import type { LayerWindow, Reach } from "./receptive-field.js";

export interface ConvLayerOptions {
  /** Step of the window; default 1. */
  readonly stride?: number | readonly number[];
  /** `"valid"` (the default: none), `"same"` (outputs as many as inputs / stride), or cells. */
  readonly padding?: Padding;
  /** Distance between neighbouring cells of the kernel; default 1. */
  readonly dilation?: number | readonly number[];
  /** Default true. */
  readonly bias?: boolean;
  /** Default `heNormal`. */
  readonly initializer?: Initializer;
  /** Default `zeros`. */
  readonly biasInitializer?: Initializer;
}

/** What layers with a kernel that moves over `[N, C, ...S]` have in common: window, weight, bias, and their checks. */
export abstract class ConvLayer extends Module {
  readonly kind: string;
  readonly kernelSize: readonly number[];
  readonly strides: readonly number[];
  readonly dilation: readonly number[];
  readonly options: ConvLayerOptions;
  weight!: Variable;
  bias: Variable | undefined;

  constructor(kind: string, rank: number, kernelSize: number | readonly number[], options: ConvLayerOptions) {
    super();
    this.kind = kind;
    this.kernelSize = perAxis(kernelSize, rank, 1, "kernelSize", kind);
    this.strides = perAxis(options.stride ?? 1, rank, 1, "stride", kind);
    this.dilation = perAxis(options.dilation ?? 1, rank, 1, "dilation", kind);
    this.options = options;
  }

  override reach(inputShape: Shape): Reach {
    return this.windowOver(inputShape);
  }

  protected windowOver(inputShape: Shape): LayerWindow {
    const { kernelSize: kernel, strides, dilation } = this;
    const spatial = inputShape.slice(1);
    const asked = this.options.padding ?? "valid";
    const padding = resolvePadding(asked, spatial, kernel, strides, dilation, this.kind);
    return { kernel, strides, padding, dilation };
  }

  /** Number of channels of an example, which must have as many spatial axes as the kernel. */
  protected channelsOf(inputShape: Shape): number {
    const rank = this.kernelSize.length;
    if (inputShape.length !== rank + 1) {
      throw new ShapeError(
        `${this.kind}: an example is ${formatShape(inputShape)}, but must be [channels, ...${rank} spatial extents]`,
      );
    }
    return inputShape[0]!;
  }

  protected createWeights(
    weightShape: Shape,
    biasShape: Shape,
    fans: { readonly fanIn: number; readonly fanOut: number },
    context: BuildContext,
  ): void {
    const { bias = true, initializer = heNormal, biasInitializer = zeros } = this.options;
    this.weight = context.variable("weight", weightShape, { initializer, ...fans });
    if (bias) this.bias = context.variable("bias", biasShape, { initializer: biasInitializer, ...fans });
  }

  /** Adds the bias, `[filters, ...]`, to `[N, filters, ...S]`; axes that it does not have are spread over. */
  protected withBias(y: Tensor): Tensor {
    if (!this.bias) return y;
    const { shape } = this.bias;
    return y.add(this.bias.value.reshape([1, ...shape, ...y.shape.slice(1 + shape.length).map(() => 1)]));
  }
}

/** Throws unless `count` channels or filters split into `groups`. */
export function requireGroups(count: number, groups: number, what: string, layer: string): void {
  if (count % groups !== 0) {
    throw new ShapeError(`${layer}: ${count} ${what} do not split into ${groups} groups of equal size`);
  }
}
