import type { Variable } from "../runtime/variable.js";
import { formatShape, type Shape, ShapeError } from "../shape/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { BuildContext } from "./build-context.js";
import { requireBetween } from "./check.js";
import { ones, zeros } from "./init.js";
import type { ForwardOptions } from "./module.js";
import {
  channelsOf,
  moveTowards,
  Normalization,
  type NormalizationOptions,
  requireChannels,
  statistics,
} from "./normalization.js";

export interface BatchNormOptions extends NormalizationOptions {
  /** Share of the newest batch in the running statistics; default 0.1. */
  readonly momentum?: number;
}

/**
 * Batch normalization of `[N, C, ...]` over all axes but the channels:
 *
 *     y = (x - mean) / sqrt(variance + epsilon) * weight + bias
 *
 * While training, mean and (biased) variance are the batch's, and the running statistics move towards the batch's
 * mean and unbiased variance: `running = (1 - momentum) running + momentum batch`. Otherwise the running ones are used.
 *
 * Variables, named as PyTorch does: `weight`, `bias`, `running_mean`, `running_var`, each `[C]`.
 *
 * Source: Ioffe and Szegedy, "Batch normalization", 2015, algorithms 1 and 2.
 */
export class BatchNorm extends Normalization {
  readonly momentum: number;
  runningMean!: Variable;
  runningVariance!: Variable;

  constructor(options: BatchNormOptions = {}) {
    super("batchNorm", options);
    this.momentum = requireBetween(options.momentum ?? 0.1, 0, 1, "momentum", this.kind);
  }

  override reach(): "pointwise" {
    return "pointwise";
  }

  protected override members() {
    return [
      ["weight", this.weight],
      ["bias", this.bias],
      ["running_mean", this.runningMean],
      ["running_var", this.runningVariance],
    ] as const;
  }

  protected override createVariables(inputShape: Shape, context: BuildContext): void {
    const shape = [channelsOf(inputShape, this.kind)];
    this.createAffine(shape, context);
    this.runningMean = context.variable("running_mean", shape, { initializer: zeros, trainable: false });
    this.runningVariance = context.variable("running_var", shape, { initializer: ones, trainable: false });
  }

  protected override compute(x: Tensor, { training = false }: ForwardOptions): Tensor {
    const channels = requireChannels(x, this.inputShape, this.kind);
    const perChannel = x.shape.map((_, axis) => (axis === 1 ? channels : 1));
    const [mean, variance] = training
      ? this.#batchStatistics(x)
      : [this.runningMean.value.reshape(perChannel), this.runningVariance.value.reshape(perChannel)];
    return this.normalize(x, mean, variance, perChannel);
  }

  #batchStatistics(x: Tensor): [mean: Tensor, variance: Tensor] {
    const count = x.size / this.runningMean.size;
    if (count < 2) {
      throw new ShapeError(
        `batchNorm: training on ${formatShape(x.shape)} leaves one value for each channel, which has no variance; ` +
          "use a larger batch",
      );
    }
    const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
    const { mean, variance } = statistics(x, axes);
    moveTowards(this.runningMean, mean, this.momentum);
    moveTowards(this.runningVariance, variance.multiply(count / (count - 1)), this.momentum);
    return [mean, variance];
  }
}

/** Batch normalization; see `BatchNorm`. */
export function batchNorm(options?: BatchNormOptions): BatchNorm {
  return new BatchNorm(options);
}
