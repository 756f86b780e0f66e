import type { Variable } from "../runtime/variable.js";
import { formatShape, type Shape, ShapeError, sizeOf } from "../shape/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { BuildContext } from "./build-context.js";
import { requireCount } from "./check.js";
import { heNormal, type Initializer, zeros } from "./init.js";
import { Module } from "./module.js";

export interface DenseOptions {
  /** Default true. */
  readonly bias?: boolean;
  /** Default `heNormal`. */
  readonly initializer?: Initializer;
  /** Default `zeros`. */
  readonly biasInitializer?: Initializer;
}

/**
 * Fully connected layer, `y = x weight^T + bias` over the last axis: `[..., inputs]` -> `[..., units]`. `weight` is
 * `[units, inputs]`, `bias` `[units]`.
 */
export class Dense extends Module {
  readonly kind = "dense";
  readonly units: number;
  readonly options: DenseOptions;
  weight!: Variable;
  bias: Variable | undefined;

  constructor(units: number, options: DenseOptions = {}) {
    super();
    this.units = requireCount(units, "units", this.kind);
    this.options = options;
  }

  override reach(inputShape: Shape): "global" | "unknown" {
    return inputShape.length === 1 ? "global" : "unknown";
  }

  override multiplyAdds(inputShape: Shape): number {
    return sizeOf(inputShape) * this.units;
  }

  protected override createVariables(inputShape: Shape, context: BuildContext): void {
    const inputs = inputShape.at(-1);
    if (inputs === undefined) throw new ShapeError("dense: an example is a scalar, but must be [inputs]");
    const { bias = true, initializer = heNormal, biasInitializer = zeros } = this.options;
    const fans = { fanIn: inputs, fanOut: this.units };
    this.weight = context.variable("weight", [this.units, inputs], { initializer, ...fans });
    if (bias) this.bias = context.variable("bias", [this.units], { initializer: biasInitializer, ...fans });
  }

  protected override compute(x: Tensor): Tensor {
    const inputs = this.weight.shape[1]!;
    if (x.shape.at(-1) !== inputs) {
      throw new ShapeError(
        `dense: the last axis of ${formatShape(x.shape)} must have the ${inputs} inputs for which it was built` +
          (sizeOf(x.shape.slice(1)) === inputs ? "; put nn.flatten() before it" : ""),
      );
    }
    const y = x.matmul(this.weight.value.transpose());
    return this.bias ? y.add(this.bias.value) : y;
  }
}

/** Fully connected layer; see `Dense`. */
export function dense(units: number, options?: DenseOptions): Dense {
  return new Dense(units, options);
}
