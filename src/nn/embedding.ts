import type { Variable } from "../runtime/variable.js";
import type { Shape } from "../shape/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { BuildContext } from "./build-context.js";
import { requireCount } from "./check.js";
import { type Initializer, normal } from "./init.js";
import { Module } from "./module.js";

export interface EmbeddingOptions {
  /** Default: normal with mean 0 and standard deviation 1, as in PyTorch. */
  readonly initializer?: Initializer;
}

/**
 * A learned vector for each of `count` things: whole numbers `[N, ...]` -> `[N, ..., size]`, row `i` of `weight`,
 * `[count, size]`, for the number i. Numbers outside of 0 ... count - 1 give zeros. Fractions of float32 are cut off.
 */
export class Embedding extends Module {
  readonly kind = "embedding";
  readonly count: number;
  readonly size: number;
  readonly options: EmbeddingOptions;
  weight!: Variable;

  constructor(count: number, size: number, options: EmbeddingOptions = {}) {
    super();
    this.count = requireCount(count, "count", this.kind);
    this.size = requireCount(size, "size", this.kind);
    this.options = options;
  }

  override reach(inputShape: Shape): "global" | "unknown" {
    return inputShape.length === 0 ? "global" : "unknown";
  }

  protected override createVariables(_inputShape: Shape, context: BuildContext): void {
    const { initializer = normal() } = this.options;
    this.weight = context.variable("weight", [this.count, this.size], { initializer, fanOut: this.size });
  }

  protected override compute(x: Tensor): Tensor {
    return this.weight.value.gather(x.cast("int32"));
  }
}

/** A learned vector for each of `count` things; see `Embedding`. */
export function embedding(count: number, size: number, options?: EmbeddingOptions): Embedding {
  return new Embedding(count, size, options);
}
