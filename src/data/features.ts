import { formatShape, ShapeError } from "../shape/shape.js";
import { arange, concatenate, tensor } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";

export interface OrientedGradientsOptions {
  /** Number of directions, evenly spaced from 0 on; default 9. */
  readonly bins?: number;
  /**
   * Whether dark to light and light to dark are two directions, 360 degrees in all, or one, 180 degrees in all.
   * Default false.
   */
  readonly signed?: boolean;
}

/**
 * Edges by direction: the gradient of the brightness at each pixel, `[-1, 0, 1] / 2` along both axes, as a sum of vectors along
 * the two nearest of `bins` directions. `[N, C, H, W]` -> `[N, bins, H, W]`, never negative, in brightness per pixel.
 *
 * Direction k points from dark to light at an angle of `k 360 / bins` degrees (unsigned: 180), clockwise from the right:
 * an upright edge, dark on its left, is in bin 0. Of several channels, the steepest counts. Beyond its border an image goes on
 * as it ends.
 *
 * Dalal and Triggs divide the length of the gradient in proportion to the angles to both directions. The parts of a vector need
 * no angles, and add up to at most `1 / cos(half a bin)` times as much: 1.5 % with nine bins.
 *
 * @throws ShapeError unless the images are float32 `[N, C, H, W]`; RangeError for fewer bins than 2, or 4 if signed
 */
export function orientedGradients(images: Tensor, options: OrientedGradientsOptions = {}): Tensor {
  const { bins = 9, signed = false } = options;
  const least = signed ? 4 : 2;
  if (!Number.isInteger(bins) || bins < least) {
    throw new RangeError(`orientedGradients: bins is ${bins}; it must be an integer of at least ${least}`);
  }
  const { dx, dy } = steepest(images);
  const width = ((signed ? 2 : 1) * Math.PI) / bins;
  const each = (f: (bin: number) => number) =>
    tensor(
      Float64Array.from({ length: bins }, (_, bin) => f(bin)),
      { shape: [1, bins, 1, 1] },
    );
  // The component across a neighbouring direction, (cos, sin) x (dx, dy), is the sine of the angle from it. It grows from 0 there
  // to sin(width) at the bin's own direction; the gradient's part along that is what neither neighbour cuts off.
  const fromPrevious = dy
    .multiply(each((bin) => Math.cos((bin - 1) * width)))
    .subtract(dx.multiply(each((bin) => Math.sin((bin - 1) * width))));
  const toNext = dx
    .multiply(each((bin) => Math.sin((bin + 1) * width)))
    .subtract(dy.multiply(each((bin) => Math.cos((bin + 1) * width))));
  const along = fromPrevious.minimum(toNext).relu();
  const votes = signed ? along : along.add(fromPrevious.maximum(toNext).negate().relu());
  return votes.divide(Math.sin(width));
}

export interface BlurredEdgesOptions extends OrientedGradientsOptions {
  /** Distance of neighbouring values of the result, in pixels, and half the width of the blur; default 4. */
  readonly cellSize?: number;
}

/**
 * Blurred, directed edges: `orientedGradients` (8, signed, by default), averaged with a tent over each cell of
 * `cellSize x cellSize` pixels and its surroundings. `[N, C, H, W]` -> `[N, bins, rows, columns]` of whole cells. The blur lets
 * strokes move by a few pixels and change the result little.
 *
 * @throws ShapeError if the images are smaller than a cell; else as `orientedGradients`
 */
export function blurredEdges(images: Tensor, options: BlurredEdgesOptions = {}): Tensor {
  const { bins = 8, signed = true, cellSize = 4 } = options;
  return cells(orientedGradients(images, { bins, signed }), cellSize, "blurredEdges");
}

export interface HogOptions extends OrientedGradientsOptions {
  /** Side of a cell in pixels; default 8. */
  readonly cellSize?: number;
  /** Side of a block in cells; default 2. */
  readonly blockSize?: number;
  /** Greatest share of one value in a block, before it is normalized again; default 0.2. */
  readonly clip?: number;
}

/**
 * Histograms of oriented gradients: what each cell holds of each direction, in overlapping blocks of cells that are normalized
 * on their own, so that lighting and contrast cancel. `[N, C, H, W]` -> `[N, blockSize^2 bins, rows, columns]` of blocks, at every
 * cell; the channels are the block's cells row by row, each with all its bins.
 *
 * Votes are shared by direction (see `orientedGradients`) and, bilinearly, by position between neighbouring cells. Blocks are
 * normalized by "L2-Hys": `v / sqrt(|v|^2 + 1e-6)`, cut off at `clip`, and the same again. Left out is the weak Gaussian window
 * over each block.
 *
 * @throws ShapeError if the images are smaller than a block; else as `orientedGradients`
 *
 * Source: Dalal and Triggs, "Histograms of oriented gradients for human detection", 2005, section 6.
 */
export function hog(images: Tensor, options: HogOptions = {}): Tensor {
  const { cellSize = 8, blockSize = 2, clip = 0.2 } = options;
  const histograms = cells(orientedGradients(images, options), cellSize, "hog");
  const [, , rows, columns] = histograms.shape as readonly [number, number, number, number];
  if (!Number.isInteger(blockSize) || blockSize < 1 || blockSize > Math.min(rows, columns)) {
    throw new ShapeError(
      `hog: blocks of ${blockSize} x ${blockSize} cells in ${rows} x ${columns} cells; the side must be an integer of at least 1 that fits`,
    );
  }
  if (!(clip > 0)) throw new RangeError(`hog: clip is ${clip}; it must be above 0`);
  const [down, right] = [rows - blockSize + 1, columns - blockSize + 1];
  const parts = Array.from({ length: blockSize ** 2 }, (_, i) => {
    const [row, column] = [Math.floor(i / blockSize), i % blockSize];
    return histograms.slice([0, 0, row, column], [Infinity, Infinity, row + down, column + right]);
  });
  const normalized = (v: Tensor) => v.divide(v.square().sum(1, true).add(1e-6).sqrt());
  return normalized(normalized(concatenate(parts, 1)).minimum(clip));
}

/** The gradient, `[N, 1, H, W]` along each axis, of the channel where it is greatest. */
function steepest(images: Tensor): { dx: Tensor; dy: Tensor } {
  if (images.rank !== 4 || images.dtype !== "float32") {
    throw new ShapeError(
      `orientedGradients: images are ${images.dtype} ${formatShape(images.shape)}, but must be float32 [N, C, H, W]`,
    );
  }
  const [dx, dy] = [slope(images, 3), slope(images, 2)];
  const channels = images.shape[1]!;
  if (channels === 1) return { dx, dy };
  const greatest = dx.square().add(dy.square()).argmax(1).expandDimensions(1);
  const chosen = greatest.equal(arange(channels).reshape([1, channels, 1, 1]));
  return { dx: chosen.where(dx, 0).sum(1, true), dy: chosen.where(dy, 0).sum(1, true) };
}

/** Half the difference of the neighbours along `axis`. */
function slope(x: Tensor, axis: number): Tensor {
  const extent = x.shape[axis]!;
  const from = (start: number, stop: number) =>
    x.slice(
      x.shape.map((_, i) => (i === axis ? start : 0)),
      x.shape.map((size, i) => (i === axis ? stop : size)),
    );
  const after = concatenate([from(1, extent), from(extent - 1, extent)], axis);
  const before = concatenate([from(0, 1), from(0, extent - 1)], axis);
  return after.subtract(before).multiply(0.5);
}

/** Means over cells: each value is shared bilinearly between the cells whose centres are nearest. */
function cells(x: Tensor, cellSize: number, operation: string): Tensor {
  const [height, width] = x.shape.slice(2) as [number, number];
  if (!Number.isInteger(cellSize) || cellSize < 1 || cellSize > Math.min(height, width)) {
    throw new ShapeError(
      `${operation}: cells of ${cellSize} x ${cellSize} pixels in images of ${height} x ${width} (height x width); ` +
        "the side must be an integer of at least 1 that fits",
    );
  }
  return tents(height, cellSize).matmul(x).matmul(tents(width, cellSize).transpose());
}

/** `[cells, pixels]`: how much each pixel counts in each cell, a tent around the cell's centre that sums to 1. */
function tents(pixels: number, cellSize: number): Tensor {
  const count = Math.floor(pixels / cellSize);
  const centres = arange(count)
    .multiply(cellSize)
    .cast("float32")
    .add((cellSize - 1) / 2);
  const distance = centres.expandDimensions(1).subtract(arange(pixels)).abs();
  return distance.divide(-cellSize).add(1).relu().divide(cellSize);
}
