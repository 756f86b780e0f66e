import type { Generator } from "../random/generator.js";
import type { Variable } from "../runtime/variable.js";
import { formatShape, type Shape, ShapeError } from "../shape/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { BuildContext } from "./build-context.js";
import { type ForwardOptions, Module } from "./module.js";

/** Random changes while training, none otherwise. The state of the randomness is a variable. */
abstract class Noise extends Module {
  readonly kind: string;
  readonly rate: number;
  /** State of the layer's random generator. */
  generator!: Variable;
  #source: Generator | undefined;

  constructor(kind: string, rate: number) {
    super();
    if (!(rate >= 0 && rate < 1)) {
      throw new RangeError(`${kind}: rate is ${rate}; it must be at least 0 and below 1`);
    }
    this.kind = kind;
    this.rate = rate;
  }

  override reach(): "pointwise" {
    return "pointwise";
  }

  protected override createVariables(_inputShape: Shape, context: BuildContext): void {
    this.#source = context.generator("generator");
    this.generator = this.#source.state;
  }

  protected override compute(x: Tensor, { training = false }: ForwardOptions): Tensor {
    return training && this.rate > 0 ? this.disturb(x, this.#source!) : x;
  }

  protected abstract disturb(x: Tensor, source: Generator): Tensor;
}

/**
 * While training, sets each value to 0 with probability `rate` and divides the others by `1 - rate`, so that the
 * expectation stays; otherwise does nothing. Every run of a step drops other values; the state is a variable.
 *
 * Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014.
 */
export class Dropout extends Noise {
  constructor(rate: number) {
    super("dropout", rate);
  }

  protected override disturb(x: Tensor, source: Generator): Tensor {
    const kept = source.bernoulli(x.shape, 1 - this.rate);
    return kept.where(x.multiply(1 / (1 - this.rate)), 0);
  }
}

/**
 * Dropout of whole channels of `[N, C, ...S]`: while training, each channel of each example is set to 0 with probability
 * `rate`, and the others are divided by `1 - rate`. In maps, whose neighbours tell the same, dropping single values
 * takes little away.
 *
 * Source: Tompson et al., "Efficient object localization using convolutional networks", 2015, section 3.2.
 */
export class SpatialDropout extends Noise {
  constructor(rate: number) {
    super("spatialDropout", rate);
  }

  protected override compute(x: Tensor, options: ForwardOptions): Tensor {
    if (x.rank < 3) {
      throw new ShapeError(
        `${this.kind}: an example is ${formatShape(x.shape.slice(1))}, but must be [channels, ...spatial extents]`,
      );
    }
    return super.compute(x, options);
  }

  protected override disturb(x: Tensor, source: Generator): Tensor {
    const channels = x.shape.map((extent, axis) => (axis < 2 ? extent : 1));
    const kept = source.bernoulli(channels, 1 - this.rate);
    return kept.where(x.multiply(1 / (1 - this.rate)), 0);
  }
}

/**
 * While training, multiplies each value by a normal variable of mean 1 and variance `rate / (1 - rate)`, which are those
 * of the factors of `Dropout`; otherwise does nothing.
 *
 * Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014, section 10.
 */
export class GaussianDropout extends Noise {
  constructor(rate: number) {
    super("gaussianDropout", rate);
  }

  protected override disturb(x: Tensor, source: Generator): Tensor {
    const deviation = Math.sqrt(this.rate / (1 - this.rate));
    return x.multiply(source.normal(x.shape).multiply(deviation).add(1));
  }
}

/** Inverted dropout; see `Dropout`. */
export function dropout(rate = 0.5): Dropout {
  return new Dropout(rate);
}

/** Dropout of whole channels; see `SpatialDropout`. */
export function spatialDropout(rate = 0.5): SpatialDropout {
  return new SpatialDropout(rate);
}

/** Multiplicative Gaussian noise; see `GaussianDropout`. */
export function gaussianDropout(rate = 0.5): GaussianDropout {
  return new GaussianDropout(rate);
}
