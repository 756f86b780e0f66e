import type { Tensor } from "../tensor/tensor.js";
import { requireAbove, requireAtLeast, requireDecay, requireShare } from "./check.js";
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
export function average(previous: Tensor, value: Tensor, decay: number): Tensor {
  return previous.multiply(decay).add(value.multiply(1 - decay));
}

/**
 * `v = momentum v + (1 - dampening) g`, at the first step `v = g`; the direction is `v`, or `g + momentum v` with
 * Nesterov's look ahead.
 *
 * Source: Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013, section 2.
 */
export function momentum(decay: number, nesterov = false, dampening = 0): Transformation {
  requireDecay(decay, "momentum", "momentum");
  requireShare(dampening, "dampening", "momentum");
  return perParameter({ momentum: 0 }, (gradient, slots, _, { step }) => {
    const taken = dampening === 0 ? gradient : gradient.multiply(step.equal(1).where(1, 1 - dampening));
    const velocity = slots.momentum.multiply(decay).add(taken);
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

/**
 * Adagrad over a window: `g / sqrt(s + epsilon)` with `s = rho s + (1 - rho) g^2`, so that old gradients fade and steps
 * need not become ever smaller. RMSProp with its epsilon under the root; ConvNetJS calls it windowgrad.
 *
 * Source: Zeiler, "ADADELTA: an adaptive learning rate method", 2012, section 3.1, "Idea 1".
 */
export function scaleByWindowedAdagrad(rho: number, epsilon: number): Transformation {
  requireDecay(rho, "rho", "windowedAdagrad");
  requireAbove(epsilon, 0, "epsilon", "windowedAdagrad");
  return perParameter({ squareAverage: 0 }, (gradient, slots) => {
    const squareAverage = average(slots.squareAverage, gradient.square(), rho);
    return { direction: gradient.divide(squareAverage.add(epsilon).sqrt()), slots: { squareAverage } };
  });
}

export interface RpropRuleOptions {
  readonly initialStep: number;
  readonly shrink: number;
  readonly grow: number;
  readonly minimumStep: number;
  readonly maximumStep: number;
}

/**
 * Uses only the gradient's sign: each element has a step size of its own, which grows while the sign stays and shrinks
 * when it changes; then the element rests for one step. The direction is `sign(g) * size`.
 *
 * Source: Riedmiller and Braun, "A direct adaptive method for faster backpropagation learning", 1993; without its
 * backtracking: Igel and Huesken, "Improving the Rprop learning algorithm", 2000, section 2.2 (iRprop-).
 */
export function scaleByRprop(options: RpropRuleOptions): Transformation {
  const { initialStep, shrink, grow, minimumStep, maximumStep } = options;
  requireAbove(minimumStep, 0, "minimumStep", "rprop");
  requireAtLeast(initialStep, minimumStep, "initialStep", "rprop");
  requireAtLeast(maximumStep, initialStep, "maximumStep", "rprop");
  requireAbove(shrink, 0, "shrink", "rprop");
  if (shrink >= 1) throw new RangeError(`rprop: shrink is ${shrink}; it must be below 1`);
  requireAbove(grow, 1, "grow", "rprop");
  return perParameter({ stepSize: initialStep, previousGradient: 0 }, (gradient, slots) => {
    // Signs, because the product of two small gradients may underflow to 0.
    const agreement = gradient.sign().multiply(slots.previousGradient.sign());
    const factor = agreement.greater(0).where(grow, agreement.less(0).where(shrink, 1));
    const stepSize = slots.stepSize.multiply(factor).clip(minimumStep, maximumStep);
    const previousGradient = agreement.less(0).where(0, gradient);
    return { direction: previousGradient.sign().multiply(stepSize), slots: { stepSize, previousGradient } };
  });
}
