import { stack } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";
import { type ForwardOptions, Module } from "./module.js";

/**
 * Classifiers that decide together: the mean of their class probabilities, given as logarithms so that losses and
 * evaluation take them like any network's logits.
 *
 *     y = log( (1 / M) sum over members m of softmax(m(x)) )        [N, C] -> [N, C]
 *
 * The errors of members that were trained apart are not the same, so their mean errs less often than each of them.
 *
 * Source: Hansen and Salamon, "Neural network ensembles", 1990.
 */
export class Ensemble extends Module {
  readonly kind = "ensemble";
  readonly networks: readonly Module[];

  constructor(networks: readonly Module[]) {
    super();
    if (networks.length === 0) throw new RangeError("ensemble: there must be at least one network");
    this.networks = [...networks];
  }

  protected override compute(x: Tensor, options: ForwardOptions): Tensor {
    const logarithms = this.networks.map((network) => network.forward(x, options).logSoftmax(1));
    return stack(logarithms).logSumExp(0).subtract(Math.log(this.networks.length));
  }
}

/** Averages the class probabilities of classifiers; see `Ensemble`. Networks that were built before keep their weights. */
export function ensemble(networks: readonly Module[]): Ensemble {
  return new Ensemble(networks);
}
