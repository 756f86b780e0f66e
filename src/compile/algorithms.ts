import { sizeOf } from "../shape/shape.js";
import type { ConvolutionGeometry } from "./kernel.js";
import type { TileSize } from "./winograd-transforms.js";

/** How a convolution is computed, and why. */
export interface Choice {
  /** Winograd's tile; undefined for sums of products over all taps. */
  readonly tile: TileSize | undefined;
  /** For `explain`. */
  readonly reason: string;
}

/** Which of Winograd's tiles may be used: the greatest, or none. */
export type WinogradLimit = TileSize | 0;

/**
 * Estimated time of an algorithm, in vector operations for four tiles of one filter and channel each: what the transforms take for
 * one channel of the input and for one filter of the result, and the multiply-adds between. A load counts like an
 * operation; the constants were fitted to measurements (docs/backends.md, "What was measured").
 */
const costs: {
  readonly [T in TileSize]: { readonly input: number; readonly output: number; readonly points: number };
} = {
  2: { input: 90, output: 130, points: 16 },
  4: { input: 270, output: 260, points: 36 },
};

/** A convolution of this shape can be computed by Winograd's algorithm. */
export function fitsWinograd({
  outputSpatial,
  kernelSpatial,
  strides,
  dilation,
}: ConvolutionGeometry): boolean {
  return (
    outputSpatial.length === 2 &&
    kernelSpatial.every((extent) => extent === 3) &&
    strides.every((stride) => stride === 1) &&
    dilation.every((step) => step === 1)
  );
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
  if (!fitsWinograd(geometry)) {
    return { tile: undefined, reason: "direct: Winograd's algorithm needs 3 x 3, stride 1, dilation 1" };
  }
  const { batch, channels, filters, outputSpatial } = geometry;
  if (direction === "kernelGradient" && (channels % 8 !== 0 || filters % 4 !== 0)) {
    return { tile: undefined, reason: `direct: ${channels} -> ${filters} channels do not fill its panels` };
  }
  // Per image and group, in the same units; direct sums meet 9 taps for each four positions.
  const direct = (sizeOf(outputSpatial) / 4) * 9 * channels * filters;
  const estimate = (tile: TileSize) => {
    const tiles = outputSpatial.reduce((product, extent) => product * Math.ceil(extent / tile), 1);
    const { input, output, points } = costs[tile];
    // The weights are transformed once for the whole batch.
    const weights = (points * 6 * channels * filters) / (4 * batch);
    return (tiles / 4) * (points * channels * filters + input * channels + output * filters) + weights;
  };
  const tiles: readonly TileSize[] = limit === 4 ? [4, 2] : [2];
  const best = tiles.reduce((a, b) => (estimate(b) < estimate(a) ? b : a));
  const share = estimate(best) / direct;
  const text = `F(${best}x${best}, 3x3) at an estimated ${share.toFixed(2)} of the direct cost`;
  return share < 0.85
    ? { tile: best, reason: `Winograd ${text}` }
    : { tile: undefined, reason: `direct: Winograd ${text} would not pay` };
}
