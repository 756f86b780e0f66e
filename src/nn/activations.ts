import type { Tensor } from "../tensor/tensor.js";
import { requireBetween } from "./check.js";
import { Module } from "./module.js";
import type { Reach } from "./receptive-field.js";

/** What some of the transfer functions are made with. */
export interface ActivationOptions {
  readonly slope?: number;
  readonly alpha?: number;
  readonly form?: "erf" | "tanh";
  readonly low?: number;
  readonly high?: number;
  readonly axis?: number;
}

/** A transfer function, applied to each position on its own; it has no variables. */
export class Activation extends Module {
  readonly kind: string;
  readonly transfer: (x: Tensor) => Tensor;
  /** What `transfer` was made with, for those who look at the layer. */
  readonly options: ActivationOptions;

  constructor(kind: string, transfer: (x: Tensor) => Tensor, options: ActivationOptions = {}) {
    super();
    this.kind = kind;
    this.transfer = transfer;
    this.options = options;
  }

  override reach(): Reach {
    return "pointwise";
  }

  protected override compute(x: Tensor): Tensor {
    return this.transfer(x);
  }
}

/** 1 where positive, else 0; its derivative is 0, so no gradient reaches what lies behind it. */
export function step(): Activation {
  return new Activation("step", (x) => x.step());
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

/** `max(x, 0)`, at most 6; the derivative at 0 and 6 is 0. */
export function relu6(): Activation {
  return new Activation("relu6", (x) => x.hardTanh(0, 6));
}

/** `x` where positive, else `slope x`; the derivative at 0 is `slope`. */
export function leakyRelu(slope = 0.01): Activation {
  if (!Number.isFinite(slope))
    throw new RangeError(`leakyRelu: slope is ${slope}; it must be a finite number`);
  return new Activation("leakyRelu", (x) => x.leakyRelu(slope), { slope });
}

/** `x` where positive, else `alpha (exp(x) - 1)`; the derivative at 0 is `alpha`. */
export function elu(alpha = 1): Activation {
  requireBetween(alpha, 0, Number.MAX_VALUE, "alpha", "elu");
  return new Activation("elu", (x) => x.elu(alpha), { alpha });
}

/** `1.0507 elu(x, 1.6733)`; goes with `init.leCunNormal`. */
export function selu(): Activation {
  return new Activation("selu", (x) => x.selu());
}

/** `x P(Z <= x)` for a standard normal Z; "tanh" is the usual approximation. */
export function gelu(form: "erf" | "tanh" = "erf"): Activation {
  return new Activation("gelu", (x) => x.gelu(form), { form });
}

/** `x / (1 + exp(-x))`, also called swish. */
export function silu(): Activation {
  return new Activation("silu", (x) => x.silu());
}

/** `log(1 + exp(x))`. */
export function softplus(): Activation {
  return new Activation("softplus", (x) => x.softplus());
}

/** `log(sigmoid(x))`. */
export function logSigmoid(): Activation {
  return new Activation("logSigmoid", (x) => x.logSigmoid());
}

/** `x / (1 + |x|)`. */
export function softsign(): Activation {
  return new Activation("softsign", (x) => x.softsign());
}

/** `x tanh(softplus(x))`. */
export function mish(): Activation {
  return new Activation("mish", (x) => x.mish());
}

/** `x` between `low` and `high`, which are its least and greatest values; the derivative on both is 0. */
export function hardTanh(low = -1, high = 1): Activation {
  if (!(low < high)) throw new RangeError(`hardTanh: ${low} to ${high} is no range; low must be below high`);
  return new Activation("hardTanh", (x) => x.hardTanh(low, high), { low, high });
}

/** `x / 6 + 1/2` between -3 and 3, 0 below and 1 above; the derivative at -3 and 3 is 0. */
export function hardSigmoid(): Activation {
  return new Activation("hardSigmoid", (x) => x.hardSigmoid());
}

/** `x hardSigmoid(x)`; the derivatives at -3 and 3 are -1/2 and 3/2. */
export function hardSwish(): Activation {
  return new Activation("hardSwish", (x) => x.hardSwish());
}

/**
 * `exp(x) / sum of exp(x)` along `axis`, by default the channels. To train a classifier, leave it out:
 * `losses.crossEntropy` takes the values before it.
 */
export function softmax(axis = 1): Activation {
  return new Activation("softmax", (x) => x.softmax(axis), { axis });
}
