/** Who lies nearest to whom, and whether neighbours are alike. */

export interface Neighbour {
  readonly index: number;
  readonly distance: number;
}

/** The nearest of all points but `self`, the nearest first; of equal ones the one that comes first. */
export function nearest(distances: ArrayLike<number>, self: number, count: number): Neighbour[] {
  const found: Neighbour[] = [];
  for (let index = 0; index < distances.length; index++) {
    const distance = distances[index] as number;
    const last = found.at(-1);
    if (index === self || (found.length === count && distance >= (last as Neighbour).distance)) continue;
    let at = found.length;
    while (at > 0 && (found[at - 1] as Neighbour).distance > distance) at--;
    found.splice(at, 0, { index, distance });
    if (found.length > count) found.pop();
  }
  return found;
}

/** Which class most neighbours have; of equally frequent ones that of the nearest. */
export function vote(neighbours: readonly Neighbour[], labels: ArrayLike<number>): number {
  const counts = new Map<number, number>();
  for (const { index } of neighbours) {
    const label = labels[index] as number;
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return [...counts].reduce((best, one) => (one[1] > best[1] ? one : best), [-1, 0])[0];
}

/** Distances from one of the points `[count, 2]` to all of them. */
export function distancesFrom(points: ArrayLike<number>, index: number): Float64Array {
  const [x, y] = [points[2 * index] as number, points[2 * index + 1] as number];
  return Float64Array.from({ length: points.length / 2 }, (_, i) =>
    Math.hypot((points[2 * i] as number) - x, (points[2 * i + 1] as number) - y),
  );
}
