import type { Variable } from "../runtime/variable.js";
import { formatShape, type Shape, ShapeError } from "../shape/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { BuildContext } from "./build-context.js";
import { requireBetween } from "./check.js";
import { ones, zeros } from "./init.js";
import { type ForwardOptions, Module } from "./module.js";

export interface BatchNormOptions {
  /** Share of the newest batch in the running statistics; default 0.1. */
  readonly momentum?: number;
  /** Added to the variance; default 1e-5. */
  readonly epsilon?: number;
  /** Whether there are a weight and a bias; default true. */
  readonly affine?: boolean;
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
export class BatchNorm extends Module {
  readonly kind = "batchNorm";
  readonly momentum: number;
  readonly epsilon: number;
  readonly affine: boolean;
  weight: Variable | undefined;
  bias: Variable | undefined;
  runningMean!: Variable;
  runningVariance!: Variable;

  constructor({ momentum = 0.1, epsilon = 1e-5, affine = true }: BatchNormOptions = {}) {
    super();
    this.momentum = requireBetween(momentum, 0, 1, "momentum", this.kind);
    this.epsilon = requireBetween(epsilon, 0, Number.MAX_VALUE, "epsilon", this.kind);
    this.affine = affine;
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
    const channels = inputShape[0];
    if (channels === undefined)
      throw new ShapeError("batchNorm: an example is a scalar, but must be [channels, ...]");
    if (this.affine) {
      this.weight = context.variable("weight", [channels], { initializer: ones });
      this.bias = context.variable("bias", [channels], { initializer: zeros });
    }
    this.runningMean = context.variable("running_mean", [channels], { initializer: zeros, trainable: false });
    this.runningVariance = context.variable("running_var", [channels], {
      initializer: ones,
      trainable: false,
    });
  }

  protected override compute(x: Tensor, { training = false }: ForwardOptions): Tensor {
    const channels = this.runningMean.size;
    if (x.shape[1] !== channels) {
      throw new ShapeError(`batchNorm: ${formatShape(x.shape)} must have ${channels} channels in axis 1`);
    }
    const perChannel = x.shape.map((_, axis) => (axis === 1 ? channels : 1));
    const spread = (variable: Variable) => variable.value.reshape(perChannel);
    const [mean, variance] = training
      ? this.#batchStatistics(x)
      : [spread(this.runningMean), spread(this.runningVariance)];
    const scale = variance.add(this.epsilon).sqrt().reciprocal();
    const y = x.subtract(mean).multiply(this.weight ? scale.multiply(spread(this.weight)) : scale);
    return this.bias ? y.add(spread(this.bias)) : y;
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
    const mean = x.mean(axes, true);
    const variance = x.subtract(mean).square().mean(axes, true);
    const move = (running: Variable, batch: Tensor) => {
      const target = batch.reshape(running.shape);
      running.assign(running.value.multiply(1 - this.momentum).add(target.multiply(this.momentum)));
    };
    move(this.runningMean, mean);
    move(this.runningVariance, variance.multiply(count / (count - 1)));
    return [mean, variance];
  }
}

/** Batch normalization; see `BatchNorm`. */
export function batchNorm(options?: BatchNormOptions): BatchNorm {
  return new BatchNorm(options);
}
