import { mapExpression } from "./expression.js";
import type { BufferId, Expression, Kernel, LoopKernel, Nest, Program, Store, View } from "./kernel.js";
import { readsOf } from "./loop-kernel.js";
import { squeezeNest } from "./loops.js";

/** Stores of one kernel at most: more would spill registers and lengthen lifetimes. */
const MOST_STORES = 8;

/**
 * Joins loop kernels that run over the same loops and share data: siblings that read the same arrays (an optimizer's
 * updates, a normalization's statistics), and a consumer with the producer whose element it uses. What then is
 * used only inside of the kernel is not stored any more.
 */
export function mergeLoops(program: Program): Program {
  // A sum may keep its axes, as extents of 1, or not.
  const kernels = program.kernels.map(
    (kernel): Kernel => (isPlain(kernel) ? { ...kernel, nests: kernel.nests.map(squeezeNest) } : kernel),
  );
  const producer = new Map<BufferId, number>();
  const nobody = () => new Uint32Array(Math.ceil(kernels.length / 32));
  /** For each kernel, every kernel that must run before it. */
  const ancestors: Members[] = [];
  /** For each kernel, itself and all that have been merged into it. */
  const parts: Members[] = [];
  const mergedInto = new Map<number, number>();
  const readers = new Map<BufferId, number[]>();
  const home = (index: number): number => {
    let at = index;
    while (mergedInto.has(at)) at = mergedInto.get(at)!;
    return at;
  };

  for (let index = 0; index < kernels.length; index++) {
    const kernel = kernels[index]!;
    const mine = nobody();
    for (const read of kernel.reads) {
      const from = producer.get(read);
      if (from === undefined) continue;
      join(mine, from);
      joinAll(mine, ancestors[from]!);
    }
    ancestors.push(mine);
    parts.push(nobody());
    join(parts[index]!, index);
    for (const write of kernel.writes) producer.set(write, index);

    if (!isPlain(kernel)) continue;
    const target = findTarget(kernel, index);
    if (target === undefined) continue;
    const joined = oneKernel(kernels[target] as LoopKernel, kernel);
    if (joined === undefined) continue;
    kernels[target] = joined;
    mergedInto.set(index, target);
    joinAll(ancestors[target]!, mine);
    join(parts[target]!, index);
    // Whatever follows the target now also follows everything that this kernel needs.
    for (let later = 0; later <= index; later++) {
      if (later !== target && has(ancestors[later]!, target)) joinAll(ancestors[later]!, ancestors[target]!);
    }
    for (const write of kernel.writes) producer.set(write, target);
  }

  function findTarget(kernel: LoopKernel, index: number): number | undefined {
    const candidates = new Set<number>();
    for (const read of kernel.reads) {
      const from = producer.get(read);
      if (from !== undefined) candidates.add(home(from));
      for (const reader of readers.get(read) ?? []) candidates.add(home(reader));
    }
    for (const read of kernel.reads) readers.set(read, [...(readers.get(read) ?? []), index]);
    for (const candidate of [...candidates].sort((a, b) => b - a)) {
      const other = kernels[candidate]!;
      if (candidate === index || !isPlain(other) || !sameLoops(other, kernel)) continue;
      if (other.writes.length + kernel.writes.length > MOST_STORES) continue;
      // Nothing that this kernel needs may itself depend on the candidate, except directly and element by element.
      const own = parts[candidate]!;
      const blocks = (before: number) =>
        has(ancestors[index]!, before) &&
        !has(own, before) &&
        ancestors[home(before)]!.some((bits, i) => (bits & own[i]!) !== 0);
      if (!kernels.some((_, before) => blocks(before))) return candidate;
    }
    return undefined;
  }

  const remaining = kernels.filter((_, index) => !mergedInto.has(index));
  return dropUnread({ ...program, kernels: sortByDependence(remaining) });
}

/** A set of kernels, a bit for each. */
type Members = Uint32Array;

function has(members: Members, index: number): boolean {
  return ((members[index >> 5]! >> (index & 31)) & 1) === 1;
}

function join(members: Members, index: number): void {
  members[index >> 5]! |= 1 << (index & 31);
}

function joinAll(members: Members, others: Members): void {
  for (let i = 0; i < members.length; i++) members[i]! |= others[i]!;
}

function isPlain(kernel: Kernel): kernel is LoopKernel {
  return kernel.kind === "loop" && kernel.nests.length === 1 && kernel.fill === undefined;
}

function sameLoops(a: LoopKernel, b: LoopKernel): boolean {
  const [left, right] = [a.nests[0]!, b.nests[0]!];
  const same = (x: readonly number[], y: readonly number[]) =>
    x.length === y.length && x.every((extent, i) => extent === y[i]);
  return same(left.dims, right.dims) && same(left.reduceDims, right.reduceDims);
}

/** One kernel doing the work of both, or undefined when `second` reads other elements of what `first` writes. */
function oneKernel(first: LoopKernel, second: LoopKernel): LoopKernel | undefined {
  const [a, b] = [first.nests[0]!, second.nests[0]!];
  const written = new Map<BufferId, Store[]>();
  for (const store of a.stores)
    written.set(store.view.buffer, [...(written.get(store.view.buffer) ?? []), store]);
  const shift = a.reductions.length;
  let possible = true;
  const adapt =
    (inReduction: boolean) =>
    (leaf: Exclude<Expression, { kind: "apply" }>): Expression => {
      if (leaf.kind === "reduced") return { ...leaf, reduction: leaf.reduction + shift };
      const from = leaf.kind === "load" ? written.get(leaf.view.buffer) : undefined;
      if (leaf.kind === "random" && written.has(leaf.key.buffer)) possible = false;
      if (leaf.kind !== "load" || from === undefined) return leaf;
      // The value is at hand only for the very element that is being written, and after the reductions.
      const store = inReduction ? undefined : from.find(({ view }) => sameView(leaf.view, view));
      if (store === undefined) possible = false;
      return store?.value ?? leaf;
    };
  const reductionCache = new Map<Expression, Expression>();
  const storeCache = new Map<Expression, Expression>();
  const reductions = b.reductions.map((r) => ({
    ...r,
    value: mapExpression(r.value, adapt(true), reductionCache),
  }));
  const stores = b.stores.map((s) => ({ ...s, value: mapExpression(s.value, adapt(false), storeCache) }));
  if (!possible) return undefined;
  const nest: Nest = { ...a, reductions: [...a.reductions, ...reductions], stores: [...a.stores, ...stores] };
  return {
    ...first,
    nodes: [...first.nodes, ...second.nodes],
    nests: [nest],
    reads: readsOf(nest),
    writes: [...first.writes, ...second.writes],
  };
}

function sameView(a: View, b: View): boolean {
  return (
    a.buffer === b.buffer && a.offset === b.offset && a.strides.every((stride, i) => stride === b.strides[i])
  );
}

/** Removes stores to buffers that no kernel reads and that are no result. */
function dropUnread(program: Program): Program {
  const wanted = new Set<BufferId>([...program.outputs, ...program.updates.map((update) => update.buffer)]);
  for (const kernel of program.kernels) for (const read of kernel.reads) wanted.add(read);
  const kernels = program.kernels.map((kernel) => {
    if (!isPlain(kernel) || kernel.writes.every((write) => wanted.has(write))) return kernel;
    const nest = kernel.nests[0]!;
    const kept = { ...nest, stores: nest.stores.filter((store) => wanted.has(store.view.buffer)) };
    return {
      ...kernel,
      nests: [kept],
      reads: readsOf(kept),
      writes: kernel.writes.filter((write) => wanted.has(write)),
    };
  });
  return { ...program, kernels: kernels.filter((kernel) => kernel.writes.length > 0) };
}

/** Merging moves work earlier or later; this restores an order in which every buffer is written before it is read. */
function sortByDependence(kernels: Program["kernels"]): Kernel[] {
  const writer = new Map<BufferId, Kernel>();
  for (const kernel of kernels) for (const write of kernel.writes) writer.set(write, kernel);
  const order: Kernel[] = [];
  const done = new Set<Kernel>();
  const visit = (kernel: Kernel): void => {
    if (done.has(kernel)) return;
    done.add(kernel);
    for (const read of kernel.reads) {
      const before = writer.get(read);
      if (before !== undefined && before !== kernel) visit(before);
    }
    order.push(kernel);
  };
  kernels.forEach(visit);
  return order;
}
