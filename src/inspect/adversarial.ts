import { grad } from "../autodiff/api.js";
import { crossEntropy } from "../losses/cross-entropy.js";
import type { ForwardOptions, Module } from "../nn/module.js";
import { Generator } from "../random/generator.js";
import { compile } from "../runtime/compile.js";
import type { Shape } from "../shape/shape.js";
import type { Tensor } from "../tensor/tensor.js";

export interface AttackOptions {
  /** Whether the labels are those that the model shall give, instead of the right ones, which it shall not. Default false. */
  readonly targeted?: boolean;
  /** Least and greatest value that an input may have; default [-0.5, 0.5], as images are scaled unless told otherwise. */
  readonly range?: readonly [low: number, high: number];
}

export interface FgsmOptions extends AttackOptions {
  /** By how much each value may change, in units of the input. */
  readonly epsilon: number;
}

export interface PgdOptions extends FgsmOptions {
  /** How changes are measured: each value by itself (default), or the Euclidean length of all together. */
  readonly norm?: "infinity" | "2";
  /** Default 20. */
  readonly steps?: number;
  /** Default `2.5 epsilon / steps`, which can reach every point of the ball and turn around. */
  readonly stepSize?: number;
  /** Whether to begin at a random point of the ball; default true. */
  readonly randomStart?: boolean;
  /** For the random start; default 0. */
  readonly seed?: number;
}

/**
 * The fast gradient sign method: every value moves by epsilon in the direction that raises the loss of the labels,
 *
 *     x' = clip(x + epsilon sign(d loss(x, labels) / d x))
 *
 * or, targeted, in the one that lowers it. It only builds graph, so that it can be part of a compiled training step; the
 * result counts as constant in differentiation.
 *
 * @param model its output are logits `[N, classes]`
 * @param images `[N, ...]`
 * @param labels int32 `[N]`
 *
 * Source: Goodfellow, Shlens and Szegedy, "Explaining and harnessing adversarial examples", 2014, section 4.
 */
export function fgsm(model: Module, images: Tensor, labels: Tensor, options: FgsmOptions): Tensor {
  requirePositive(options.epsilon, "epsilon", "fgsm");
  const step = ascent(model, images, labels, options).sign().multiply(options.epsilon);
  return images
    .add(step)
    .clip(...rangeOf(options, "fgsm"))
    .stopGradient();
}

/**
 * Projected gradient descent: many small steps, after each of which the change is cut back to the ball of radius epsilon
 * around the original, and the values to their range. Steps go along the gradient's sign (norm "infinity") or the
 * gradient itself (norm "2"). A step is compiled once for each shape of the images.
 *
 * @param model its output are logits `[N, classes]`
 * @param images `[N, ...]`
 * @param labels int32 `[N]`
 * @throws RangeError if epsilon, steps or step size make no sense
 *
 * Source: Madry et al., "Towards deep learning models resistant to adversarial attacks", 2017, section 2.1.
 */
export async function pgd(
  model: Module,
  images: Tensor,
  labels: Tensor,
  options: PgdOptions,
): Promise<Tensor> {
  const { epsilon, norm = "infinity", steps = 20, randomStart = true, seed = 0 } = options;
  const { stepSize = (2.5 * epsilon) / steps } = options;
  requirePositive(epsilon, "epsilon", "pgd");
  requirePositive(stepSize, "stepSize", "pgd");
  if (!Number.isInteger(steps) || steps < 1) {
    throw new RangeError(`pgd: steps is ${steps}, but must be an integer of at least 1`);
  }
  const [low, high] = rangeOf(options, "pgd");
  const ball = balls[norm];
  const step = compile(
    (x: Tensor, original: Tensor, classes: Tensor) => {
      const moved = x.add(ball.direction(ascent(model, x, classes, options)).multiply(stepSize));
      return original.add(ball.project(moved.subtract(original), epsilon)).clip(low, high);
    },
    { name: "pgd" },
  );
  const generator = new Generator(seed);
  const start = compile((original: Tensor) =>
    original.add(ball.random(generator, original.shape, epsilon)).clip(low, high),
  );
  let attacked = randomStart ? start(images) : images;
  for (let i = 0; i < steps; i++) {
    attacked = step(attacked, images, labels);
    await attacked.data(); // gives way, and lets errors show where they are
  }
  return attacked;
}

export interface AdversarialLossOptions extends FgsmOptions {
  /** Share of the unchanged images' loss; default 0.5. */
  readonly weight?: number;
}

/**
 * The loss of adversarial training: part on the images, part on what `fgsm` makes of them against the model as it is now,
 *
 *     weight loss(x) + (1 - weight) loss(fgsm(x))
 *
 * It is built into a training step in the place of the loss.
 *
 * Source: Goodfellow, Shlens and Szegedy, "Explaining and harnessing adversarial examples", 2014, section 6.
 */
export function adversarialLoss(
  model: Module,
  images: Tensor,
  labels: Tensor,
  options: AdversarialLossOptions,
): Tensor {
  const { weight = 0.5 } = options;
  const training: ForwardOptions = { training: true };
  const attacked = fgsm(model, images, labels, options);
  const plain = crossEntropy(model.forward(images, training), labels);
  const hard = crossEntropy(model.forward(attacked, training), labels);
  return plain.multiply(weight).add(hard.multiply(1 - weight));
}

/** Where the loss of the labels grows, or, if they are targets, falls. */
function ascent(model: Module, images: Tensor, labels: Tensor, { targeted = false }: AttackOptions): Tensor {
  // The sum, not the mean: no example's gradient depends on how many others there are.
  const loss = crossEntropy(model.forward(images), labels, { reduction: "sum" });
  const [gradient] = grad(targeted ? loss.negate() : loss, [images]);
  return gradient;
}

interface Ball {
  /** The direction of the steepest step of length 1. */
  direction(gradient: Tensor): Tensor;
  /** The nearest change that is no larger than epsilon. */
  project(change: Tensor, epsilon: number): Tensor;
  random(generator: Generator, shape: Shape, epsilon: number): Tensor;
}

const balls: { readonly [Norm in NonNullable<PgdOptions["norm"]>]: Ball } = {
  infinity: {
    direction: (gradient) => gradient.sign(),
    project: (change, epsilon) => change.clip(-epsilon, epsilon),
    random: (generator, shape, epsilon) =>
      generator
        .uniform(shape)
        .multiply(2 * epsilon)
        .subtract(epsilon),
  },
  2: {
    direction: (gradient) => gradient.divide(lengths(gradient).maximum(1e-12)),
    project: (change, epsilon) =>
      change.multiply(lengths(change).maximum(epsilon).reciprocal().multiply(epsilon)),
    // On the sphere: nearly all of a ball in so many dimensions lies there.
    random(generator, shape, epsilon) {
      const noise = generator.normal(shape);
      return noise.multiply(lengths(noise).maximum(1e-12).reciprocal().multiply(epsilon));
    },
  },
};

/** Of each example of a batch, with axes of extent 1. */
function lengths(x: Tensor): Tensor {
  return x.norm(2, x.shape.map((_, axis) => axis).slice(1), true);
}

/** The range of valid inputs. @throws RangeError if it is none */
export function rangeOf({ range = [-0.5, 0.5] }: AttackOptions, caller: string): readonly [number, number] {
  if (range[0] < range[1]) return range;
  throw new RangeError(
    `${caller}: the range is [${range.join(", ")}], but must be two numbers in ascending order`,
  );
}

function requirePositive(value: number, name: string, caller: string): void {
  if (value > 0 && Number.isFinite(value)) return;
  throw new RangeError(`${caller}: ${name} is ${value}, but must be above 0`);
}
