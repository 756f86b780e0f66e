// Arithmetic on measurements. Pure, so that it is tested without any peer.

/**
 * @param {readonly number[]} values at least one
 * @returns {number} the middle value, or the mean of the two in the middle
 */
export function median(values) {
  if (values.length === 0) throw new RangeError("median of no values");
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/**
 * Half the distance between the extremes, as a share of the median: how far one may trust a figure.
 * @param {readonly number[]} values at least one
 */
export function spread(values) {
  return (Math.max(...values) - Math.min(...values)) / 2 / median(values);
}

/**
 * The greatest difference between two lists, relative to the greatest magnitude in either of them.
 * Infinite if the lengths differ or anything is not finite, so that such lists never agree.
 * @param {readonly number[]} ours
 * @param {readonly number[]} theirs
 */
export function disagreement(ours, theirs) {
  if (ours.length !== theirs.length || ours.length === 0) return Number.POSITIVE_INFINITY;
  let difference = 0;
  let scale = 0;
  for (const [index, value] of ours.entries()) {
    const other = theirs[index] ?? Number.NaN;
    if (!Number.isFinite(value) || !Number.isFinite(other)) return Number.POSITIVE_INFINITY;
    difference = Math.max(difference, Math.abs(value - other));
    scale = Math.max(scale, Math.abs(value), Math.abs(other));
  }
  return scale === 0 ? 0 : difference / scale;
}

/**
 * Three significant digits, without an exponent.
 * @param {number} value
 */
export function significant(value) {
  if (!Number.isFinite(value)) return "-";
  const digits = value === 0 ? 0 : 2 - Math.floor(Math.log10(Math.abs(value)));
  if (digits >= 0) return value.toFixed(digits);
  const unit = 10 ** -digits;
  return String(Math.round(value / unit) * unit).replace(/\B(?=(\d{3})+$)/g, ",");
}
