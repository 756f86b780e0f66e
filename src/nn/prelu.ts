import type { Variable } from "../runtime/variable.js";
import { type Shape, ShapeError } from "../shape/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import type { BuildContext } from "./build-context.js";
import { constant } from "./init.js";
import { Module } from "./module.js";

export interface PReluOptions {
  /** A slope for each channel (axis 1) instead of one for all; default false. */
  readonly perChannel?: boolean;
  /** The slope at the start; default 0.25. */
  readonly initialSlope?: number;
}

/**
 * ReLU whose slope below 0 is learned: `x` where positive, else `weight x`. `weight` is `[1]`, or `[C]` with a slope for
 * each channel. The derivative at 0 is the slope. (Weight decay would pull the slope to 0: plain ReLU.)
 *
 * Source: He et al., "Delving deep into rectifiers", 2015, section 2.1.
 */
export class PRelu extends Module {
  readonly kind = "prelu";
  readonly perChannel: boolean;
  readonly initialSlope: number;
  weight!: Variable;

  constructor({ perChannel = false, initialSlope = 0.25 }: PReluOptions = {}) {
    super();
    if (!Number.isFinite(initialSlope)) {
      throw new RangeError(`prelu: initialSlope is ${initialSlope}; it must be a finite number`);
    }
    this.perChannel = perChannel;
    this.initialSlope = initialSlope;
  }

  override reach(): "pointwise" {
    return "pointwise";
  }

  protected override createVariables([channels]: Shape, context: BuildContext): void {
    if (this.perChannel && channels === undefined) {
      throw new ShapeError("prelu: an example is a scalar, but must be [channels, ...]");
    }
    const slopes = this.perChannel ? channels! : 1;
    this.weight = context.variable("weight", [slopes], { initializer: constant(this.initialSlope) });
  }

  protected override compute(x: Tensor): Tensor {
    const slope = this.weight.value;
    return x.prelu(this.perChannel ? slope.reshape([-1, ...x.shape.slice(2).map(() => 1)]) : slope);
  }
}

/** ReLU with a learned slope below 0; see `PRelu`. */
export function prelu(options?: PReluOptions): PRelu {
  return new PRelu(options);
}
