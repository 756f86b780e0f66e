import { sizeOf } from "../shape/shape.js";
import type { ConvolutionGeometry } from "./kernel.js";
import { formOf, sideOf, type TileSize, type WinogradForm } from "./winograd-transforms.js";

/** How a convolution is computed, and why. */
export interface Choice {
  /** Winograd's tile; undefined for sums of products over all taps. */
  readonly tile: TileSize | undefined;
  /** For `explain`. */
  readonly reason: string;
}

/** How Winograd's tiles may be computed: at six points along a side (4) or only at four (2), with smaller errors; or not at all. */
export type WinogradLimit = TileSize | 0;

/**
 * Estimated time of an algorithm, in vector operations for four tiles of one filter and channel each: what the transforms take for
 * one channel of the input and for one filter of the result, and the multiply-adds between. A load counts like an
 * operation; the constants were fitted to measurements (docs/backends.md, "What was measured").
 */
const costs: { readonly [F in WinogradForm]: { readonly input: number; readonly output: number } } = {
  "2x3": { input: 90, output: 130 },
  "4x3": { input: 270, output: 260 },
  "2x5": { input: 220, output: 130 },
};

/** Tiles by which a convolution of this shape can be computed. */
function tilesFor(
  { outputSpatial, kernelSpatial, strides, dilation }: ConvolutionGeometry,
  limit: WinogradLimit,
): readonly TileSize[] {
  const isDense = [...strides, ...dilation].every((step) => step === 1);
  if (outputSpatial.length !== 2 || !isDense) return [];
  const [height, width] = kernelSpatial;
  if (height !== width) return [];
  if (height === 3) return limit === 4 ? [4, 2] : [2];
  return height === 5 && limit === 4 ? [2] : [];
}

/**
 * The estimated cost of going through the taps one by one, for four positions at a time, as a share of that of tiles, which groups of few
 * filters (one, in depthwise convolutions) leave mostly empty; below 1, that is the way. In time for each multiply-add, fitted to measurements.
 */
export function narrowShare(
  { channels, filters, kernelSpatial }: ConvolutionGeometry,
  direction: Direction,
): number {
  const cells = sizeOf(kernelSpatial);
  // A gradient's few sums wait for their own additions.
  if (direction === "kernelGradient") return (1.8 + 3 / cells) / (0.6 + 5 / filters);
  // The weights of more taps do not fit in registers.
  return (channels * cells <= 12 ? 1 : 1.4) / (0.8 + 1.1 / filters);
}

type Direction = "forward" | "kernelGradient";

/** Chooses the algorithm of a convolution, or of its gradient by the kernel, by estimated cost. */
export function chooseConvolution(
  geometry: ConvolutionGeometry,
  direction: Direction,
  limit: WinogradLimit,
): Choice {
  const narrow = narrowShare(geometry, direction);
  if (narrow < 1) {
    return {
      tile: undefined,
      reason: `tap by tap at an estimated ${narrow.toFixed(2)} of the direct cost`,
    };
  }
  if (limit === 0) return { tile: undefined, reason: "direct: Winograd's algorithm is switched off" };
  const tiles = tilesFor(geometry, limit);
  if (tiles.length === 0) {
    return {
      tile: undefined,
      reason: "direct: Winograd's algorithm needs 3 x 3 or 5 x 5, stride 1, dilation 1",
    };
  }
  const { batch, channels, filters, outputSpatial, kernelSpatial } = geometry;
  if (direction === "kernelGradient" && (channels % 8 !== 0 || filters % 4 !== 0)) {
    return { tile: undefined, reason: `direct: ${channels} -> ${filters} channels do not fill its panels` };
  }
  // Per image and group, in the same units; direct sums meet all taps for each four positions.
  const direct = (sizeOf(outputSpatial) / 4) * sizeOf(kernelSpatial) * channels * filters;
  const estimate = (tile: TileSize) => {
    const count = outputSpatial.reduce((product, extent) => product * Math.ceil(extent / tile), 1);
    const { input, output } = costs[formOf({ tile, kernelSpatial })];
    const points = sideOf({ tile, kernelSpatial }) ** 2;
    // The weights are transformed once for the whole batch.
    const weights = (points * 6 * channels * filters) / (4 * batch);
    return (count / 4) * (points * channels * filters + input * channels + output * filters) + weights;
  };
  const best = tiles.reduce((a, b) => (estimate(b) < estimate(a) ? b : a));
  const share = estimate(best) / direct;
  const text = `F(${best}x${best}, ${kernelSpatial.join("x")}) at an estimated ${share.toFixed(2)} of the direct cost`;
  return share < 0.85
    ? { tile: best, reason: `Winograd ${text}` }
    : { tile: undefined, reason: `direct: Winograd ${text} would not pay` };
}
