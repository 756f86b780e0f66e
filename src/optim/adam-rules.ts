import { scalar } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";
import { requireAtLeast, requireDecay } from "./check.js";
import { average } from "./rules.js";
import { perParameter, type Transformation } from "./transformation.js";

export interface MomentsRuleOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

export interface AdamRuleOptions extends MomentsRuleOptions {
  readonly amsgrad: boolean;
}

function check({ beta1, beta2, epsilon }: MomentsRuleOptions, owner: string): void {
  requireDecay(beta1, "beta1", owner);
  requireDecay(beta2, "beta2", owner);
  requireAtLeast(epsilon, 0, "epsilon", owner);
}

/**
 * With `m = beta1 m + (1 - beta1) g` and `v = beta2 v + (1 - beta2) g^2`, the direction at step t is
 * `m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon)`. With `amsgrad`, the greatest `v` so far takes its place.
 *
 * Sources: Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1; Reddi, Kale and Kumar, "On
 * the convergence of Adam and beyond", 2018, algorithm 2, with bias correction as in PyTorch.
 */
export function scaleByAdam({ beta1, beta2, epsilon, amsgrad }: AdamRuleOptions): Transformation {
  check({ beta1, beta2, epsilon }, "adam");
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
 * Adam with the greatest of the fading gradients in place of the root of their squares: with
 * `u = max(beta2 u, |g| + epsilon)`, the direction at step t is `m / (1 - beta1^t) / u`.
 *
 * Source: Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 2.
 */
export function scaleByAdamax(options: MomentsRuleOptions): Transformation {
  check(options, "adamax");
  const { beta1, beta2, epsilon } = options;
  return perParameter({ firstMoment: 0, greatest: 0 }, (gradient, slots, _, { step }) => {
    const firstMoment = average(slots.firstMoment, gradient, beta1);
    const greatest = slots.greatest.multiply(beta2).maximum(gradient.abs().add(epsilon));
    const direction = firstMoment.multiply(averageWeight(beta1, step).reciprocal()).divide(greatest);
    return { direction, slots: { firstMoment, greatest } };
  });
}

/**
 * Adam with Nesterov's look ahead. With `mu_t = beta1 (1 - 0.96^(t momentumDecay) / 2)` and their product
 * `p_t = mu_1 ... mu_t`, `mu_(t+1) m / (1 - p_(t+1)) + (1 - mu_t) g / (1 - p_t)` takes the place of Adam's
 * `m / (1 - beta1^t)`.
 *
 * Source: Dozat, "Incorporating Nesterov momentum into Adam", 2016, algorithm 2. PyTorch before 2.0 had `mu_t` twice in
 * `p_(t+1)`.
 */
export function scaleByNAdam(
  options: MomentsRuleOptions & { readonly momentumDecay: number },
): Transformation {
  check(options, "nAdam");
  const { beta1, beta2, epsilon, momentumDecay } = options;
  requireAtLeast(momentumDecay, 0, "momentumDecay", "nAdam");
  const momentumAt = (step: Tensor) =>
    step
      .multiply(momentumDecay * Math.log(0.96))
      .exp()
      .multiply(-beta1 / 2)
      .add(beta1);
  return perParameter(
    { firstMoment: 0, secondMoment: 0, momentumProduct: { scalar: 1 } },
    (gradient, slots, _, { step }) => {
      const firstMoment = average(slots.firstMoment, gradient, beta1);
      const secondMoment = average(slots.secondMoment, gradient.square(), beta2);
      const [now, next] = [momentumAt(step), momentumAt(step.add(1))];
      const momentumProduct = slots.momentumProduct.multiply(now);
      const ofMoment = next.divide(rest(momentumProduct.multiply(next)));
      const ofGradient = rest(now).divide(rest(momentumProduct));
      const size = secondMoment.multiply(averageWeight(beta2, step).reciprocal()).sqrt().add(epsilon);
      return {
        direction: firstMoment.multiply(ofMoment).add(gradient.multiply(ofGradient)).divide(size),
        slots: { firstMoment, secondMoment, momentumProduct },
      };
    },
  );
}

/** `1 - x`. */
function rest(x: Tensor): Tensor {
  return x.negate().add(1);
}

/**
 * Adam that waits until it knows the gradients' variance. `r(t) = r_max - 2 t beta2^t / (1 - beta2^t)`, with
 * `r_max = 2 / (1 - beta2) - 1`, says how many gradients the average of squares is worth. While it is at most 5, the
 * direction is `m / (1 - beta1^t)`, as with momentum; then it is Adam's (with epsilon beside the root of the uncorrected
 * average) times `sqrt((r - 4)(r - 2) r_max / ((r_max - 4)(r_max - 2) r))`.
 *
 * Source: Liu et al., "On the variance of the adaptive learning rate and beyond", 2020, algorithm 2.
 */
export function scaleByRAdam(options: MomentsRuleOptions): Transformation {
  check(options, "rAdam");
  const { beta1, beta2, epsilon } = options;
  const greatest = 2 / (1 - beta2) - 1;
  return perParameter({ firstMoment: 0, secondMoment: 0 }, (gradient, slots, _, { step }) => {
    const firstMoment = average(slots.firstMoment, gradient, beta1);
    const secondMoment = average(slots.secondMoment, gradient.square(), beta2);
    const corrected = firstMoment.multiply(averageWeight(beta1, step).reciprocal());
    const slot = { firstMoment, secondMoment };
    // Never above 5: the average forgets too fast.
    if (greatest <= 5) return { direction: corrected, slots: slot };
    const length = effectiveLength(beta2, step, greatest);
    const rectified = length
      .subtract(4)
      .multiply(length.subtract(2))
      .divide(length)
      .multiply(greatest / ((greatest - 4) * (greatest - 2)))
      .multiply(averageWeight(beta2, step))
      .maximum(0)
      .sqrt();
    const adapted = corrected.multiply(rectified).divide(secondMoment.sqrt().add(epsilon));
    return { direction: length.greater(5).where(adapted, corrected), slots: slot };
  });
}

/**
 * `greatest - 2 t beta^t / (1 - beta^t)`. With `x = -t log(beta)` that is `greatest - 2 / L + t - 2 h / L` for
 * `L = -log(beta)` and `h = x / 2 / tanh(x / 2) - 1`, whose terms are small where the result is.
 */
function effectiveLength(beta: number, step: Tensor, greatest: number): Tensor {
  const rate = -Math.log(beta);
  const half = step.multiply(rate / 2);
  const h = half.divide(half.tanh()).subtract(1);
  return step.add(greatest - 2 / rate).subtract(h.multiply(2 / rate));
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
