import type { Tensor } from "../tensor/tensor.js";
import { requireBetween } from "./check.js";
import { Module } from "./module.js";
import type { Reach } from "./receptive-field.js";

/** A transfer function, applied to each position on its own; it has no variables. */
export class Activation extends Module {
  readonly kind: string;
  readonly transfer: (x: Tensor) => Tensor;

  constructor(kind: string, transfer: (x: Tensor) => Tensor) {
    super();
    this.kind = kind;
    this.transfer = transfer;
  }

  override reach(): Reach {
    return "pointwise";
  }

  protected override compute(x: Tensor): Tensor {
    return this.transfer(x);
  }
}

/** `max(x, 0)`; the derivative at 0 is 0. */
export function relu(): Activation {
  return new Activation("relu", (x) => x.relu());
}

/** `1 / (1 + exp(-x))`. */
export function sigmoid(): Activation {
  return new Activation("sigmoid", (x) => x.sigmoid());
}

/** Hyperbolic tangent. */
export function tanh(): Activation {
  return new Activation("tanh", (x) => x.tanh());
}

/** `x` where positive, else `slope x`. */
export function leakyRelu(slope = 0.01): Activation {
  if (!Number.isFinite(slope))
    throw new RangeError(`leakyRelu: slope is ${slope}; it must be a finite number`);
  return new Activation("leakyRelu", (x) => x.leakyRelu(slope));
}

/** `x` where positive, else `alpha (exp(x) - 1)`. */
export function elu(alpha = 1): Activation {
  requireBetween(alpha, 0, Number.MAX_VALUE, "alpha", "elu");
  return new Activation("elu", (x) => x.elu(alpha));
}

/** `x P(Z <= x)` for a standard normal Z; "tanh" is the usual approximation. */
export function gelu(form: "erf" | "tanh" = "erf"): Activation {
  return new Activation("gelu", (x) => x.gelu(form));
}

/** `x / (1 + exp(-x))`, also called swish. */
export function silu(): Activation {
  return new Activation("silu", (x) => x.silu());
}

/** `log(1 + exp(x))`. */
export function softplus(): Activation {
  return new Activation("softplus", (x) => x.softplus());
}

/**
 * `exp(x) / sum of exp(x)` along `axis`, by default the channels. To train a classifier, leave it out:
 * `losses.crossEntropy` takes the values before it.
 */
export function softmax(axis = 1): Activation {
  return new Activation("softmax", (x) => x.softmax(axis));
}
