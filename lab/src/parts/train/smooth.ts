/** The mean of each value and those before it, `window` in all; NaN counts for nothing. */
export function smoothed(values: Float64Array, window: number): Float64Array<ArrayBuffer> {
  const result = new Float64Array(values.length);
  let sum = 0;
  let count = 0;
  const add = (value: number, sign: 1 | -1) => {
    if (Number.isNaN(value)) return;
    sum += sign * value;
    count += sign;
  };
  for (let i = 0; i < values.length; i++) {
    add(values[i] as number, 1);
    if (i >= window) add(values[i - window] as number, -1);
    result[i] = count === 0 ? Number.NaN : sum / count;
  }
  return result;
}

/** At most about `count` points of a curve, from abscissa `from` on, the last among them: a screen shows no more. */
export function thinned(
  x: Float64Array,
  y: Float64Array,
  from: number,
  count: number,
): { x: number[]; y: number[] } {
  let first = 0;
  while (first < x.length && (x[first] as number) < from) first++;
  const stride = Math.max(1, Math.floor((x.length - first) / count));
  const result = { x: [] as number[], y: [] as number[] };
  for (let i = x.length - 1; i >= first; i -= stride) {
    result.x.push(x[i] as number);
    result.y.push(y[i] as number);
  }
  result.x.reverse();
  result.y.reverse();
  return result;
}

/** How many points of a curve are about fifty steps: points may each be the mean of several. */
export const windowOf = ({ step }: { readonly step: Float64Array }): number =>
  Math.max(1, Math.round(50 / (step[0] ?? 1)));
