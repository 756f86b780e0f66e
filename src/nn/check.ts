import { ShapeError } from "../shape/shape.js";

/** Returns `value` if it is an integer of at least 1. */
export function requireCount(value: number, name: string, layer: string): number {
  if (!Number.isInteger(value) || value < 1) {
    throw new ShapeError(`${layer}: ${name} is ${value}; it must be an integer of at least 1`);
  }
  return value;
}

/** Returns `value` if it lies in [low, high]. */
export function requireBetween(
  value: number,
  low: number,
  high: number,
  name: string,
  layer: string,
): number {
  if (!(value >= low && value <= high)) {
    throw new RangeError(`${layer}: ${name} is ${value}; it must be between ${low} and ${high}`);
  }
  return value;
}
