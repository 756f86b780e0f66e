import { zeros } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";
import { Recurrent, type RecurrentOptions } from "./recurrent.js";

export interface RnnOptions extends RecurrentOptions {
  /** Default `"tanh"`. */
  readonly activation?: "tanh" | "relu";
}

/**
 * Plain recurrent layer, `[N, T, features]` -> `[N, T, units]`; its state is its output:
 *
 *     h' = tanh(W_ih x + b_ih + W_hh h + b_hh)
 *
 * Source: Elman, "Finding structure in time", 1990. Weights are those of PyTorch's RNN.
 */
export class Rnn extends Recurrent<Tensor> {
  readonly kind = "rnn";
  readonly activation: "tanh" | "relu";

  constructor(units: number, options: RnnOptions = {}) {
    super("rnn", units, 1, options);
    this.activation = options.activation ?? "tanh";
  }

  override zeroState(batch: number): Tensor {
    return zeros([batch, this.units]);
  }

  protected override next(input: Tensor, hidden: Tensor): Tensor {
    const sum = input.add(hidden.matmul(this.hiddenWeight.value.transpose()));
    return this.activation === "relu" ? sum.relu() : sum.tanh();
  }

  protected override outputOf(hidden: Tensor): Tensor {
    return hidden;
  }
}

/** Plain recurrent layer; see `Rnn`. */
export function rnn(units: number, options?: RnnOptions): Rnn {
  return new Rnn(units, options);
}
