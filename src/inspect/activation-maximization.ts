import { grad } from "../autodiff/api.js";
import type { Module } from "../nn/module.js";
import { Generator } from "../random/generator.js";
import { compile } from "../runtime/compile.js";
import { formatShape, ShapeError } from "../shape/shape.js";
import { arange } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";
import { type AttackOptions, rangeOf } from "./adversarial.js";
import * as kernels from "./kernels.js";
import { outputAt, outputsOf, trace, unitIndex } from "./trace.js";
import { unitScores } from "./unit-scores.js";

const caller = "activationMaximization";

export interface ActivationMaximizationOptions extends Pick<AttackOptions, "range"> {
  /** The layer whose activation shall grow; default "", the model: its channels are the classes. */
  readonly path?: string;
  readonly channel: number;
  /** One unit of the channel, by its place; default: the mean of all. */
  readonly position?: readonly number[];
  /** Root mean square of what a step adds to the image, in units of the input; default 0.05. */
  readonly learningRate?: number;
  /** Share of every value that a step takes away: the gradient of an L2 penalty. Default 0.01. */
  readonly decay?: number;
  /** Blurs the image by a Gaussian of `sigma` pixels before every `every`th step. Default: never. */
  readonly blur?: { readonly sigma: number; readonly every: number };
  /** In each step, the model sees the image shifted by up to so many pixels in each direction, around the border; default 0. */
  readonly jitter?: number;
  /** Standard deviation of the noise that the image begins as; default 0.05. */
  readonly noise?: number;
  /** Of noise and shifts; default 0. */
  readonly seed?: number;
}

/**
 * Makes an image to which a unit, a channel or a class responds strongly, by gradient ascent on the input:
 *
 *     x <- clip((1 - decay) (x + learningRate g / rms(g))),   g = d score / d x
 *
 * One step at a time, so that a page can show how the image grows:
 *
 * ```ts
 * const dream = new inspect.ActivationMaximization(model, { path: "3", channel: 5 });
 * for (let i = 0; i < 100; i++) show(dream.image, await dream.step());
 * ```
 *
 * Sources: Erhan et al., "Visualizing higher-layer features of a deep network", 2009; Simonyan, Vedaldi and Zisserman,
 * "Deep inside convolutional networks", 2013, section 2, for classes (by logits, not probabilities) and decay; Yosinski et
 * al., "Understanding neural networks through deep visualization", 2015, section 3, for the blur; Mordvintsev, Olah and
 * Tyka, "Inceptionism", 2015, for the jitter.
 */
export class ActivationMaximization {
  readonly #start: () => Grown;
  readonly #step: (image: Tensor) => Grown;
  /** In the place of the step after every `every` of them. */
  readonly #blurring: { readonly step: (image: Tensor) => Grown; readonly every: number } | undefined;
  readonly #scores: number[] = [];
  #image: Tensor | undefined;

  /** @throws RangeError if there is no such layer, or options make no sense; ShapeError if there is no such unit */
  constructor(model: Module, options: ActivationMaximizationOptions) {
    const { learningRate = 0.05, decay = 0.01, blur, jitter = 0, noise = 0.05, seed = 0 } = options;
    const [low, high] = rangeOf(options, caller);
    checkOptions(model, options);
    const generator = new Generator(seed);
    const finished = (image: Tensor) => ({ image, score: scoreOf(model, image, options) });
    const step = (image: Tensor) => {
      const shift = jitter > 0 ? drawShift(generator, jitter) : undefined;
      const seen = shift ? rolled(image, shift) : image;
      const [gradient] = grad(scoreOf(model, seen, options), [seen]);
      const back = shift ? rolled(gradient, shift.negate()) : gradient;
      const length = back.square().mean().sqrt().maximum(1e-12);
      const moved = image.add(back.divide(length).multiply(learningRate));
      return finished(moved.multiply(1 - decay).clip(low, high));
    };
    const begin = () =>
      finished(
        generator
          .normal([1, ...model.inputShape])
          .multiply(noise)
          .clip(low, high),
      );
    this.#start = compile(begin, { name: `${caller}, the beginning` });
    this.#step = compile(step, { name: caller });
    if (blur === undefined) return;
    const kernel = kernels.gaussian(blurSize(blur.sigma), blur.sigma);
    const blurred = (image: Tensor) => step(kernels.apply(image, kernel));
    this.#blurring = { step: compile(blurred, { name: `${caller}, blurred` }), every: blur.every };
  }

  /** Of the image at the beginning, and after each step. */
  get scores(): readonly number[] {
    return this.#scores;
  }

  /** The image as it is now, `[1, ...]`; undefined before the first step. */
  get image(): Tensor | undefined {
    return this.#image;
  }

  /** Changes the image once. @returns the score of the new one */
  async step(): Promise<number> {
    const image = this.#image ?? (await this.#take(this.#start()));
    const blurring = this.#blurring;
    const steps = this.#scores.length;
    await this.#take(blurring && steps % blurring.every === 0 ? blurring.step(image) : this.#step(image));
    return this.#scores.at(-1)!;
  }

  async #take({ image, score }: Grown): Promise<Tensor> {
    this.#scores.push(await score.item());
    this.#image = image;
    return image;
  }
}

type Grown = { readonly image: Tensor; readonly score: Tensor };

/** Takes `steps` steps (default 100) of `ActivationMaximization`. @returns the image, `[1, ...]`, and the scores on the way */
export async function activationMaximization(
  model: Module,
  options: ActivationMaximizationOptions & { readonly steps?: number },
): Promise<{ image: Tensor; scores: readonly number[] }> {
  const { steps = 100 } = options;
  if (!Number.isInteger(steps) || steps < 1) {
    throw new RangeError(`${caller}: steps is ${steps}, but must be an integer of at least 1`);
  }
  const run = new ActivationMaximization(model, options);
  for (let i = 0; i < steps; i++) await run.step();
  return { image: run.image!, scores: run.scores };
}

function scoreOf(
  model: Module,
  image: Tensor,
  { path = "", channel, position }: ActivationMaximizationOptions,
): Tensor {
  const output = outputAt(outputsOf(model, image, path), path, caller);
  if (position) return unitScores(output, { channel, position }, caller).sum();
  return output.slice([0, channel], [1, channel + 1]).mean();
}

/** Down and right, int32 `[2]`, each from -jitter to jitter. */
function drawShift(generator: Generator, jitter: number): Tensor {
  return generator
    .uniform([2])
    .multiply(2 * jitter + 1)
    .floor()
    .subtract(jitter)
    .cast("int32");
}

/** Images `[N, C, H, W]` shifted; what leaves at one border comes in at the opposite one. */
function rolled(images: Tensor, shift: Tensor): Tensor {
  return [2, 3].reduce((moved, axis, i) => {
    const extent = images.shape[axis]!;
    const by = shift.slice([i], [i + 1]);
    return moved.gather(arange(extent).subtract(by).add(extent).remainder(extent), axis);
  }, images);
}

/** Odd, and three deviations to either side. */
function blurSize(sigma: number): number {
  return 2 * Math.ceil(3 * sigma) + 1;
}

function checkOptions(model: Module, options: ActivationMaximizationOptions): void {
  const { path = "", channel, position } = options;
  const [, ...unit] = trace(model, path, model.inputShape, caller).output.shape;
  unitIndex(unit, [channel, ...(position ?? unit.slice(1).map(() => 0))], caller);
  const { learningRate = 0.05, decay = 0.01, blur, jitter = 0, noise = 0.05 } = options;
  const { inputShape } = model;
  const require = (name: string, value: number, fits: boolean, must: string) => {
    if (!fits) throw new RangeError(`${caller}: ${name} is ${value}, but must be ${must}`);
  };
  const positive = (value: number) => value > 0 && value < Number.POSITIVE_INFINITY;
  require("learningRate", learningRate, positive(learningRate), "above 0");
  require("decay", decay, decay >= 0 && decay < 1, "at least 0 and below 1");
  require("noise", noise, noise === 0 || positive(noise), "at least 0");
  require("jitter", jitter, Number.isInteger(jitter) && jitter >= 0, "an integer of at least 0");
  if ((blur || jitter > 0) && inputShape.length !== 3) {
    throw new ShapeError(
      `${caller}: an example is ${formatShape(inputShape)}; blur and jitter need [C, H, W]`,
    );
  }
  const side = Math.min(...inputShape.slice(1));
  require("jitter", jitter, jitter === 0 || jitter < side, `below the image's ${side}`);
  if (blur === undefined) return;
  const { sigma, every } = blur;
  require("blur.sigma", sigma, positive(sigma), "above 0");
  require("blur.every", every, Number.isInteger(every) && every >= 1, "an integer of at least 1");
}
