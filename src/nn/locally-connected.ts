import { formatShape, type Shape, ShapeError, sameShape, sizeOf } from "../shape/shape.js";
import { windowOutputs } from "../shape/window.js";
import type { Tensor } from "../tensor/tensor.js";
import type { BuildContext } from "./build-context.js";
import { requireCount } from "./check.js";
import { ConvLayer, type ConvLayerOptions } from "./conv-layer.js";

/**
 * A convolution whose kernel is not shared: every position has filters and a bias of its own.
 *
 *     y[n, o, p] = bias[o, p] + sum over c, k of x[n, c, p stride + k dilation - padding] weight[p, o, c, k]
 *
 * `[N, C, ...S]` -> `[N, filters, ...S']`; `weight` is `[...S', filters, C, ...kernelSize]`, `bias`
 * `[filters, ...S']`. Takes inputs of the size for which it was built only.
 *
 * Source: LeCun, "Generalization and network design strategies", 1989, section 5 (Net-3); Taigman et al., "DeepFace",
 * 2014, section 3.
 */
export class LocallyConnected extends ConvLayer {
  readonly filters: number;

  constructor(
    rank: number,
    filters: number,
    kernelSize: number | readonly number[],
    options: ConvLayerOptions = {},
  ) {
    super(`locallyConnected${rank}d`, rank, kernelSize, options);
    this.filters = requireCount(filters, "filters", this.kind);
  }

  override multiplyAdds(): number {
    return this.weight.size;
  }

  protected override createVariables(inputShape: Shape, context: BuildContext): void {
    const channels = this.channelsOf(inputShape);
    const window = this.windowOver(inputShape);
    const positions = windowOutputs(inputShape.slice(1), this.kernelSize, window, this.kind);
    const cells = sizeOf(this.kernelSize);
    const fans = { fanIn: channels * cells, fanOut: this.filters * cells };
    const weightShape = [...positions, this.filters, channels, ...this.kernelSize];
    this.createWeights(weightShape, [this.filters, ...positions], fans, context);
  }

  protected override compute(x: Tensor): Tensor {
    const exampleShape = x.shape.slice(1);
    if (!sameShape(exampleShape, this.inputShape)) {
      throw new ShapeError(
        `${this.kind}: an example is ${formatShape(exampleShape)}, but must be ${formatShape(this.inputShape)}, for which ` +
          "it was built, since no two positions share weights",
      );
    }
    const [batch, channels] = x.shape as readonly [number, number, ...number[]];
    const { strides: stride, dilation, filters } = this;
    const { padding = "valid" } = this.options;
    const positions = this.weight.shape.slice(0, this.kernelSize.length);
    const [seen, places] = [channels * sizeOf(this.kernelSize), sizeOf(positions)];
    // One matrix product for each position: [batch, seen] x [seen, filters].
    const windows = x
      .patches(this.kernelSize, { stride, padding, dilation })
      .reshape([batch, seen, places])
      .permute([2, 0, 1]);
    const kernels = this.weight.value.reshape([places, filters, seen]).transpose();
    const y = windows.matmul(kernels).permute([1, 2, 0]);
    return this.withBias(y.reshape([batch, filters, ...positions]));
  }
}

/** Locally connected layer over `[N, C, L]`; see `LocallyConnected`. */
export function locallyConnected1d(
  filters: number,
  kernelSize: number | readonly number[],
  options?: ConvLayerOptions,
): LocallyConnected {
  return new LocallyConnected(1, filters, kernelSize, options);
}

/** Locally connected layer over `[N, C, H, W]`; see `LocallyConnected`. */
export function locallyConnected2d(
  filters: number,
  kernelSize: number | readonly number[],
  options?: ConvLayerOptions,
): LocallyConnected {
  return new LocallyConnected(2, filters, kernelSize, options);
}
