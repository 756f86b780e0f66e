import { brief } from "../../state/format.js";
import type { Values } from "../../views/view.js";
import type { Numbers } from "../../worker/numbers.js";

/** Numbers with their range, as views take them. */
export function valuesOf(data: Float32Array, shape: readonly number[]): Values {
  let minimum = Number.POSITIVE_INFINITY;
  let maximum = Number.NEGATIVE_INFINITY;
  for (const value of data) {
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
  }
  return { shape, data, minimum, maximum };
}

/** From where to where they reach. What is not finite is drawn in pink, and is in no range. */
export function rangeText({ data, minimum, maximum, nonFinite }: Numbers): string {
  if (nonFinite === data.length) return "none of them finite (pink)";
  const range = `from ${brief(minimum)} to ${brief(maximum)}`;
  return nonFinite === 0 ? range : `${range}, ${nonFinite} not finite (pink)`;
}
