import type { Variable } from "../runtime/variable.js";
import {
  type MomentsRuleOptions,
  scaleByAdam,
  scaleByAdamax,
  scaleByNAdam,
  scaleByRAdam,
} from "./adam-rules.js";
import { clipByNorm, clipByValue } from "./clip.js";
import { Optimizer } from "./optimizer.js";
import {
  addDecayedWeights,
  momentum as momentumRule,
  type ParameterFilter,
  scaleByAdadelta,
  scaleByAdagrad,
  scaleByRmsProp,
  scaleByRprop,
  scaleByWindowedAdagrad,
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
  /** Share of each gradient (but the first) that momentum leaves out; default 0. */
  readonly dampening?: number;
}

/** Stochastic gradient descent, with momentum if asked (see `momentum`). The learning rate's default is 0.01. */
export function sgd(parameters: readonly Variable[], options: SgdOptions = {}): Optimizer {
  const { momentum = 0, nesterov = false, dampening = 0 } = options;
  if (nesterov && (momentum === 0 || dampening !== 0)) {
    throw new RangeError("sgd: nesterov needs a momentum above 0 and no dampening");
  }
  return build(
    parameters,
    options,
    0.01,
    momentum === 0 ? [] : [momentumRule(momentum, nesterov, dampening)],
  );
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

export interface MomentsOptions extends OptimizerOptions {
  /** Share that the gradients' average keeps at each step; default 0.9. */
  readonly beta1?: number;
  /** Share that the squares' average keeps at each step; default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
}

export interface AdamOptions extends MomentsOptions {
  /** Whether step sizes may only fall; default false. */
  readonly amsgrad?: boolean;
}

function moments({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: MomentsOptions): MomentsRuleOptions {
  return { beta1, beta2, epsilon };
}

function adamRule(options: AdamOptions): Transformation {
  return scaleByAdam({ ...moments(options), amsgrad: options.amsgrad ?? false });
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

/** Adam by the greatest of fading gradients (see `scaleByAdamax`). The learning rate's default is 0.002. */
export function adamax(parameters: readonly Variable[], options: MomentsOptions = {}): Optimizer {
  return build(parameters, options, 0.002, [scaleByAdamax(moments(options))]);
}

export interface NAdamOptions extends MomentsOptions {
  /** How fast momentum reaches `beta1`; default 0.004. */
  readonly momentumDecay?: number;
}

/** Adam with Nesterov's look ahead (see `scaleByNAdam`). The learning rate's default is 0.002. */
export function nAdam(parameters: readonly Variable[], options: NAdamOptions = {}): Optimizer {
  const rule = scaleByNAdam({ ...moments(options), momentumDecay: options.momentumDecay ?? 0.004 });
  return build(parameters, options, 0.002, [rule]);
}

/** Adam that begins as momentum (see `scaleByRAdam`). The learning rate's default is 0.001. */
export function rAdam(parameters: readonly Variable[], options: MomentsOptions = {}): Optimizer {
  return build(parameters, options, 0.001, [scaleByRAdam(moments(options))]);
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

export interface WindowedAdagradOptions extends OptimizerOptions {
  /** Share that the squares' average keeps at each step; default 0.95. */
  readonly rho?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
}

/**
 * Adagrad that forgets old gradients, ConvNetJS's windowgrad (see `scaleByWindowedAdagrad`), with its defaults; the
 * learning rate's is 0.01.
 */
export function windowedAdagrad(
  parameters: readonly Variable[],
  options: WindowedAdagradOptions = {},
): Optimizer {
  return build(parameters, options, 0.01, [
    scaleByWindowedAdagrad(options.rho ?? 0.95, options.epsilon ?? 1e-8),
  ]);
}

export interface RpropOptions extends OptimizerOptions {
  /** First step size of every element; default 0.01. */
  readonly initialStep?: number;
  /** What a step size is multiplied by when its gradient changes sign; default 0.5. */
  readonly shrink?: number;
  /** What a step size is multiplied by when its gradient keeps its sign; default 1.2. */
  readonly grow?: number;
  /** Default 1e-6. */
  readonly minimumStep?: number;
  /** Default 50. */
  readonly maximumStep?: number;
}

/**
 * Resilient propagation (see `scaleByRprop`), for full batches: between mini-batches signs change by chance. The learning
 * rate, which multiplies all step sizes, is 1 by default.
 */
export function rprop(parameters: readonly Variable[], options: RpropOptions = {}): Optimizer {
  const { initialStep = 0.01, shrink = 0.5, grow = 1.2, minimumStep = 1e-6, maximumStep = 50 } = options;
  return build(parameters, options, 1, [
    scaleByRprop({ initialStep, shrink, grow, minimumStep, maximumStep }),
  ]);
}
