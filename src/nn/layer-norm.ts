import { formatShape, type Shape, ShapeError, sameShape } from "../shape/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { BuildContext } from "./build-context.js";
import { requireCount } from "./check.js";
import {
  channelsOf,
  Normalization,
  type NormalizationOptions,
  requireChannels,
  statistics,
} from "./normalization.js";

export interface LayerNormOptions extends NormalizationOptions {
  /** How many of the last axes are normalized together; default 1. With all axes of an example, it is the whole example. */
  readonly axes?: number;
}

/**
 * Layer normalization: each example for itself, over its last axes, in training and inference alike.
 *
 *     y = (x - mean) / sqrt(variance + epsilon) * weight + bias
 *
 * Mean and (biased) variance are over the normalized axes; `weight` and `bias` have their shape.
 *
 * Source: Ba, Kiros and Hinton, "Layer normalization", 2016, section 3.
 */
export class LayerNorm extends Normalization {
  readonly axes: number;

  constructor(options: LayerNormOptions = {}) {
    super("layerNorm", options);
    this.axes = requireCount(options.axes ?? 1, "axes", this.kind);
  }

  override reach(inputShape: Shape): "global" | "unknown" {
    return inputShape.length - this.axes <= 1 ? "global" : "unknown";
  }

  protected override createVariables(inputShape: Shape, context: BuildContext): void {
    if (inputShape.length < this.axes) {
      throw new ShapeError(
        `layerNorm: an example is ${formatShape(inputShape)}, which has no ${this.axes} axes to normalize`,
      );
    }
    this.createAffine(inputShape.slice(-this.axes), context);
  }

  protected override compute(x: Tensor): Tensor {
    const normalized = this.inputShape.slice(-this.axes);
    if (!sameShape(x.shape.slice(-this.axes), normalized)) {
      throw new ShapeError(
        `layerNorm: ${formatShape(x.shape)} must end in ${formatShape(normalized)}, for which it was built`,
      );
    }
    const axes = normalized.map((_, i) => x.rank - 1 - i);
    const { mean, variance } = statistics(x, axes);
    return this.normalize(x, mean, variance, normalized);
  }
}

/**
 * Normalization of `[N, C, ...]` over the channels, at each position for itself: layer normalization for maps.
 *
 *     y = (x - mean) / sqrt(variance + epsilon) * weight + bias
 *
 * Mean and (biased) variance are over axis 1; `weight` and `bias` are `[C]`.
 *
 * Source: Liu et al., "A ConvNet for the 2020s", 2022, section 2.6.
 */
export class ChannelNorm extends Normalization {
  constructor(options: NormalizationOptions = {}) {
    super("channelNorm", options);
  }

  override reach(): "pointwise" {
    return "pointwise";
  }

  protected override createVariables(inputShape: Shape, context: BuildContext): void {
    this.createAffine([channelsOf(inputShape, this.kind)], context);
  }

  protected override compute(x: Tensor): Tensor {
    const channels = requireChannels(x, this.inputShape, this.kind);
    const { mean, variance } = statistics(x, [1]);
    return this.normalize(x, mean, variance, [channels, ...x.shape.slice(2).map(() => 1)]);
  }
}

/** Layer normalization; see `LayerNorm`. */
export function layerNorm(options?: LayerNormOptions): LayerNorm {
  return new LayerNorm(options);
}

/** Normalization over the channels of each position; see `ChannelNorm`. */
export function channelNorm(options?: NormalizationOptions): ChannelNorm {
  return new ChannelNorm(options);
}
