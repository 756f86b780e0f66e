import { type Shape, ShapeError, sizeOf } from "../shape/shape.js";
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

/**
 * Group normalization of `[N, C, ...]`: each example for itself, over groups of neighbouring channels and all
 * positions, in training and inference alike.
 *
 *     y = (x - mean) / sqrt(variance + epsilon) * weight + bias
 *
 * Mean and (biased) variance are over `C / groups` channels; `weight` and `bias` are `[C]`.
 *
 * Source: Wu and He, "Group normalization", 2018, section 3.
 */
export class GroupNorm extends Normalization {
  readonly groups: number;

  constructor(groups: number, options: NormalizationOptions = {}) {
    super("groupNorm", options);
    this.groups = requireCount(groups, "groups", this.kind);
  }

  override reach(): "global" {
    return "global";
  }

  protected override createVariables(inputShape: Shape, context: BuildContext): void {
    const channels = channelsOf(inputShape, this.kind);
    if (channels % this.groups !== 0) {
      throw new ShapeError(
        `groupNorm: ${channels} channels do not split into ${this.groups} groups of equal size`,
      );
    }
    this.createAffine([channels], context);
  }

  protected override compute(x: Tensor): Tensor {
    const channels = requireChannels(x, this.inputShape, this.kind);
    const members = channels / this.groups;
    const grouped = x.reshape([x.shape[0]!, this.groups, members, sizeOf(x.shape.slice(2))]);
    const { mean, variance } = statistics(grouped, [2, 3]);
    return this.normalize(grouped, mean, variance, [this.groups, members, 1]).reshape(x.shape);
  }
}

/** Group normalization; see `GroupNorm`. */
export function groupNorm(groups: number, options?: NormalizationOptions): GroupNorm {
  return new GroupNorm(groups, options);
}
