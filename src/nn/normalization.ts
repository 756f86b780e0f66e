import type { Variable } from "../runtime/variable.js";
import { formatShape, type Shape, ShapeError } from "../shape/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { BuildContext } from "./build-context.js";
import { requireBetween } from "./check.js";
import { ones, zeros } from "./init.js";
import { Module } from "./module.js";

export interface NormalizationOptions {
  /** Added to the variance; default 1e-5. */
  readonly epsilon?: number;
  /** Whether there are a learned weight and bias. */
  readonly affine?: boolean;
}

/**
 * Mean and mean squared deviation over `axes`, which keep an extent of 1. With K, a constant that has the mean's value,
 *
 *     variance = mean((x - K)^2) - mean(x - K)^2
 *
 * is exact for every K, and so are its gradients of any order; the second term takes out the mean's own rounding. The gradient by the
 * mean then does not wait for the variance's, so that all sums of a backward pass are made in one go.
 *
 * Source: Chan, Golub and LeVeque, "Algorithms for computing the sample variance", 1983, equation 1.7.
 */
export function statistics(
  x: Tensor,
  axes: readonly number[],
): { readonly mean: Tensor; readonly variance: Tensor } {
  const mean = x.mean(axes, true);
  const deviation = x.subtract(mean.stopGradient());
  const variance = deviation.square().mean(axes, true).subtract(deviation.mean(axes, true).square());
  return { mean, variance };
}

/** Moves a running statistic towards that of a batch: `(1 - momentum) running + momentum batch`. */
export function moveTowards(running: Variable, batch: Tensor, momentum: number): void {
  const target = batch.reshape(running.shape);
  running.assign(running.value.multiply(1 - momentum).add(target.multiply(momentum)));
}

/** Number of channels of an example, `[channels, ...]`. */
export function channelsOf(inputShape: Shape, layer: string): number {
  const [channels] = inputShape;
  if (channels === undefined) {
    throw new ShapeError(`${layer}: an example is a scalar, but must be [channels, ...]`);
  }
  return channels;
}

/** Number of channels of a batch, which must be that of the layer's build. */
export function requireChannels(x: Tensor, built: Shape, layer: string): number {
  const channels = built[0]!;
  if (x.shape[1] !== channels) {
    throw new ShapeError(`${layer}: ${formatShape(x.shape)} must have ${channels} channels in axis 1`);
  }
  return channels;
}

/** What normalizations have in common: `(x - mean) / sqrt(variance + epsilon) * weight + bias`. */
export abstract class Normalization extends Module {
  readonly kind: string;
  readonly epsilon: number;
  readonly affine: boolean;
  weight: Variable | undefined;
  bias: Variable | undefined;

  constructor(kind: string, { epsilon = 1e-5, affine = true }: NormalizationOptions) {
    super();
    this.kind = kind;
    this.epsilon = requireBetween(epsilon, 0, Number.MAX_VALUE, "epsilon", kind);
    this.affine = affine;
  }

  protected createAffine(shape: Shape, context: BuildContext): void {
    if (!this.affine) return;
    this.weight = context.variable("weight", shape, { initializer: ones });
    this.bias = context.variable("bias", shape, { initializer: zeros });
  }

  /** @param affineShape the shape in which weight and bias broadcast over `x` */
  protected normalize(x: Tensor, mean: Tensor, variance: Tensor, affineShape: Shape): Tensor {
    const scale = variance.add(this.epsilon).sqrt().reciprocal();
    const spread = (variable: Variable) => variable.value.reshape(affineShape);
    const y = x.subtract(mean).multiply(this.weight ? scale.multiply(spread(this.weight)) : scale);
    return this.bias ? y.add(spread(this.bias)) : y;
  }
}
