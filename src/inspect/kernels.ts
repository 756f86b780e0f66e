/**
 * Kernels made by hand: the namespace `inspect.kernels`. Each is `[size, size]`, to be laid over an image as it stands
 * (cross-correlation, as `Tensor.convolution` does it), with its middle at the pixel that it answers for. Angles are in degrees,
 * clockwise from the right, as the rows of an image run downwards.
 */
import { formatShape, ShapeError } from "../shape/shape.js";
import { arange, ones, tensor } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";

/** Leaves an image as it is: 1 in the middle. @throws RangeError unless the size is odd */
export function identity(size = 3): Tensor {
  const { x, y } = grid(size, "identity");
  return x.equal(0).and(y.equal(0)).cast("float32");
}

/** The mean of a square: the simplest blur. @throws RangeError unless the size is odd */
export function box(size = 3): Tensor {
  requireOdd(size, "box");
  return ones([size, size]).divide(size ** 2);
}

/**
 * A blur that falls off evenly in all directions, `exp(-(x^2 + y^2) / 2 sigma^2)`, with sum 1.
 *
 * @param sigma in pixels; default: what `size` can hold, `size / 6`
 * @throws RangeError unless the size is odd and sigma above 0
 */
export function gaussian(size = 5, sigma = size / 6): Tensor {
  const { x, y } = grid(size, "gaussian");
  const bell = bellOf(x.square().add(y.square()), sigma, "gaussian");
  return bell.divide(bell.sum());
}

/** The pixel and what it differs by from the mean of its four neighbours, times 4. Its sum is 1: what is flat stays. */
export function sharpen(): Tensor {
  return tensor([
    [0, -1, 0],
    [-1, 5, -1],
    [0, -1, 0],
  ]);
}

/** Upright edges: what is right of a pixel, less what is left of it. Its sum is 0. Source: Prewitt, 1970. */
export function leftRightEdges(): Tensor {
  return tensor([
    [-1, 0, 1],
    [-1, 0, 1],
    [-1, 0, 1],
  ]);
}

/** Level edges: what is below a pixel, less what is above it. */
export function topBottomEdges(): Tensor {
  return leftRightEdges().transpose();
}

/**
 * Slope along an axis, 8 times the change from pixel to pixel: the difference along it, smoothed across it. The steepest
 * slope is `sqrt(x^2 + y^2)` of both answers. Source: Sobel and Feldman, 1968.
 */
export function sobel(axis: "x" | "y"): Tensor {
  const x = tensor([
    [-1, 0, 1],
    [-2, 0, 2],
    [-1, 0, 1],
  ]);
  return axis === "x" ? x : x.transpose();
}

/**
 * Slope in one direction: the derivative of a Gaussian, scaled so that it answers with the change of brightness from pixel to
 * pixel. Positive where it grows lighter towards `angle`. With two of them, at right angles, any other is a weighted sum.
 *
 * @param sigma in pixels; default `size / 6`
 * @throws RangeError unless the size is odd, from 3 on, and sigma above 0
 *
 * Source: Freeman and Adelson, "The design and use of steerable filters", 1991.
 */
export function directedEdge(angle: number, size = 5, sigma = size / 6): Tensor {
  const { along, x, y } = grid(size, "directedEdge", angle);
  if (size < 3) throw new RangeError(`directedEdge: size is ${size}; an edge needs at least 3`);
  const slope = along.multiply(bellOf(x.square().add(y.square()), sigma, "directedEdge"));
  return slope.divide(slope.multiply(along).sum());
}

export interface GaborOptions {
  /** Direction in which the waves follow each other; default 0. */
  readonly angle?: number;
  /** From crest to crest in pixels; default `size / 3`. */
  readonly wavelength?: number;
  /** Width of the Gaussian along the waves' direction, in pixels; default 0.56 wavelengths, a bandwidth of one octave. */
  readonly sigma?: number;
  /** Its width along the waves' direction, relative to across; default 0.5: crests are longer than the waves are wide. */
  readonly aspectRatio?: number;
  /** In degrees: 0 (default) for a bright line in the middle, 90 for an edge. */
  readonly phase?: number;
}

/**
 * Waves under a Gaussian, with `u` along the waves' direction and `v` across:
 *
 *     exp(-(u^2 + aspectRatio^2 v^2) / 2 sigma^2) cos(2 pi u / wavelength + phase)
 *
 * less its mean, so that it does not answer to what is flat, and scaled so that the absolute values sum to 1.
 *
 * @throws RangeError unless the size is odd and wavelength, sigma and aspect ratio are above 0
 *
 * Source: Daugman, "Uncertainty relation for resolution in space, spatial frequency, and orientation optimized by
 * two-dimensional visual cortical filters", 1985.
 */
export function gabor(size = 11, options: GaborOptions = {}): Tensor {
  const { angle = 0, wavelength = size / 3, aspectRatio = 0.5, phase = 0 } = options;
  const { sigma = 0.56 * wavelength } = options;
  requirePositive(wavelength, "wavelength", "gabor");
  requirePositive(aspectRatio, "aspectRatio", "gabor");
  const { along, across } = grid(size, "gabor", angle);
  const bell = bellOf(along.square().add(across.multiply(aspectRatio).square()), sigma, "gabor");
  const wave = along
    .multiply((2 * Math.PI) / wavelength)
    .add((phase * Math.PI) / 180)
    .cos()
    .multiply(bell);
  const level = wave.subtract(wave.mean());
  return level.divide(level.abs().sum());
}

/**
 * Lays a kernel over each channel of images by itself: `[N, C, H, W]` -> `[N, C, H, W]`. Beyond its border an image goes on as
 * it ends.
 *
 * @throws ShapeError unless the images have four axes and the kernel is `[odd, odd]`
 */
export function apply(images: Tensor, kernel: Tensor): Tensor {
  if (images.rank !== 4) {
    throw new ShapeError(`kernels.apply: images are ${formatShape(images.shape)}, but must be [N, C, H, W]`);
  }
  if (kernel.rank !== 2 || kernel.shape.some((extent) => extent % 2 === 0)) {
    throw new ShapeError(
      `kernels.apply: the kernel is ${formatShape(kernel.shape)}, but must be [height, width], both odd, to have a middle`,
    );
  }
  const [count, channels, height, width] = images.shape as readonly [number, number, number, number];
  const [up, left] = kernel.shape.map((extent) => (extent - 1) / 2) as [number, number];
  // A channel is an image of its own here.
  const planes = images.reshape([count * channels, 1, height, width]);
  const none = [0, 0] as const;
  return planes
    .pad([none, none, [up, up], [left, left]], "replicate")
    .convolution(kernel.reshape([1, 1, ...kernel.shape]))
    .reshape(images.shape);
}

/** Distances from the middle: rightwards and downwards, and, turned by an angle, along it and across. */
function grid(size: number, name: string, angle = 0) {
  requireOdd(size, name);
  const line = arange(size)
    .cast("float32")
    .subtract((size - 1) / 2);
  const [x, y] = [line.reshape([1, size]), line.reshape([size, 1])];
  const turn = (angle * Math.PI) / 180;
  return {
    x,
    y,
    along: x.multiply(Math.cos(turn)).add(y.multiply(Math.sin(turn))),
    across: y.multiply(Math.cos(turn)).subtract(x.multiply(Math.sin(turn))),
  };
}

function bellOf(squaredDistance: Tensor, sigma: number, name: string): Tensor {
  requirePositive(sigma, "sigma", name);
  return squaredDistance.divide(-2 * sigma ** 2).exp();
}

function requireOdd(size: number, name: string): void {
  if (Number.isInteger(size) && size >= 1 && size % 2 === 1) return;
  throw new RangeError(`${name}: size is ${size}, but must be an odd integer, so that there is a middle`);
}

function requirePositive(value: number, what: string, name: string): void {
  if (value > 0 && value < Number.POSITIVE_INFINITY) return;
  throw new RangeError(`${name}: ${what} is ${value}, but must be above 0`);
}
