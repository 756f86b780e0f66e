import type { Tensor } from "gradus";

/** A tensor's values, and figures of them, on their way to the page. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
  readonly minimum: number;
  readonly maximum: number;
  readonly mean: number;
  /** Share of exact zeros. */
  readonly sparsity: number;
  /** Counts in equal bins from `minimum` to `maximum`. */
  readonly histogram: Uint32Array<ArrayBuffer>;
  /** How many are NaN or infinite; the figures leave them out. */
  readonly nonFinite: number;
}

const bins = 24;

/** Reads a tensor. @param withoutBatch leave out the first axis, of extent 1 */
export async function numbersOf(tensor: Tensor, { withoutBatch = false } = {}): Promise<Numbers> {
  return describe(
    Float32Array.from(await tensor.data()),
    withoutBatch ? tensor.shape.slice(1) : tensor.shape,
  );
}

export function describe(data: Float32Array<ArrayBuffer>, shape: readonly number[]): Numbers {
  let minimum = Number.POSITIVE_INFINITY;
  let maximum = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let zeros = 0;
  let nonFinite = 0;
  // By index: every frame goes through tens of thousands of values, and iterators take two to three times as long.
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    // NaN, or infinite.
    if (value - value !== 0) {
      nonFinite++;
      continue;
    }
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
    if (value === 0) zeros++;
    sum += value;
  }
  const finite = data.length - nonFinite;
  if (finite === 0) minimum = maximum = 0;
  const histogram = new Uint32Array(bins);
  const scale = bins / (maximum - minimum);
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    if (value - value !== 0) continue;
    const bin = Number.isFinite(scale) ? Math.min(bins - 1, Math.floor((value - minimum) * scale)) : bins - 1;
    histogram[bin] = (histogram[bin] as number) + 1;
  }
  const count = Math.max(1, finite);
  return {
    shape: [...shape],
    data,
    minimum,
    maximum,
    mean: sum / count,
    sparsity: zeros / count,
    histogram,
    nonFinite,
  };
}
