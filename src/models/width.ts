/**
 * A number of channels of a network whose channels are all multiplied by `width`: at least 1, and divisible by `groups`.
 * @throws RangeError if `width` is not positive
 */
export function scaled(channels: number, width: number, groups = 1): number {
  if (!(width > 0 && Number.isFinite(width))) {
    throw new RangeError(`width is ${width}; it multiplies the numbers of channels, so it must be positive`);
  }
  return groups * Math.max(1, Math.round((channels * width) / groups));
}
