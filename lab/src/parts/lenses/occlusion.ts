/** Places of the square along one axis: each `stride` further, until it reaches the border. */
export function placesAlong(extent: number, size: number, stride: number): number[] {
  const count = Math.min(Math.ceil(Math.max(0, extent - size) / stride) + 1, Math.ceil(extent / stride));
  return Array.from({ length: count }, (_, i) => i * stride);
}

/** For each pixel, the mean over all squares that cover it; 0 where none does. */
export function spread(
  map: ArrayLike<number>,
  corners: readonly (readonly [row: number, column: number])[],
  size: number,
  height: number,
  width: number,
): Float32Array {
  const sums = new Float32Array(height * width);
  const counts = new Float32Array(height * width);
  for (const [i, [top, left]] of corners.entries()) {
    for (let row = top; row < Math.min(height, top + size); row++) {
      for (let column = left; column < Math.min(width, left + size); column++) {
        const at = row * width + column;
        sums[at] = (sums[at] as number) + (map[i] as number);
        counts[at] = (counts[at] as number) + 1;
      }
    }
  }
  return sums.map((sum, i) => ((counts[i] as number) > 0 ? sum / (counts[i] as number) : 0));
}
