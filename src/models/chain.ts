import * as nn from "../nn/index.js";
import type { Tensor } from "../tensor/tensor.js";

/**
 * Modules that run one after the other, as in `nn.sequential`, but under names of their own: a network's variables then
 * have the names that others gave them (`layer1.0.conv1.weight`), and its parts are at hand: `network.parts.fc`.
 */
export class Chain<Name extends string = string> extends nn.Module {
  readonly kind: string;
  readonly parts: Readonly<Record<Name, nn.Module>>;

  constructor(kind: string, parts: Readonly<Record<Name, nn.Module>>) {
    super();
    this.kind = kind;
    this.parts = { ...parts };
  }

  override isSequential(): boolean {
    return Object.values<nn.Module>(this.parts).every((part) => part.isSequential());
  }

  protected override members() {
    return Object.entries<nn.Module>(this.parts);
  }

  protected override compute(x: Tensor, options: nn.ForwardOptions): Tensor {
    return Object.values<nn.Module>(this.parts).reduce((value, part) => part.forward(value, options), x);
  }
}
