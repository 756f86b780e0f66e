import { formatShape, ShapeError } from "../shape/shape.js";
import { stack } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";

/** Correlations by distance in pixels, from 0 on. A type, so that compiled functions may return it. */
export type Autocorrelation = {
  /** `[maximumDistance + 1]`: of pixels in the same row. */
  readonly horizontal: Tensor;
  /** `[maximumDistance + 1]`: of pixels in the same column. */
  readonly vertical: Tensor;
};

/**
 * How much pixels tell of others at a distance: Pearson's correlation of all pairs of pixels of the same image and channel that
 * are `d` apart, over images `[N, C, H, W]`, for every `d` from 0 to `maximumDistance`:
 *
 *     r(d) = cov(x_p, x_(p + d)) / sqrt(var(x_p) var(x_(p + d)))
 *
 * The means are those of the pairs, so brightness and contrast do not matter. Where nothing varies, the correlation is 0.
 *
 * @throws ShapeError unless the images have four axes; RangeError unless the distance is an integer that fits into them
 *
 * Source: Simoncelli and Olshausen, "Natural image statistics and neural representation", 2001.
 */
export function autocorrelation(images: Tensor, maximumDistance: number): Autocorrelation {
  if (images.rank !== 4) {
    throw new ShapeError(
      `autocorrelation: images are ${formatShape(images.shape)}, but must be [N, C, height, width]`,
    );
  }
  const [height, width] = images.shape.slice(2) as [number, number];
  const most = Math.min(height, width) - 1;
  if (!Number.isInteger(maximumDistance) || maximumDistance < 0 || maximumDistance > most) {
    throw new RangeError(
      `autocorrelation: maximumDistance is ${maximumDistance}, but in images of ${height} x ${width} pixels must be an ` +
        `integer from 0 to ${most}`,
    );
  }
  const along = (axis: number) =>
    stack(
      Array.from({ length: maximumDistance + 1 }, (_, distance) => pairCorrelation(images, axis, distance)),
    );
  return { horizontal: along(3), vertical: along(2) };
}

function pairCorrelation(images: Tensor, axis: number, distance: number): Tensor {
  const { shape } = images;
  const start = shape.map((_, i) => (i === axis ? distance : 0));
  const stop = shape.map((extent, i) => (i === axis ? extent - distance : extent));
  const [a, b] = [
    images.slice(
      start.map(() => 0),
      stop,
    ),
    images.slice(start),
  ].map((side) => side.subtract(side.mean())) as [Tensor, Tensor];
  const scale = a.square().sum().multiply(b.square().sum()).sqrt();
  const varies = scale.greater(0);
  return varies.where(a.multiply(b).sum().divide(varies.where(scale, 1)), 0);
}
