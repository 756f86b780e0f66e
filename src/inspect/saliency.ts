import { grad } from "../autodiff/api.js";
import type { Module } from "../nn/module.js";
import { Generator } from "../random/generator.js";
import { recordAssignments } from "../runtime/variable.js";
import type { Tensor } from "../tensor/tensor.js";
import { type ClassOptions, classesOf, classScores } from "./class-scores.js";

export interface SmoothingOptions {
  /** Noisy copies of each image; all go through the model at once. */
  readonly samples: number;
  /** Standard deviation of the noise, in units of the input. */
  readonly deviation: number;
  /** Of the noise; default 0. The same for every call. */
  readonly seed?: number;
}

export interface SaliencyOptions extends ClassOptions {
  /** "each" (default) keeps all channels and signs; "maximum" is the greatest absolute value of them, `[N, 1, ...]`. */
  readonly channels?: "each" | "maximum";
  /** SmoothGrad: the mean over copies of the image with noise added. Default: the image alone. */
  readonly smooth?: SmoothingOptions;
  /** Whether the gradient is multiplied by the image: what each value adds, to first order. Default false. */
  readonly timesInput?: boolean;
}

/**
 * How much the score of a class changes with each value of the image:
 *
 *     d score / d x,   or smooth:   mean over samples of d score / d x at x + deviation noise
 *
 * It only builds graph, so that it can be compiled.
 *
 * @param model its output are logits `[N, classes]`
 * @param images `[N, C, ...]`
 * @returns shaped as the images, or `[N, 1, ...]` with `channels: "maximum"`
 * @throws RangeError if there is no such class, or smoothing makes no sense
 *
 * Sources: Simonyan, Vedaldi and Zisserman, "Deep inside convolutional networks", 2013, section 3; Smilkov et al.,
 * "SmoothGrad: removing noise by adding noise", 2017.
 */
export function saliency(model: Module, images: Tensor, options: SaliencyOptions = {}): Tensor {
  const { channels = "each", smooth, timesInput = false } = options;
  const gradient = smooth
    ? smoothed(model, images, options.of, smooth)
    : gradientOf(model, images, options.of);
  const signed = timesInput ? gradient.multiply(images) : gradient;
  return channels === "maximum" ? signed.abs().max(1, true) : signed;
}

function gradientOf(model: Module, images: Tensor, of: number | Tensor | undefined): Tensor {
  // The sum: no image's gradient depends on the others.
  return grad(classScores(model.forward(images), of, "saliency").sum(), [images])[0];
}

function smoothed(
  model: Module,
  images: Tensor,
  of: number | Tensor | undefined,
  { samples, deviation, seed = 0 }: SmoothingOptions,
): Tensor {
  if (!Number.isInteger(samples) || samples < 1) {
    throw new RangeError(`saliency: smooth.samples is ${samples}, but must be an integer of at least 1`);
  }
  if (!(deviation >= 0 && deviation < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`saliency: smooth.deviation is ${deviation}, but must be a number of at least 0`);
  }
  const [count, ...example] = images.shape as readonly [number, ...number[]];
  const shape = [samples, ...images.shape];
  // What is drawn is not remembered: a function of the images, not a sequence.
  const { result: noise } = recordAssignments(() => new Generator(seed).normal(shape));
  const copies = images.add(noise.multiply(deviation)).reshape([samples * count, ...example]);
  // Noise shall not change which class it is about.
  const classes = classesOf(model.forward(images), of, "saliency");
  const repeated = classes
    .expandDimensions(0)
    .broadcastTo([samples, count])
    .reshape([samples * count]);
  return gradientOf(model, copies, repeated).reshape(shape).mean(0);
}
