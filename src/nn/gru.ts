import { zeros } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";
import { Recurrent, type RecurrentOptions } from "./recurrent.js";

/**
 * Gated recurrent unit, `[N, T, features]` -> `[N, T, units]`; its state is its output:
 *
 *     r, z = sigmoid(W_ih x + b_ih + W_hh h + b_hh)
 *     n = tanh(W_in x + b_in + r (W_hn h + b_hn)),   h' = (1 - z) n + z h
 *
 * with the weights' rows in PyTorch's order r, z, n.
 *
 * Source: Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014, in the form of cuDNN and PyTorch, which
 * applies r after the product with W_hn.
 */
export class Gru extends Recurrent<Tensor> {
  readonly kind = "gru";

  constructor(units: number, options: RecurrentOptions = {}) {
    super("gru", units, 3, options);
  }

  override zeroState(batch: number): Tensor {
    return zeros([batch, this.units]);
  }

  /** Without `bias_hh`, whose part for n is under the reset gate. */
  protected override project(x: Tensor): Tensor {
    const product = x.matmul(this.inputWeight.value.transpose());
    return this.inputBias ? product.add(this.inputBias.value) : product;
  }

  protected override next(input: Tensor, hidden: Tensor): Tensor {
    const product = hidden.matmul(this.hiddenWeight.value.transpose());
    const recurrent = this.hiddenBias ? product.add(this.hiddenBias.value) : product;
    const reset = this.gate(input, 0).add(this.gate(recurrent, 0)).sigmoid();
    const update = this.gate(input, 1).add(this.gate(recurrent, 1)).sigmoid();
    const candidate = this.gate(input, 2)
      .add(reset.multiply(this.gate(recurrent, 2)))
      .tanh();
    return candidate.add(update.multiply(hidden.subtract(candidate)));
  }

  protected override outputOf(hidden: Tensor): Tensor {
    return hidden;
  }
}

/** Gated recurrent unit; see `Gru`. */
export function gru(units: number, options?: RecurrentOptions): Gru {
  return new Gru(units, options);
}
