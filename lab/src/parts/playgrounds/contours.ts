/** A piece of a contour line, in cells of the field: x to the right, y downwards. */
export type Segment = readonly [x0: number, y0: number, x1: number, y1: number];

/**
 * Where a field of heights `[lines, columns]` has a level: marching squares, with straight pieces in each cell. At a saddle
 * the mean of the four corners decides.
 */
export function contour(field: ArrayLike<number>, columns: number, level: number): Segment[] {
  const lines = Math.floor(field.length / columns);
  const segments: Segment[] = [];
  for (let row = 0; row + 1 < lines; row++) {
    for (let column = 0; column + 1 < columns; column++) {
      const at = row * columns + column;
      const below = (field[at] as number) < level;
      const oneSided =
        (field[at + 1] as number) < level === below &&
        (field[at + columns] as number) < level === below &&
        (field[at + columns + 1] as number) < level === below;
      // So are most cells.
      if (oneSided) continue;
      // Clockwise from the top left.
      const heights = [field[at], field[at + 1], field[at + columns + 1], field[at + columns]] as number[];
      const points: [number, number][] = [];
      for (let side = 0; side < 4; side++) {
        const [a, b] = [heights[side] as number, heights[(side + 1) % 4] as number];
        if (a < level === b < level) continue;
        const [x, y] = onSide(side, (level - a) / (b - a));
        points.push([column + x, row + y]);
      }
      if (points.length === 2) segments.push(join(points, 0, 1));
      else if (points.length === 4) {
        const middle = heights.reduce((sum, height) => sum + height, 0) / 4;
        // The first corner is cut off where the middle lies on the other side of the level.
        const cut = middle < level !== (heights[0] as number) < level;
        segments.push(
          ...(cut ? [join(points, 3, 0), join(points, 1, 2)] : [join(points, 0, 1), join(points, 2, 3)]),
        );
      }
    }
  }
  return segments;
}

const join = (points: readonly (readonly [number, number])[], i: number, j: number): Segment => [
  ...(points[i] as readonly [number, number]),
  ...(points[j] as readonly [number, number]),
];

/** A share of the way along a side of the unit cell: top, right, bottom, left, clockwise. */
function onSide(side: number, share: number): [number, number] {
  if (side === 0) return [share, 0];
  if (side === 1) return [1, share];
  if (side === 2) return [1 - share, 1];
  return [0, 1 - share];
}

/** Levels in equal ratios above the least height, over four and a half powers of ten: so the bottom of a valley is seen. */
export function levelsOf(field: ArrayLike<number>, count: number): number[] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < field.length; i++) {
    low = Math.min(low, field[i] as number);
    high = Math.max(high, field[i] as number);
  }
  return Array.from(
    { length: count },
    (_, i) => low + 0.8 * (high - low) * 10 ** ((-4.5 * (count - 1 - i)) / count),
  );
}
