import { BYTES_PER_ELEMENT } from "../shape/dtype.js";
import { sizeOf } from "../shape/shape.js";
import { forEachExpression } from "./expression.js";
import type { BufferId, Kernel, Placement, Plan, Program, View } from "./kernel.js";
import { loopKernel } from "./loop-kernel.js";

/** Arena offsets are multiples of this many bytes: a cache line, so that threads do not share lines by accident. */
const ALIGNMENT = 64;
/** Kernels may read this many bytes past the end of what they need. */
export const SLACK = 64;

/**
 * Gives every buffer its place: new values of variables in the variable itself where that is safe, all else in one arena
 * in which buffers that are never alive together share memory (first fit by decreasing size).
 */
export function plan(program: Program): Plan {
  const { buffers, kernels } = program;
  const first = new Map<BufferId, number>();
  const last = new Map<BufferId, number>();
  kernels.forEach((kernel, index) => {
    for (const id of kernel.writes) if (!first.has(id)) first.set(id, index);
    for (const id of [...kernel.reads, ...kernel.writes]) last.set(id, index);
  });
  for (const id of [...program.outputs, ...program.updates.map((update) => update.buffer)])
    last.set(id, kernels.length);

  const placements = new Array<Placement>(buffers.length);
  buffers.forEach((buffer, id) => {
    if (buffer.leaf !== undefined) placements[id] = { kind: "leaf", leaf: buffer.leaf };
  });
  for (const [id, leaf] of inPlaceUpdates(program)) placements[id] = { kind: "leaf", leaf };

  const open = buffers
    .map((buffer, id) => ({ id, size: align(sizeOf(buffer.shape) * BYTES_PER_ELEMENT + SLACK) }))
    .filter(({ id }) => placements[id] === undefined && (first.has(id) || last.has(id)));
  const lowerBound = greatestSum(open, first, last, kernels.length);
  open.sort((a, b) => b.size - a.size || first.get(a.id)! - first.get(b.id)!);
  const taken: { id: number; start: number; end: number; from: number; to: number }[] = [];
  let peakBytes = 0;
  for (const { id, size } of open) {
    const [from, to] = [first.get(id) ?? 0, last.get(id)!];
    const neighbours = taken
      .filter((other) => other.from <= to && from <= other.to)
      .sort((a, b) => a.start - b.start);
    let start = 0;
    for (const other of neighbours) {
      if (start + size <= other.start) break;
      start = Math.max(start, other.end);
    }
    taken.push({ id, start, end: start + size, from, to });
    placements[id] = { kind: "arena", offset: start };
    peakBytes = Math.max(peakBytes, start + size);
  }
  // Buffers that no kernel touches (empty ones) still need a place to point at.
  buffers.forEach((_, id) => {
    placements[id] ??= { kind: "arena", offset: 0 };
  });
  return { placements, peakBytes, lowerBound };
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

function greatestSum(
  open: readonly { id: BufferId; size: number }[],
  first: ReadonlyMap<BufferId, number>,
  last: ReadonlyMap<BufferId, number>,
  steps: number,
): number {
  const change = new Array<number>(steps + 2).fill(0);
  for (const { id, size } of open) {
    change[first.get(id) ?? 0]! += size;
    change[last.get(id)! + 1]! -= size;
  }
  let alive = 0;
  let greatest = 0;
  for (const delta of change) {
    alive += delta;
    greatest = Math.max(greatest, alive);
  }
  return greatest;
}

/**
 * The updates whose new value can be written over the old: no kernel after the writer reads the old value, and the
 * writer itself reads it only at the element that it is writing.
 */
function inPlaceUpdates(program: Program): Map<BufferId, number> {
  const result = new Map<BufferId, number>();
  const leafBuffer = (leaf: number) => program.buffers.findIndex((buffer) => buffer.leaf === leaf);
  const counts = new Map<BufferId, number>();
  for (const { buffer } of program.updates) counts.set(buffer, (counts.get(buffer) ?? 0) + 1);
  for (const { leaf, buffer } of program.updates) {
    const old = leafBuffer(leaf);
    if (counts.get(buffer) !== 1 || program.buffers[buffer]!.leaf !== undefined) continue;
    if (program.outputs.includes(old)) continue;
    const writer = program.kernels.findIndex((kernel) => kernel.writes.includes(buffer));
    if (writer < 0) continue;
    const readLater = program.kernels.some((kernel, index) => index > writer && kernel.reads.includes(old));
    if (!readLater && readsOnlyWhatItWrites(program.kernels[writer]!, old, buffer)) result.set(buffer, leaf);
  }
  return result;
}

function readsOnlyWhatItWrites(kernel: Kernel, old: BufferId, written: BufferId): boolean {
  if (!kernel.reads.includes(old)) return true;
  if (kernel.kind !== "loop" || kernel.nests.length !== 1 || kernel.fill !== undefined) return false;
  const nest = kernel.nests[0]!;
  const targets = nest.stores.flatMap(({ view }) => (view.buffer === written ? [view] : []));
  let safe = nest.reductions.length === 0;
  forEachExpression(
    nest.stores.map((store) => store.value),
    (part) => {
      if (part.kind === "load" && part.view.buffer === old) {
        const { view } = part;
        safe &&= targets.some((target) => sameAddress(view, target));
      }
      if (part.kind === "random" && part.key.buffer === old) safe = false;
    },
  );
  return safe;
}

function sameAddress(a: View, b: View): boolean {
  return a.offset === b.offset && a.strides.every((stride, i) => stride === b.strides[i]);
}

/** Adds copies, at the end, of new values that could not be written over the old ones. */
export function withCopies(program: Program, { placements }: Plan): Program {
  const copies = program.updates.flatMap(({ leaf, buffer }): Kernel[] => {
    const placement = placements[buffer]!;
    if (placement.kind === "leaf" && placement.leaf === leaf) return [];
    const target = program.buffers.findIndex((candidate) => candidate.leaf === leaf);
    const { shape, dtype } = program.buffers[buffer]!;
    const size = sizeOf(shape);
    if (size === 0) return [];
    const strides = [1];
    const value = { kind: "load", view: { buffer, offset: 0, strides }, dtype } as const;
    const store = { view: { buffer: target, offset: 0, strides }, value };
    return [loopKernel([], [{ dims: [size], reduceDims: [], reductions: [], stores: [store] }], target)];
  });
  return { ...program, kernels: [...program.kernels, ...copies] };
}
