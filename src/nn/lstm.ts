import { zeros } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";
import { Recurrent, type RecurrentOptions } from "./recurrent.js";

/** What an LSTM remembers, each `[N, units]`: `hidden`, which is its output, and `cell`. */
export type LstmState = { readonly hidden: Tensor; readonly cell: Tensor };

/**
 * Long short-term memory, `[N, T, features]` -> `[N, T, units]`:
 *
 *     i, f, o = sigmoid(W_ih x + b_ih + W_hh h + b_hh),   g = tanh(W_ih x + b_ih + W_hh h + b_hh)
 *     c' = f c + i g,   h' = o tanh(c')
 *
 * with the weights' rows in PyTorch's order i, f, g, o.
 *
 * Source: Hochreiter and Schmidhuber, "Long short-term memory", 1997; Gers et al., "Learning to forget", 2000.
 */
export class Lstm extends Recurrent<LstmState> {
  readonly kind = "lstm";

  constructor(units: number, options: RecurrentOptions = {}) {
    super("lstm", units, 4, options);
  }

  override zeroState(batch: number): LstmState {
    return { hidden: zeros([batch, this.units]), cell: zeros([batch, this.units]) };
  }

  protected override next(input: Tensor, { hidden, cell }: LstmState): LstmState {
    const sums = input.add(hidden.matmul(this.hiddenWeight.value.transpose()));
    const [i, f, g, o] = [0, 1, 2, 3].map((index) => this.gate(sums, index)) as [
      Tensor,
      Tensor,
      Tensor,
      Tensor,
    ];
    const next = f.sigmoid().multiply(cell).add(i.sigmoid().multiply(g.tanh()));
    return { hidden: o.sigmoid().multiply(next.tanh()), cell: next };
  }

  protected override outputOf({ hidden }: LstmState): Tensor {
    return hidden;
  }
}

/** Long short-term memory; see `Lstm`. */
export function lstm(units: number, options?: RecurrentOptions): Lstm {
  return new Lstm(units, options);
}
