import type { Structure } from "../runtime/structure.js";
import { ShapeError } from "../shape/shape.js";
import { concatenate } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";
import { type ForwardOptions, Module } from "./module.js";
import { Recurrent } from "./recurrent.js";

/**
 * Two recurrent layers on the same sequence, one in each direction, with their outputs side by side: `[N, T, features]` ->
 * `[N, T, units + units']`, or `[N, units + units']` of the last step of each. The parts are named `forward` and `reverse`.
 *
 * Source: Schuster and Paliwal, "Bidirectional recurrent neural networks", 1997.
 */
export class Bidirectional extends Module {
  readonly kind = "bidirectional";
  readonly layers: readonly [forward: Module, reverse: Module];

  constructor(forward: Module, reverse: Module) {
    super();
    const direction = (layer: Module) =>
      layer instanceof Recurrent ? ((layer as Recurrent<Structure>).options.reverse ?? false) : undefined;
    if (direction(forward) !== false || direction(reverse) !== true) {
      throw new ShapeError(
        "bidirectional: takes a recurrent layer, and a second one with { reverse: true }, such as nn.lstm(8), nn.lstm(8, { reverse: true })",
      );
    }
    this.layers = [forward, reverse];
  }

  protected override members() {
    return [
      ["forward", this.layers[0]],
      ["reverse", this.layers[1]],
    ] as const;
  }

  protected override compute(x: Tensor, options: ForwardOptions): Tensor {
    return concatenate(
      this.layers.map((layer) => layer.forward(x, options)),
      -1,
    );
  }
}

/** Two recurrent layers, one in each direction; see `Bidirectional`. */
export function bidirectional(forward: Module, reverse: Module): Bidirectional {
  return new Bidirectional(forward, reverse);
}
