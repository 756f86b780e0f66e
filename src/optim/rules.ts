import { scalar } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";
import { requireAbove, requireAtLeast, requireDecay } from "./check.js";
import { type Parameter, perParameter, stateless, type Transformation } from "./transformation.js";

/** Which parameters a weight decay applies to. */
export type ParameterFilter = (parameter: Pick<Parameter, "name" | "shape">) => boolean;

/**
 * Adds `rate * parameter` to the direction. Before a rule for the gradient it is L2 regularization (the gradient of
 * `rate / 2 * |parameter|^2`), after it decoupled weight decay.
 */
export function addDecayedWeights(rate: number, applies: ParameterFilter = () => true): Transformation {
  requireAtLeast(rate, 0, "weightDecay", "addDecayedWeights");
  return stateless((gradient, parameter) =>
    rate > 0 && applies(parameter) ? gradient.add(parameter.value.multiply(rate)) : gradient,
  );
}

/** `decay * average + (1 - decay) * value`. */
function average(previous: Tensor, value: Tensor, decay: number): Tensor {
  return previous.multiply(decay).add(value.multiply(1 - decay));
}

/**
 * `v = momentum v + g`; the direction is `v`, or `g + momentum v` with Nesterov's look ahead.
 *
 * Source: Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013, section 2.
 */
export function momentum(decay: number, nesterov = false): Transformation {
  requireDecay(decay, "momentum", "momentum");
  return perParameter({ momentum: 0 }, (gradient, slots) => {
    const velocity = slots.momentum.multiply(decay).add(gradient);
    const direction = nesterov ? gradient.add(velocity.multiply(decay)) : velocity;
    return { direction, slots: { momentum: velocity } };
  });
}

/**
 * With `s = rho s + (1 - rho) g^2`, the direction is `d = sqrt(u + epsilon) / sqrt(s + epsilon) g`, and then
 * `u = rho u + (1 - rho) d^2`.
 *
 * Source: Zeiler, "ADADELTA: an adaptive learning rate method", 2012, algorithm 1.
 */
export function scaleByAdadelta(rho: number, epsilon: number): Transformation {
  requireDecay(rho, "rho", "adadelta");
  requireAbove(epsilon, 0, "epsilon", "adadelta");
  return perParameter({ squareAverage: 0, updateAverage: 0 }, (gradient, slots) => {
    const squareAverage = average(slots.squareAverage, gradient.square(), rho);
    // One root of the quotient, not the quotient of two roots.
    const ratio = slots.updateAverage.add(epsilon).divide(squareAverage.add(epsilon)).sqrt();
    const direction = ratio.multiply(gradient);
    return {
      direction,
      slots: { squareAverage, updateAverage: average(slots.updateAverage, direction.square(), rho) },
    };
  });
}

export interface AdamRuleOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly amsgrad: boolean;
}

/**
 * With `m = beta1 m + (1 - beta1) g` and `v = beta2 v + (1 - beta2) g^2`, the direction at step t is
 * `m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon)`. With `amsgrad`, the greatest `v` so far takes its place.
 *
 * Sources: Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1; Reddi, Kale and Kumar, "On
 * the convergence of Adam and beyond", 2018, algorithm 2, with bias correction as in PyTorch.
 */
export function scaleByAdam({ beta1, beta2, epsilon, amsgrad }: AdamRuleOptions): Transformation {
  requireDecay(beta1, "beta1", "adam");
  requireDecay(beta2, "beta2", "adam");
  requireAtLeast(epsilon, 0, "epsilon", "adam");
  const direction = (first: Tensor, second: Tensor, step: Tensor): Tensor => {
    // Scalars are inverted, so that each element takes one division.
    const size = second.multiply(averageWeight(beta2, step).reciprocal()).sqrt().add(epsilon);
    return first.multiply(averageWeight(beta1, step).reciprocal()).divide(size);
  };
  if (!amsgrad) {
    return perParameter({ firstMoment: 0, secondMoment: 0 }, (gradient, slots, _, { step }) => {
      const firstMoment = average(slots.firstMoment, gradient, beta1);
      const secondMoment = average(slots.secondMoment, gradient.square(), beta2);
      return { direction: direction(firstMoment, secondMoment, step), slots: { firstMoment, secondMoment } };
    });
  }
  return perParameter(
    { firstMoment: 0, secondMoment: 0, greatestSecondMoment: 0 },
    (gradient, slots, _, { step }) => {
      const firstMoment = average(slots.firstMoment, gradient, beta1);
      const secondMoment = average(slots.secondMoment, gradient.square(), beta2);
      const greatestSecondMoment = slots.greatestSecondMoment.maximum(secondMoment);
      return {
        direction: direction(firstMoment, greatestSecondMoment, step),
        slots: { firstMoment, secondMoment, greatestSecondMoment },
      };
    },
  );
}

/**
 * `1 - decay^step`: the total weight in a moving average that began at 0. As `2 u / (1 + u)` with
 * `u = tanh(-step log(decay) / 2)`, because in float32 the plain difference loses half of its digits for decays near 1.
 */
function averageWeight(decay: number, step: Tensor): Tensor {
  if (decay === 0) return scalar(1);
  const u = step.multiply(-Math.log(decay) / 2).tanh();
  return u.multiply(2).divide(u.add(1));
}

/**
 * `g / (sqrt(s) + epsilon)` with `s = decay s + (1 - decay) g^2`; centered, `s` less the square of the average gradient.
 *
 * Source: Hinton, "Neural networks for machine learning", 2012, lecture 6e; centered: Graves, "Generating sequences
 * with recurrent neural networks", 2013, equations 38 to 40.
 */
export function scaleByRmsProp(decay: number, epsilon: number, centered: boolean): Transformation {
  requireDecay(decay, "decay", "rmsProp");
  requireAtLeast(epsilon, 0, "epsilon", "rmsProp");
  const scale = (gradient: Tensor, square: Tensor) => gradient.divide(square.sqrt().add(epsilon));
  if (!centered) {
    return perParameter({ squareAverage: 0 }, (gradient, slots) => {
      const squareAverage = average(slots.squareAverage, gradient.square(), decay);
      return { direction: scale(gradient, squareAverage), slots: { squareAverage } };
    });
  }
  return perParameter({ squareAverage: 0, gradientAverage: 0 }, (gradient, slots) => {
    const squareAverage = average(slots.squareAverage, gradient.square(), decay);
    const gradientAverage = average(slots.gradientAverage, gradient, decay);
    // Rounding can take the difference below 0, whose root would be NaN.
    const variance = squareAverage.subtract(gradientAverage.square()).maximum(0);
    return { direction: scale(gradient, variance), slots: { squareAverage, gradientAverage } };
  });
}

/**
 * `g / (sqrt(s) + epsilon) / (1 + (t - 1) learningRateDecay)` at step t, with `s = s + g^2`.
 *
 * Source: Duchi, Hazan and Singer, "Adaptive subgradient methods", 2011, section 1.
 */
export function scaleByAdagrad(
  initialAccumulator: number,
  epsilon: number,
  learningRateDecay: number,
): Transformation {
  requireAtLeast(initialAccumulator, 0, "initialAccumulator", "adagrad");
  requireAtLeast(epsilon, 0, "epsilon", "adagrad");
  requireAtLeast(learningRateDecay, 0, "learningRateDecay", "adagrad");
  return perParameter({ squareSum: initialAccumulator }, (gradient, slots, _, { step }) => {
    const squareSum = slots.squareSum.add(gradient.square());
    const direction = gradient.divide(squareSum.sqrt().add(epsilon));
    if (learningRateDecay === 0) return { direction, slots: { squareSum } };
    const slowdown = step.subtract(1).multiply(learningRateDecay).add(1);
    return { direction: direction.divide(slowdown), slots: { squareSum } };
  });
}
