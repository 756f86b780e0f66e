/** How several curves of the same thing spread: made of the curves of several seeds. */
export interface Band {
  readonly low: Float64Array<ArrayBuffer>;
  readonly middle: Float64Array<ArrayBuffer>;
  readonly high: Float64Array<ArrayBuffer>;
}

export type BandKind = "range" | "quartiles";

/**
 * At each point the median of the curves, and their range or quartiles (linear between neighbours). Points beyond the end of a
 * curve count as infinite; the band ends where its bound is.
 */
export function bandOf(curves: readonly Float64Array[], kind: BandKind): Band {
  const length = Math.max(0, ...curves.map((curve) => curve.length));
  const [low, middle, high] = [new Float64Array(length), new Float64Array(length), new Float64Array(length)];
  const margin = kind === "range" ? 0 : 0.25;
  for (let i = 0; i < length; i++) {
    const sorted = curves.map((curve) => curve[i] ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
    low[i] = quantile(sorted, margin);
    middle[i] = quantile(sorted, 0.5);
    high[i] = quantile(sorted, 1 - margin);
  }
  return { low, middle, high };
}

/** @param sorted ascending */
export function quantile(sorted: readonly number[], share: number): number {
  const position = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(position)] as number, sorted[Math.ceil(position)] as number];
  const rest = position - Math.floor(position);
  if (rest === 0 || below === above) return below;
  const value = below + rest * (above - below);
  return Number.isFinite(value) ? value : Number.NaN;
}

/** The mean of each value and those before it, `window` in all. */
export function trailingMeans(values: Float64Array, window: number): Float64Array<ArrayBuffer> {
  const means = new Float64Array(values.length);
  let sum = 0;
  values.forEach((value, i) => {
    sum += value;
    if (i >= window) sum -= values[i - window] as number;
    means[i] = sum / Math.min(i + 1, window);
  });
  return means;
}
