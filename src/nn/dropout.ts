import type { Generator } from "../random/generator.js";
import type { Variable } from "../runtime/variable.js";
import type { Shape } from "../shape/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { BuildContext } from "./build-context.js";
import { type ForwardOptions, Module } from "./module.js";

/**
 * While training, sets each value to 0 with probability `rate` and divides the others by `1 - rate`, so that the
 * expectation stays; otherwise does nothing. Every run of a step drops other values; the state is a variable.
 *
 * Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014.
 */
export class Dropout extends Module {
  readonly kind = "dropout";
  readonly rate: number;
  /** State of the layer's random generator. */
  generator!: Variable;
  #source: Generator | undefined;

  constructor(rate: number) {
    super();
    if (!(rate >= 0 && rate < 1)) {
      throw new RangeError(`dropout: rate is ${rate}; it must be at least 0 and below 1`);
    }
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
    if (!training || this.rate === 0) return x;
    const kept = this.#source!.bernoulli(x.shape, 1 - this.rate);
    return kept.where(x.multiply(1 / (1 - this.rate)), 0);
  }
}

/** Inverted dropout; see `Dropout`. */
export function dropout(rate = 0.5): Dropout {
  return new Dropout(rate);
}
