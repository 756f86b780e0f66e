import type { Generator } from "../random/generator.js";
import { arange, tensor } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";
import { gaussianBlur, grid, resample } from "./resample.js";

/**
 * Changes images at random without changing what they show: from `[batch, channels, height, width]`, intensities from 0
 * to 1, to the same shape. Every image of a batch should change in its own way, so draw a number for each of them:
 * `random.uniform([batch, 1, 1, 1])`. It becomes part of a program, and must be a function of its arguments alone.
 *
 * A function of one's own is as good as those below: `(images, random) => images.multiply(random.uniform([...]))`.
 */
export type Augmentation = (images: Tensor, random: Generator) => Tensor;

export interface FillOptions {
  /** Intensity of what comes in from outside of the image, from 0 to 1; default 0. */
  readonly fill?: number;
}

/**
 * Moves each image by whole pixels, up to `pixels` in each direction. With a smaller `crop` of the batches it cuts at
 * random places; without, it is the usual random crop after padding by `pixels`.
 */
export function shift(pixels: number, { fill = 0 }: FillOptions = {}): Augmentation {
  if (!Number.isInteger(pixels) || pixels < 0) {
    throw new RangeError(`shift: pixels is ${pixels}, but must be an integer of at least 0`);
  }
  requireFill(fill, "shift");
  return (images, random) => {
    const [batch, height, width] = sizesOf(images);
    const by = () =>
      random
        .uniform([batch, 1, 1])
        .multiply(2 * pixels + 1)
        .floor()
        .subtract(pixels);
    const { y, x } = grid(height, width);
    return resample(images, { y: y.add(by()), x: x.add(by()) }, fill);
  };
}

/** Mirrors half of the images (or another share), left to right or upside down. */
export function flip(direction: "horizontal" | "vertical" = "horizontal", probability = 0.5): Augmentation {
  if (!(probability >= 0 && probability <= 1)) {
    throw new RangeError(`flip: probability is ${probability}, but must be between 0 and 1`);
  }
  return (images, random) => {
    const mirrored = images.flip(direction === "horizontal" ? 3 : 2);
    return random.bernoulli([images.shape[0]!, 1, 1, 1], probability).where(mirrored, images);
  };
}

export interface AffineOptions extends FillOptions {
  /** Greatest angle in degrees, either way; default 0. */
  readonly rotate?: number;
  /** Greatest factor of enlargement; its inverse is the least. Default 1. */
  readonly scale?: number;
  /** Greatest angle in degrees by which upright lines lean, either way; default 0. */
  readonly shear?: number;
  /** Greatest movement in pixels in each direction; default 0. */
  readonly shift?: number;
}

/** Rotates, scales, shears and moves each image about its centre, in one bilinear resampling. */
export function affine(options: AffineOptions): Augmentation {
  const { rotate = 0, scale = 1, shear = 0, shift: move = 0, fill = 0 } = options;
  requireWithin(rotate, 0, 180, "rotate", "affine");
  requireWithin(scale, 1, 100, "scale", "affine");
  requireWithin(shear, 0, 80, "shear", "affine");
  requireWithin(move, 0, Number.MAX_VALUE, "shift", "affine");
  requireFill(fill, "affine");
  const radians = Math.PI / 180;
  return (images, random) => {
    const [batch, height, width] = sizesOf(images);
    /** Uniform in `±greatest`, one for each image. */
    const draw = (greatest: number) => between(random, [batch, 1, 1], -greatest, greatest);
    const angle = draw(rotate * radians);
    const shrink = draw(Math.log(scale)).negate().exp();
    const lean = draw(shear * radians);
    const [cos, sin] = [angle.cos().multiply(shrink), angle.sin().multiply(shrink)];
    const tangent = lean.sin().divide(lean.cos());
    // From a place in the result back to the one in the image: move, turn and shrink, lean.
    const own = grid(height, width);
    const [centreY, centreX] = [(height - 1) / 2, (width - 1) / 2];
    const y = own.y.subtract(draw(move).add(centreY));
    const x = own.x.subtract(draw(move).add(centreX));
    const turnedY = y.multiply(cos).add(x.multiply(sin));
    const turnedX = x.multiply(cos).subtract(y.multiply(sin));
    const places = { y: turnedY.add(centreY), x: turnedX.add(turnedY.multiply(tangent)).add(centreX) };
    return resample(images, places, fill);
  };
}

export interface ElasticOptions extends FillOptions {
  /** Size of the displacements: they have a standard deviation of about `0.16 alpha / sigma` pixels; default 34. */
  readonly alpha?: number;
  /** Over how many pixels displacements are smoothed; default 4. */
  readonly sigma?: number;
}

/**
 * Distorts each image as if drawn on rubber: every pixel is moved by `alpha` times a field of uniform noise in -1 .. 1,
 * blurred with a normal distribution of standard deviation `sigma`. The defaults are the paper's for digits of 29 x 29.
 *
 * Source: Simard, Steinkraus and Platt, "Best practices for convolutional neural networks applied to visual document
 * analysis", 2003, section 2.
 */
export function elastic({ alpha = 34, sigma = 4, fill = 0 }: ElasticOptions = {}): Augmentation {
  requireWithin(alpha, 0, Number.MAX_VALUE, "alpha", "elastic");
  requireWithin(sigma, 0.1, 1e4, "sigma", "elastic");
  requireFill(fill, "elastic");
  return (images, random) => {
    const [batch, height, width] = sizesOf(images);
    const field = between(random, [2, batch, height, width], -alpha, alpha);
    const moved = gaussianBlur(height, sigma).matmul(field).matmul(gaussianBlur(width, sigma));
    const along = (axis: number) => moved.slice([axis], [axis + 1]).squeeze(0);
    const { y, x } = grid(height, width);
    return resample(images, { y: y.add(along(0)), x: x.add(along(1)) }, fill);
  };
}

/** Adds normal noise of this standard deviation to every pixel. */
export function noise(standardDeviation: number): Augmentation {
  requireWithin(standardDeviation, 0, Number.MAX_VALUE, "standardDeviation", "noise");
  return (images, random) => images.add(random.normal(images.shape).multiply(standardDeviation));
}

/**
 * Covers a square of `size` pixels, cut off at the borders, around a random pixel of each image.
 *
 * Source: DeVries and Taylor, "Improved regularization of convolutional neural networks with cutout", 2017.
 */
export function cutout(size: number, { fill = 0 }: FillOptions = {}): Augmentation {
  if (!Number.isInteger(size) || size < 1) {
    throw new RangeError(`cutout: size is ${size}, but must be an integer of at least 1`);
  }
  requireFill(fill, "cutout");
  return (images, random) => {
    const [batch, height, width] = sizesOf(images);
    const covered = (extent: number, shape: readonly number[]) => {
      const first = random
        .uniform([batch, 1, 1, 1])
        .multiply(extent)
        .floor()
        .subtract(Math.floor(size / 2));
      const position = arange(extent).cast("float32").reshape(shape);
      return position.greaterEqual(first).and(position.less(first.add(size)));
    };
    return covered(height, [height, 1])
      .and(covered(width, [1, width]))
      .where(fill, images);
  };
}

/** Multiplies each image by a factor within `1 ± amount`. */
export function brightness(amount: number): Augmentation {
  requireWithin(amount, 0, 1, "amount", "brightness");
  return (images, random) => images.multiply(factor(images, random, amount));
}

/** Moves each image's pixels away from, or towards, the image's mean, by a factor within `1 ± amount`. */
export function contrast(amount: number): Augmentation {
  requireWithin(amount, 0, 1, "amount", "contrast");
  return (images, random) => {
    const mean = grey(images).mean([2, 3], true);
    return images
      .subtract(mean)
      .multiply(factor(images, random, amount))
      .add(mean);
  };
}

/** Moves each pixel's colours away from, or towards, its grey, by a factor within `1 ± amount`. */
export function saturation(amount: number): Augmentation {
  requireWithin(amount, 0, 1, "amount", "saturation");
  return (images, random) => {
    const level = grey(images);
    return images
      .subtract(level)
      .multiply(factor(images, random, amount))
      .add(level);
  };
}

/** Brightness, contrast and saturation, one after the other, all by one amount or each by its own. */
export function colorJitter(
  amounts:
    | number
    | { readonly brightness?: number; readonly contrast?: number; readonly saturation?: number },
): Augmentation {
  const each =
    typeof amounts === "number"
      ? [amounts, amounts, amounts]
      : [amounts.brightness, amounts.contrast, amounts.saturation];
  const parts = [brightness, contrast, saturation].flatMap((part, i) => (each[i] ? [part(each[i])] : []));
  return (images, random) => parts.reduce((result, part) => part(result, random), images);
}

/** `[batch, 1, height, width]`: luminance (ITU-R BT.601) of three channels, the mean of any other number. */
function grey(images: Tensor): Tensor {
  if (images.shape[1] !== 3) return images.mean(1, true);
  return images.multiply(tensor([0.299, 0.587, 0.114]).reshape([3, 1, 1])).sum(1, true);
}

function factor(images: Tensor, random: Generator, amount: number): Tensor {
  return between(random, [images.shape[0]!, 1, 1, 1], 1 - amount, 1 + amount);
}

function between(random: Generator, shape: readonly number[], low: number, high: number): Tensor {
  return random
    .uniform(shape)
    .multiply(high - low)
    .add(low);
}

function sizesOf(images: Tensor): readonly [batch: number, height: number, width: number] {
  const [batch, , height, width] = images.shape;
  return [batch!, height!, width!];
}

function requireWithin(value: number, least: number, greatest: number, name: string, owner: string): void {
  if (!(value >= least && value <= greatest)) {
    const range = greatest === Number.MAX_VALUE ? `at least ${least}` : `between ${least} and ${greatest}`;
    throw new RangeError(`${owner}: ${name} is ${value}, but must be ${range}`);
  }
}

function requireFill(fill: number, owner: string): void {
  requireWithin(fill, 0, 1, "fill", owner);
}
