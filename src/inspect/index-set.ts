/** A set of whole numbers: ranges `[first, last]` in ascending order, with gaps between them. */
export type IndexSet = readonly (readonly [first: number, last: number])[];

/** 0, 1, ..., extent - 1. */
export function allIndices(extent: number): IndexSet {
  return extent > 0 ? [[0, extent - 1]] : [];
}

/** The set of ranges in any order, which may overlap; empty ones (last before first) are left out. */
export function setOf(ranges: Iterable<readonly [number, number]>): IndexSet {
  const sorted = [...ranges].filter(([first, last]) => first <= last).sort((a, b) => a[0] - b[0]);
  const joined: [number, number][] = [];
  for (const [first, last] of sorted) {
    const before = joined.at(-1);
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else joined.push([first, last]);
  }
  return joined;
}

/** What `map` gives for each index: any number of indices. */
export function mapIndices(set: IndexSet, map: (index: number) => readonly number[]): IndexSet {
  return setOf([...indices(set)].flatMap((index) => map(index).map((to): [number, number] => [to, to])));
}

export function* indices(set: IndexSet): Generator<number> {
  for (const [first, last] of set) for (let index = first; index <= last; index++) yield index;
}

/** The set moved by `distance`, without what is then outside of 0 ... extent - 1. */
export function shifted(set: IndexSet, distance: number, extent: number): IndexSet {
  return set.flatMap(([first, last]) => {
    const [from, to] = [Math.max(0, first + distance), Math.min(extent - 1, last + distance)];
    return from <= to ? [[from, to] as const] : [];
  });
}

export function includes(set: IndexSet, part: IndexSet): boolean {
  return part.every(([first, last]) => set.some(([from, to]) => from <= first && last <= to));
}

export function sameSet(a: IndexSet, b: IndexSet): boolean {
  return a.length === b.length && a.every(([first, last], i) => first === b[i]![0] && last === b[i]![1]);
}
