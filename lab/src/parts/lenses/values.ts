import type { Values } from "../../views/view.js";

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
