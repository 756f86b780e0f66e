import { BYTES_PER_ELEMENT } from "../shape/dtype.js";
import { sizeOf } from "../shape/shape.js";
import type { BufferId, Kernel, PlainKernel, Plan, Program } from "./kernel.js";
import { readsOf } from "./loop-kernel.js";
import { plan } from "./plan.js";
import { renameBuffer } from "./rename.js";
import { operationsOf } from "./work.js";

/**
 * Trades time for memory: until the arena fits into `budget` bytes, an intermediate that is alive at the worst moment without being
 * used there is dropped and computed again before its next use, by a second copy of its kernel. Among all, the one that
 * frees most bytes for the least work. Results are the same to the bit.
 *
 * Source: the idea, with plans made by hand: Chen, Xu, Zhang and Guestrin, "Training deep nets with sublinear memory cost",
 * 2016; chosen greedily: Kumar et al., "Efficient rematerialization for deep networks", 2019, section 3.
 *
 * @throws RangeError saying how far it came, if nothing helps any more
 */
export function rematerialize(program: Program, budget: number): Program {
  let current = program;
  let placed = plan(program);
  let [smallest, best] = [placed.peakBytes, program];
  // Each copy shortens a life for good; the bound only guards against going round in circles.
  for (let turn = 0; turn < 4 * program.kernels.length && smallest > budget; turn++) {
    const next = relieve(current, placed);
    if (next === undefined) break;
    current = next;
    placed = plan(current);
    if (placed.peakBytes < smallest) [smallest, best] = [placed.peakBytes, current];
  }
  if (smallest > budget) {
    throw new RangeError(
      `compile: memory is ${budget} bytes, but the intermediates need at least ${smallest}, even if everything that can be ` +
        "is computed twice; a smaller batch needs less",
    );
  }
  return best;
}

interface Life {
  readonly from: number;
  to: number;
  readonly uses: number[];
}

/** Where each buffer of the arena is written first, and where it is used. Results live to the end. */
function livesOf({ kernels, outputs, updates }: Program, { placements }: Plan): Map<BufferId, Life> {
  const lives = new Map<BufferId, Life>();
  kernels.forEach((kernel, index) => {
    for (const id of kernel.writes) {
      if (placements[id]!.kind === "arena" && !lives.has(id))
        lives.set(id, { from: index, to: index, uses: [] });
    }
    for (const id of kernel.reads) {
      const life = lives.get(id);
      if (life === undefined) continue;
      life.uses.push(index);
      life.to = index;
    }
  });
  for (const id of [...outputs, ...updates.map((update) => update.buffer)]) {
    const life = lives.get(id);
    if (life) life.to = kernels.length;
  }
  return lives;
}

/** The program with one intermediate less at the worst moment; undefined if none can be spared. */
function relieve(program: Program, placed: Plan): Program | undefined {
  const { kernels, buffers } = program;
  const lives = livesOf(program, placed);
  const bytes = (id: BufferId) => sizeOf(buffers[id]!.shape) * BYTES_PER_ELEMENT;
  const alive = new Array<number>(kernels.length).fill(0);
  for (const [id, { from, to }] of lives) {
    for (let step = from; step <= Math.min(to, kernels.length - 1); step++) alive[step]! += bytes(id);
  }
  const worst = alive.indexOf(Math.max(...alive));

  let best: { readonly id: BufferId; readonly again: Again; readonly at: number } | undefined;
  let bestScore = 0;
  for (const [id, life] of lives) {
    if (life.from >= worst || life.to <= worst || life.to === kernels.length || life.uses.includes(worst))
      continue;
    const at = life.uses.find((use) => use > worst)!;
    // A loop's reads have too many places to be renamed.
    if (kernels.some((kernel, step) => step >= at && kernel.kind === "scan" && kernel.reads.includes(id)))
      continue;
    const again = recompute(program, lives, id, at, LONGEST_CHAIN);
    if (again === undefined) continue;
    const score = bytes(id) / (again.reduce((sum, { kernel }) => sum + operationsOf(kernel), 0) + bytes(id));
    if (score > bestScore) {
      bestScore = score;
      best = { id, again, at };
    }
  }
  if (best === undefined) return undefined;

  const { id, again, at } = best;
  const fresh = new Map(again.map(({ output }, place) => [output, buffers.length + place]));
  const renamed = again.map(({ kernel }) =>
    [...fresh].reduce<PlainKernel>((renaming, [from, to]) => renameBuffer(renaming, from, to), kernel),
  );
  const use = (kernel: Kernel) =>
    kernel.kind !== "scan" && kernel.reads.includes(id) ? renameBuffer(kernel, id, fresh.get(id)!) : kernel;
  return {
    ...program,
    buffers: [...buffers, ...again.map(({ output }) => buffers[output]!)],
    kernels: [...kernels.slice(0, at), ...renamed, ...kernels.slice(at).map(use)],
  };
}

/** Kernels to be run again for one intermediate. */
const LONGEST_CHAIN = 6;

/** Kernels that compute an intermediate once more, in their order, and what each writes. */
type Again = readonly { readonly kernel: PlainKernel; readonly output: BufferId }[];

/**
 * What must run before step `at` to have a buffer again: its kernel, and before it those of operands that are no longer there.
 * Undefined if that is not possible, or takes more than `limit` kernels.
 */
function recompute(
  program: Program,
  lives: ReadonlyMap<BufferId, Life>,
  id: BufferId,
  at: number,
  limit: number,
): Again | undefined {
  const { kernels, buffers } = program;
  const kernel = alone(
    kernels.filter(({ writes }) => writes.includes(id)),
    id,
  );
  if (kernel === undefined) return undefined;
  const again: { kernel: PlainKernel; output: BufferId }[] = [];
  for (const read of kernel.reads) {
    const life = lives.get(read);
    const isThere =
      buffers[read]!.leaf !== undefined || (life !== undefined && life.from < at && at <= life.to);
    if (isThere || again.some(({ output }) => output === read)) continue;
    const before = recompute(program, lives, read, at, limit - again.length - 1);
    if (before === undefined) return undefined;
    again.push(...before.filter(({ output }) => !again.some((known) => known.output === output)));
  }
  again.push({ kernel, output: id });
  return again.length <= limit ? again : undefined;
}

/** The part of a buffer's only writer that computes it and nothing else. */
function alone(writers: readonly Kernel[], id: BufferId): PlainKernel | undefined {
  const [kernel] = writers;
  if (kernel === undefined || kernel.kind === "scan" || writers.length > 1 || kernel.reads.includes(id))
    return undefined;
  if (kernel.writes.length === 1) return kernel;
  if (kernel.kind !== "loop" || kernel.fill !== undefined) return undefined;
  const nests = kernel.nests
    .map((nest) => ({ ...nest, stores: nest.stores.filter(({ view }) => view.buffer === id) }))
    .filter(({ stores }) => stores.length > 0);
  return { ...kernel, nests, reads: [...new Set(nests.flatMap(readsOf))], writes: [id] };
}
