import { type Shape, sizeOf } from "../shape/shape.js";
import { allIndices, type IndexSet, includes, indices, sameSet, setOf } from "./index-set.js";

/** Elements of an array: all combinations of one index from each axis' set. */
export type Region = readonly IndexSet[];

/** The whole of an array. */
export function wholeOf(shape: Shape): Region {
  return shape.map(allIndices);
}

/**
 * The union of `regions` and `region`, exactly: one inside another is dropped, and two that differ in one axis only
 * become one. Neighbouring positions and nested windows, which is what networks have, stay a single region.
 */
export function withRegion(regions: readonly Region[], region: Region): readonly Region[] {
  if (region.some((set) => set.length === 0)) return regions;
  for (const [i, other] of regions.entries()) {
    if (other.every((set, axis) => includes(set, region[axis]!))) return regions;
    const different = region.flatMap((set, axis) => (sameSet(set, other[axis]!) ? [] : [axis]));
    const inside = region.every((set, axis) => includes(set, other[axis]!));
    if (!inside && different.length > 1) continue;
    const joined = region.map((set, axis) => setOf([...set, ...other[axis]!]));
    return withRegion(
      regions.filter((_, j) => j !== i),
      joined,
    );
  }
  return [...regions, region];
}

/** The elements of an array of shape `from` that lie in `region` after it has been given the shape `to`. */
export function regionBeforeReshape(from: Shape, to: Shape, region: Region): Region[] {
  if (sizeOf(from) === 0) return [];
  let found: Region[] = [[]];
  for (const group of matchAxes(from, to)) {
    const extents = from.slice(...group.from);
    const parts = unflattened(
      flattened(region.slice(...group.to), to.slice(...group.to)),
      extents,
      sizeOf(extents),
    );
    found = found.flatMap((head) => parts.map((part) => [...head, ...part]));
  }
  return found;
}

/** Consecutive axes of both shapes with as many elements, as few as possible at a time. */
function matchAxes(from: Shape, to: Shape): { from: [number, number]; to: [number, number] }[] {
  const groups: { from: [number, number]; to: [number, number] }[] = [];
  let [i, j] = [0, 0];
  while (i < from.length || j < to.length) {
    const [start, begin] = [i, j];
    let left = i < from.length ? from[i++]! : 1;
    let right = j < to.length ? to[j++]! : 1;
    while (left !== right) {
      if (left < right) left *= from[i++]!;
      else right *= to[j++]!;
    }
    groups.push({ from: [start, i], to: [begin, j] });
  }
  return groups;
}

/** Positions, row-major, of a region's elements in an array of these extents. */
function flattened(region: Region, extents: Shape): IndexSet {
  return region.reduce<IndexSet>(
    (outer, set, axis) => {
      const extent = extents[axis]!;
      // A run of whole rows is a run of positions.
      if (sameSet(set, allIndices(extent))) {
        return outer.map(([first, last]) => [first * extent, (last + 1) * extent - 1]);
      }
      const starts = [...indices(outer)].map((index) => index * extent);
      return setOf(
        starts.flatMap((start) =>
          set.map(([first, last]): [number, number] => [start + first, start + last]),
        ),
      );
    },
    [[0, 0]],
  );
}

/** The regions of an array of these extents, `size` in all, that cover exactly these positions. */
function unflattened(positions: IndexSet, extents: Shape, size: number): Region[] {
  if (extents.length === 0) return [[]];
  if (extents.length === 1) return [[positions]];
  if (sameSet(positions, allIndices(size))) return [wholeOf(extents)];
  const row = size / extents[0]!;
  const rows = new Map<number, [number, number][]>();
  for (const [first, last] of positions) {
    for (let at = Math.floor(first / row); at <= Math.floor(last / row); at++) {
      const part = rows.get(at) ?? [];
      part.push([Math.max(0, first - at * row), Math.min(row - 1, last - at * row)]);
      rows.set(at, part);
    }
  }
  // Rows that hold the same positions belong together.
  const alike = new Map<string, { at: [number, number][]; inner: [number, number][] }>();
  for (const [at, inner] of rows) {
    const group = alike.get(inner.join(";")) ?? { at: [], inner };
    group.at.push([at, at]);
    alike.set(inner.join(";"), group);
  }
  return [...alike.values()].flatMap(({ at, inner }) =>
    unflattened(inner, extents.slice(1), row).map((rest) => [setOf(at), ...rest]),
  );
}
