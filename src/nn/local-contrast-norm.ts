import { formatShape, type Shape, ShapeError } from "../shape/shape.js";
import { arange, ones } from "../tensor/creation.js";
import { root } from "../tensor/numeric.js";
import { Tensor } from "../tensor/tensor.js";
import { requireBetween, requireCount } from "./check.js";
import { Module } from "./module.js";

export interface LocalContrastNormOptions {
  /** Standard deviation of the Gaussian window, in cells; default a quarter of its size. */
  readonly deviation?: number;
  /** Least divisor, so that a flat input gives zeros; default 1e-4. */
  readonly epsilon?: number;
}

/**
 * Local contrast normalization of `[N, C, ...S]`: from each value the mean of its neighbourhood, over all channels, is
 * subtracted, and the rest divided by the deviation of its neighbourhood, where that is above the example's average.
 *
 *     v[c, p] = x[c, p] - sum over j, q of w[q] x[j, p + q]
 *     s[p] = sqrt(sum over j, q of w[q] v[j, p + q]^2)
 *     y[c, p] = v[c, p] / max(s[p], mean of s, epsilon)
 *
 * The weights w are a Gaussian window of `size` cells in each spatial axis that sums to 1 over window and channels. At
 * the border, where the paper leaves it open, the cells inside share the whole weight.
 *
 * Source: Jarrett et al., "What is the best multi-stage architecture for object recognition?", 2009, section 2.
 */
export class LocalContrastNorm extends Module {
  readonly kind = "localContrastNorm";
  readonly size: number;
  readonly deviation: number;
  readonly epsilon: number;

  constructor(size = 9, { deviation = size / 4, epsilon = 1e-4 }: LocalContrastNormOptions = {}) {
    super();
    this.size = requireCount(size, "size", this.kind);
    if (size % 2 === 0) {
      throw new ShapeError(`${this.kind}: size is ${size}; it must be odd, so that windows have a middle`);
    }
    this.deviation = requireBetween(deviation, Number.MIN_VALUE, Number.MAX_VALUE, "deviation", this.kind);
    this.epsilon = requireBetween(epsilon, Number.MIN_VALUE, Number.MAX_VALUE, "epsilon", this.kind);
  }

  /** The mean of s is that of the whole example. */
  override reach(): "global" {
    return "global";
  }

  protected override compute(x: Tensor): Tensor {
    if (x.rank < 3) {
      throw new ShapeError(
        `${this.kind}: an example is ${formatShape(x.shape.slice(1))}, but must be [channels, ...spatial extents]`,
      );
    }
    const inside = this.#blur(ones([1, 1, ...x.shape.slice(2)]));
    const around = (values: Tensor) => this.#blur(values.mean(1, true)).divide(inside);
    const v = x.subtract(around(x));
    const deviation = new Tensor(root(around(v.square()).node, 2));
    const average = deviation.mean(positions(x.shape), true);
    return v.divide(deviation.maximum(average).maximum(this.epsilon));
  }

  /** Convolves `[N, 1, ...S]` with the window: along one axis after the other, since a Gaussian is a product. */
  #blur(x: Tensor): Tensor {
    const middle = (this.size - 1) / 2;
    const offset = arange(this.size).cast("float32").subtract(middle);
    const weights = offset.divide(this.deviation).square().multiply(-0.5).exp();
    const kernel = weights.divide(weights.sum());
    return positions(x.shape).reduce((blurred, axis) => {
      const along = <T>(one: T, other: T) => x.shape.slice(2).map((_, i) => (i + 2 === axis ? one : other));
      return blurred.convolution(kernel.reshape([1, 1, ...along(this.size, 1)]), {
        padding: along(middle, 0),
      });
    }, x);
  }
}

/** The spatial axes of a batch. */
function positions(shape: Shape): number[] {
  return shape.map((_, axis) => axis).slice(2);
}

/** Local contrast normalization; see `LocalContrastNorm`. */
export function localContrastNorm(size?: number, options?: LocalContrastNormOptions): LocalContrastNorm {
  return new LocalContrastNorm(size, options);
}
