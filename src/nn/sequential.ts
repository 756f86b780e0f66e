import type { Tensor } from "../tensor/tensor.js";
import { type ForwardOptions, Module } from "./module.js";

/** Modules that run one after the other; they are named by their position: `0`, `1`, ... */
export class Sequential extends Module {
  readonly kind = "sequential";
  readonly layers: readonly Module[];

  constructor(layers: readonly Module[]) {
    super();
    this.layers = [...layers];
  }

  override isSequential(): boolean {
    return this.layers.every((layer) => layer.isSequential());
  }

  protected override members() {
    return this.layers.map((layer, position) => [String(position), layer] as const);
  }

  protected override compute(x: Tensor, options: ForwardOptions): Tensor {
    return this.layers.reduce((value, layer) => layer.forward(value, options), x);
  }
}

/** Runs modules one after the other; see `Sequential`. */
export function sequential(layers: readonly Module[]): Sequential {
  return new Sequential(layers);
}
