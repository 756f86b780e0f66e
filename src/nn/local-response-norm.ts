import { formatShape, ShapeError, sizeOf } from "../shape/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { requireBetween, requireCount } from "./check.js";
import { Module } from "./module.js";

export interface LocalResponseNormOptions {
  /** Weight of the mean square; default 1e-4. */
  readonly alpha?: number;
  /** Exponent; default 0.75. */
  readonly beta?: number;
  /** Added before the power; default 1. */
  readonly k?: number;
}

/**
 * Local response normalization of `[N, C, ...]`: each value is divided by the activity of the `size` channels around
 * its own, at the same position. Channels outside count as zeros.
 *
 *     y[c] = x[c] / (k + alpha / size * sum over j of x[j]^2)^beta,  c - floor(size / 2) <= j <= c + floor((size - 1) / 2)
 *
 * The sum is divided by `size`, as in Caffe and PyTorch; the paper does not, so its alpha of 1e-4 with size 5 is 5e-4 here.
 *
 * Source: Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional neural networks", 2012,
 * section 3.3.
 */
export class LocalResponseNorm extends Module {
  readonly kind = "localResponseNorm";
  readonly size: number;
  readonly alpha: number;
  readonly beta: number;
  readonly k: number;

  constructor(size: number, { alpha = 1e-4, beta = 0.75, k = 1 }: LocalResponseNormOptions = {}) {
    super();
    this.size = requireCount(size, "size", this.kind);
    this.alpha = requireBetween(alpha, 0, Number.MAX_VALUE, "alpha", this.kind);
    this.beta = requireBetween(beta, 0, Number.MAX_VALUE, "beta", this.kind);
    this.k = requireBetween(k, 0, Number.MAX_VALUE, "k", this.kind);
  }

  override reach(): "pointwise" {
    return "pointwise";
  }

  protected override compute(x: Tensor): Tensor {
    const [batch, channels, ...spatial] = x.shape;
    if (channels === undefined) {
      throw new ShapeError(
        `${this.kind}: an example is ${formatShape(x.shape.slice(1))}, but must be [channels, ...]`,
      );
    }
    // The channels become a spatial axis, along which a window moves.
    const squares = x.square().reshape([batch!, 1, channels, sizeOf(spatial)]);
    const before = Math.floor(this.size / 2);
    const means = squares.averagePool([this.size, 1], {
      stride: 1,
      padding: [
        [before, this.size - 1 - before],
        [0, 0],
      ],
    });
    const base = means.multiply(this.alpha).add(this.k);
    // The exponent that everybody uses: two roots take a tenth of the time of a power.
    const divisor = this.beta === 0.75 ? base.multiply(base.sqrt()).sqrt() : base.power(this.beta);
    return x.divide(divisor.reshape(x.shape));
  }
}

/** Local response normalization, as in AlexNet; see `LocalResponseNorm`. */
export function localResponseNorm(size: number, options?: LocalResponseNormOptions): LocalResponseNorm {
  return new LocalResponseNorm(size, options);
}
