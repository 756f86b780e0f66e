import { collapseAffine, forEachExpression, mapAffine } from "./expression.js";
import type { Affine, Expression, Nest } from "./kernel.js";

/** Every affine form of a nest, over all of its loops. */
export function affinesOf(nest: Nest): Affine[] {
  const affines: Affine[] = nest.stores.map((store) => store.view);
  forEachExpression([...nest.reductions.map((r) => r.value), ...nest.stores.map((s) => s.value)], (part) => {
    if (part.kind === "load") affines.push(part.view);
    else if (part.kind === "index") affines.push(part.index);
    else if (part.kind === "random") affines.push(part.index);
  });
  return affines;
}

/**
 * The same nest with as few loops as possible: loops of extent 1 dropped, and neighbours merged wherever every index
 * walks through both as through one. The order of the elements, and so the result, stays.
 */
export function collapseNest(nest: Nest): Nest {
  const extents = [...nest.dims, ...nest.reduceDims];
  const affines = affinesOf(nest);
  return regroup(nest, (outer, inner) =>
    affines.every(({ strides }) => strides[outer] === strides[inner]! * extents[inner]!),
  );
}

/** The same nest without loops of extent 1. */
export function squeezeNest(nest: Nest): Nest {
  return nest.dims.includes(1) || nest.reduceDims.includes(1) ? regroup(nest, () => false) : nest;
}

function regroup(nest: Nest, mergeable: (outer: number, inner: number) => boolean): Nest {
  const extents = [...nest.dims, ...nest.reduceDims];
  const groupsOf = (from: number, to: number): number[][] => {
    const groups: number[][] = [];
    for (let loop = from; loop < to; loop++) {
      if (extents[loop] === 1) continue;
      const last = groups.at(-1);
      if (last !== undefined && mergeable(last.at(-1)!, loop)) last.push(loop);
      else groups.push([loop]);
    }
    return groups;
  };
  const rank = nest.dims.length;
  const dimGroups = groupsOf(0, rank);
  const reduceGroups = groupsOf(rank, extents.length);
  const groups = [...dimGroups, ...reduceGroups];
  const extentOf = (group: readonly number[]) => group.reduce((product, loop) => product * extents[loop]!, 1);
  const change = <A extends Affine>(affine: A): A => ({
    ...affine,
    ...collapseAffine(affine, extents, groups)!,
  });
  const known = new Map<Expression, Expression>();
  return {
    dims: dimGroups.map(extentOf),
    reduceDims: reduceGroups.map(extentOf),
    reductions: nest.reductions.map((r) => ({ ...r, value: mapAffine(r.value, change, known) })),
    stores: nest.stores.map((s) => ({ view: change(s.view), value: mapAffine(s.value, change, known) })),
  };
}

/** Rough work of a nest, in elementary operations: for choosing whether it is worth sharing among threads. */
export function workOf(nest: Nest): number {
  let perPoint = 0;
  forEachExpression([...nest.reductions.map((r) => r.value), ...nest.stores.map((s) => s.value)], (part) => {
    if (part.kind === "load") perPoint += 1;
    else if (part.kind === "random") perPoint += 60;
    else if (part.kind === "apply") perPoint += costly.has(part.op) ? 15 : 1;
  });
  const points = [...nest.dims, ...nest.reduceDims].reduce((product, extent) => product * extent, 1);
  return points * (perPoint + 1);
}

const costly = new Set<string>([
  "exp",
  "log",
  "sin",
  "cos",
  "tanh",
  "sigmoid",
  "erf",
  "power",
  "remainder",
  "sqrt",
  "divide",
  "reciprocal",
]);
