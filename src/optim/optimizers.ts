import type { Variable } from "../runtime/variable.js";
import { clipByNorm, clipByValue } from "./clip.js";
import { Optimizer } from "./optimizer.js";
import {
  addDecayedWeights,
  momentum as momentumRule,
  type ParameterFilter,
  scaleByAdadelta,
  scaleByAdagrad,
  scaleByAdam,
  scaleByRmsProp,
} from "./rules.js";
import { chain, type Transformation } from "./transformation.js";

/** What every named optimizer takes. Defaults of all options are PyTorch's, unless an option says otherwise. */
export interface OptimizerOptions {
  readonly learningRate?: number;
  /** L2 regularization: adds `weightDecay * parameter` to the gradient (for `adamW`, to the direction). Default 0. */
  readonly weightDecay?: number;
  /** Which parameters decay; default all. `(parameter) => parameter.shape.length > 1` spares biases. */
  readonly decays?: ParameterFilter;
  /** Greatest common norm of all gradients; larger ones are scaled down. Default: no bound. */
  readonly clipNorm?: number;
  /** Greatest absolute value of a gradient's element; default: no bound. */
  readonly clipValue?: number;
}

function build(
  parameters: readonly Variable[],
  options: OptimizerOptions,
  learningRate: number,
  rules: readonly Transformation[],
  decoupledDecay?: number,
): Optimizer {
  const decay = options.weightDecay ?? 0;
  const steps = [
    ...(options.clipValue === undefined ? [] : [clipByValue(options.clipValue)]),
    ...(options.clipNorm === undefined ? [] : [clipByNorm(options.clipNorm)]),
    ...(decoupledDecay === undefined ? [addDecayedWeights(decay, options.decays)] : []),
    ...rules,
    ...(decoupledDecay === undefined ? [] : [addDecayedWeights(decoupledDecay, options.decays)]),
  ];
  return new Optimizer(parameters, chain(...steps), options.learningRate ?? learningRate);
}

export interface SgdOptions extends OptimizerOptions {
  /** Default 0. */
  readonly momentum?: number;
  /** Default false. */
  readonly nesterov?: boolean;
}

/** Stochastic gradient descent, with momentum if asked (see `momentum`). The learning rate's default is 0.01. */
export function sgd(parameters: readonly Variable[], options: SgdOptions = {}): Optimizer {
  const { momentum = 0, nesterov = false } = options;
  if (nesterov && momentum === 0) throw new RangeError("sgd: nesterov needs a momentum above 0");
  return build(parameters, options, 0.01, momentum === 0 ? [] : [momentumRule(momentum, nesterov)]);
}

export interface AdadeltaOptions extends OptimizerOptions {
  /** Share that moving averages keep at each step; default 0.9. */
  readonly rho?: number;
  /** Default 1e-6. */
  readonly epsilon?: number;
}

/** Adadelta, which finds its own step sizes (see `scaleByAdadelta`). The learning rate's default is 1. */
export function adadelta(parameters: readonly Variable[], options: AdadeltaOptions = {}): Optimizer {
  return build(parameters, options, 1, [scaleByAdadelta(options.rho ?? 0.9, options.epsilon ?? 1e-6)]);
}

export interface AdamOptions extends OptimizerOptions {
  /** Share that the gradients' average keeps at each step; default 0.9. */
  readonly beta1?: number;
  /** Share that the squares' average keeps at each step; default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** Whether step sizes may only fall; default false. */
  readonly amsgrad?: boolean;
}

function adamRule({
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-8,
  amsgrad = false,
}: AdamOptions): Transformation {
  return scaleByAdam({ beta1, beta2, epsilon, amsgrad });
}

/** Adam (see `scaleByAdam`). The learning rate's default is 0.001. */
export function adam(parameters: readonly Variable[], options: AdamOptions = {}): Optimizer {
  return build(parameters, options, 0.001, [adamRule(options)]);
}

/**
 * Adam with decoupled weight decay: `parameter -= learningRate (direction + weightDecay parameter)`. Defaults: learning
 * rate 0.001, weight decay 0.01.
 *
 * Source: Loshchilov and Hutter, "Decoupled weight decay regularization", 2019, algorithm 2.
 */
export function adamW(parameters: readonly Variable[], options: AdamOptions = {}): Optimizer {
  return build(parameters, options, 0.001, [adamRule(options)], options.weightDecay ?? 0.01);
}

export interface RmsPropOptions extends OptimizerOptions {
  /** Share that moving averages keep at each step; default 0.99. */
  readonly decay?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** Whether the gradients' variance takes the place of their mean square; default false. */
  readonly centered?: boolean;
  /** Default 0. */
  readonly momentum?: number;
}

/** RMSProp (see `scaleByRmsProp`). The learning rate's default is 0.01. */
export function rmsProp(parameters: readonly Variable[], options: RmsPropOptions = {}): Optimizer {
  const { decay = 0.99, epsilon = 1e-8, centered = false, momentum = 0 } = options;
  const rules = [scaleByRmsProp(decay, epsilon, centered)];
  return build(parameters, options, 0.01, momentum === 0 ? rules : [...rules, momentumRule(momentum)]);
}

export interface AdagradOptions extends OptimizerOptions {
  /** First value of the sums of squares; default 0. */
  readonly initialAccumulator?: number;
  /** Default 1e-10. */
  readonly epsilon?: number;
  /** How fast the learning rate falls besides; default 0. */
  readonly learningRateDecay?: number;
}

/** Adagrad (see `scaleByAdagrad`). The learning rate's default is 0.01. */
export function adagrad(parameters: readonly Variable[], options: AdagradOptions = {}): Optimizer {
  const { initialAccumulator = 0, epsilon = 1e-10, learningRateDecay = 0 } = options;
  return build(parameters, options, 0.01, [scaleByAdagrad(initialAccumulator, epsilon, learningRateDecay)]);
}
