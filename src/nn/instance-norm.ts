import type { Variable } from "../runtime/variable.js";
import { formatShape, type Shape, ShapeError, sizeOf } from "../shape/shape.js";
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

export interface InstanceNormOptions extends NormalizationOptions {
  /** Whether there are a learned weight and bias; default false. */
  readonly affine?: boolean;
  /** Whether running statistics are kept, and used outside of training; default false. */
  readonly trackRunningStatistics?: boolean;
  /** Share of the newest batch in the running statistics; default 0.1. */
  readonly momentum?: number;
}

/**
 * Instance normalization of `[N, C, ...S]`: each channel of each example for itself, over its positions.
 *
 *     y = (x - mean) / sqrt(variance + epsilon) * weight + bias
 *
 * With running statistics, these are used outside of training, and while training they move towards the mean over the
 * batch of the examples' means and unbiased variances. Variables, named as PyTorch does: `weight`, `bias`,
 * `running_mean`, `running_var`, each `[C]`, as far as they are asked for.
 *
 * Source: Ulyanov, Vedaldi and Lempitsky, "Instance normalization", 2016, equation 4.
 */
export class InstanceNorm extends Normalization {
  readonly momentum: number;
  readonly trackRunningStatistics: boolean;
  runningMean: Variable | undefined;
  runningVariance: Variable | undefined;

  constructor(options: InstanceNormOptions = {}) {
    super("instanceNorm", { affine: false, ...options });
    this.momentum = requireBetween(options.momentum ?? 0.1, 0, 1, "momentum", this.kind);
    this.trackRunningStatistics = options.trackRunningStatistics ?? false;
  }

  override reach(): "global" {
    return "global";
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
    if (!this.trackRunningStatistics) return;
    this.runningMean = context.variable("running_mean", shape, { initializer: zeros, trainable: false });
    this.runningVariance = context.variable("running_var", shape, { initializer: ones, trainable: false });
  }

  protected override compute(x: Tensor, { training = false }: ForwardOptions): Tensor {
    const channels = requireChannels(x, this.inputShape, this.kind);
    const perChannel = [channels, ...x.shape.slice(2).map(() => 1)];
    const { runningMean, runningVariance } = this;
    if (runningMean && runningVariance && !training) {
      const [mean, variance] = [runningMean, runningVariance].map(({ value }) => value.reshape(perChannel));
      return this.normalize(x, mean!, variance!, perChannel);
    }
    const positions = sizeOf(x.shape.slice(2));
    if (positions < 2) {
      throw new ShapeError(
        `instanceNorm: ${formatShape(x.shape)} has one value for each channel of an example, which has no variance`,
      );
    }
    const axes = x.shape.map((_, axis) => axis).slice(2);
    const { mean, variance } = statistics(x, axes);
    if (runningMean && runningVariance) {
      const unbiased = variance.multiply(positions / (positions - 1));
      moveTowards(runningMean, mean.mean(0), this.momentum);
      moveTowards(runningVariance, unbiased.mean(0), this.momentum);
    }
    return this.normalize(x, mean, variance, perChannel);
  }
}

/** Instance normalization; see `InstanceNorm`. */
export function instanceNorm(options?: InstanceNormOptions): InstanceNorm {
  return new InstanceNorm(options);
}
