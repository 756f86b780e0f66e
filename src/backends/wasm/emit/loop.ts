import { forEachExpression } from "../../../compile/expression.js";
import type { Expression, LoopKernel, Nest, Reduction } from "../../../compile/kernel.js";
import { collapseNest, workOf } from "../../../compile/loops.js";
import type { ReductionOp } from "../../../graph/types.js";
import { sizeOf } from "../../../shape/shape.js";
import type { FunctionBuilder, Local } from "../assembler/index.js";
import type { KernelContext } from "./context.js";
import { ExpressionEmitter, type Point } from "./expression.js";
import { emitTransposition, transpositionOf } from "./transposition.js";

/** Work below which waking the other threads costs more than it saves, in elementary operations. */
export const SERIAL_WORK = 8192;

export function isSerialLoop(kernel: LoopKernel): boolean {
  return (
    kernel.nests.reduce((work, nest) => work + workOf(nest), 0) < SERIAL_WORK || kernel.fill !== undefined
  );
}

export function emitLoop(kernel: LoopKernel, context: KernelContext): void {
  const serial = isSerialLoop(kernel);
  if (kernel.fill !== undefined) emitFill(kernel, context);
  for (const nest of kernel.nests) emitCollapsed(collapseNest(nest), context, serial);
}

function emitCollapsed(nest: Nest, context: KernelContext, serial: boolean): void {
  const transposition = transpositionOf(nest);
  if (transposition) emitTransposition(transposition, context, serial);
  for (const part of transposition?.rest ?? [nest]) emitNest(part, context, serial);
}

function emitFill(kernel: LoopKernel, context: KernelContext): void {
  const output = kernel.writes[0]!;
  const { shape, dtype } = context.program.program.buffers[output]!;
  const nest: Nest = {
    dims: [sizeOf(shape)],
    reduceDims: [],
    reductions: [],
    stores: [
      {
        view: { buffer: output, offset: 0, strides: [1] },
        value: { kind: "constant", value: kernel.fill!, dtype },
      },
    ],
  };
  emitNest(collapseNest(nest), context, true);
}

/** Which loop is computed four at a time: the innermost result loop, or the innermost reduction loop. */
function chooseVectorLoop(nest: Nest): { loop: number | undefined; reduces: boolean } {
  const { dims, reduceDims } = nest;
  const inner = dims.length - 1;
  if (nest.reductions.length === 0 || reduceDims.length === 0)
    return { loop: inner >= 0 ? inner : undefined, reduces: false };
  const reduce = dims.length + reduceDims.length - 1;
  if (inner < 0) return { loop: reduce, reduces: true };
  let score = 0;
  forEachExpression(
    nest.reductions.map((reduction) => reduction.value),
    (part) => {
      if (part.kind !== "load") return;
      const cost = (stride: number) => (stride === 0 || stride === 1 ? 0 : 1);
      score += cost(part.view.strides[inner]!) - cost(part.view.strides[reduce]!);
    },
  );
  // Positive: the reduction loop walks through memory more smoothly. Equal: the longer of the two fills vectors better.
  if (score === 0)
    return dims[inner]! >= Math.min(8, reduceDims.at(-1)!)
      ? { loop: inner, reduces: false }
      : { loop: reduce, reduces: true };
  return score > 0 ? { loop: reduce, reduces: true } : { loop: inner, reduces: false };
}

function emitNest(nest: Nest, context: KernelContext, serial: boolean): void {
  const { f } = context;
  if (sizeOf(nest.dims) === 0) return;
  const vector = chooseVectorLoop(nest);
  const outer = nest.dims.map((_, loop) => loop).filter((loop) => loop !== vector.loop);
  const counters = new Map<number, Local>();
  const sharedLoop = outer[context.loopToShare(outer.map((loop) => nest.dims[loop]!))];
  const shareVector =
    !serial &&
    !vector.reduces &&
    vector.loop !== undefined &&
    (sharedLoop === undefined || nest.dims[sharedLoop]! < 2);
  const range =
    serial || shareVector || sharedLoop === undefined
      ? undefined
      : context.share(nest.dims[sharedLoop]!, false);
  const onlyFirst = serial || (range === undefined && !shareVector);

  const body = () => {
    if (vector.reduces) emitReducingPoint(nest, context, counters, vector.loop!);
    else emitVectorRow(nest, context, counters, vector.loop, shareVector);
  };
  const loops = (place: number): void => {
    if (place === outer.length) {
      body();
      return;
    }
    const loop = outer[place]!;
    const counter = f.local("i32");
    counters.set(loop, counter);
    const [from, to] = loop === sharedLoop && range ? [range.from, range.to] : [0, nest.dims[loop]!];
    f.forRange(counter, from, to, 1, () => loops(place + 1));
    counters.delete(loop);
    f.release(counter);
  };
  if (onlyFirst && !serial) {
    f.get(context.thread);
    f.i32.eqz();
    f.if(() => loops(0));
  } else loops(0);
  if (range) f.release(range.from, range.to);
}

/** Goes over the vector loop of a nest whose result elements are neighbours; reductions run inside, four at once. */
function emitVectorRow(
  nest: Nest,
  context: KernelContext,
  counters: Map<number, Local>,
  loop: number | undefined,
  shared: boolean,
): void {
  const { f } = context;
  const emitter = new ExpressionEmitter(context);
  const storeViews = nest.stores.map((store) => store.view);
  const values = nest.stores.map((store) => store.value);
  const outerPoint: Point =
    loop === undefined ? { counters, lanes: 1 } : { counters, vectorLoop: loop, lanes: 4 };
  emitter.prepare(values, storeViews, outerPoint);
  const at = (position: Local | number | undefined, lanes: number) => {
    const point: Point = { ...outerPoint, lanes, ...(position === undefined ? {} : { position }) };
    const reduced = nest.reductions.length === 0 ? [] : emitReductionsAcross(nest, context, point);
    emitStores(nest, emitter, context, { ...point, reduced });
    f.release(...reduced);
  };
  if (loop === undefined) at(undefined, 1);
  else overVector(context, nest.dims[loop]!, shared, at);
  emitter.close();
}

/** Runs `at` for each four of `extent` elements, and once more for the rest. The position is in bytes. */
export function overVector(
  context: KernelContext,
  extent: number,
  shared: boolean,
  at: (position: Local | number, lanes: number) => void,
): void {
  const { f } = context;
  const whole = Math.floor(extent / 4);
  if (shared) {
    const range = context.share(whole, false);
    for (const bound of [range.from, range.to]) {
      f.get(bound);
      f.i32.const(4);
      f.i32.shl();
      f.set(bound);
    }
    const position = f.local("i32");
    f.forRange(position, range.from, range.to, 16, () => at(position, 4));
    f.release(position, range.from, range.to);
  } else if (whole === 1) at(0, 4);
  else if (whole > 1) {
    const position = f.local("i32");
    f.forRange(position, 0, whole * 16, 16, () => at(position, 4));
    f.release(position);
  }
  const rest = extent % 4;
  if (rest === 0) return;
  if (!shared) {
    at(whole * 16, rest);
    return;
  }
  f.get(context.thread);
  f.get(context.threads);
  f.i32.const(1);
  f.i32.sub();
  f.i32.eq();
  f.if(() => at(whole * 16, rest));
}

function emitStores(nest: Nest, emitter: ExpressionEmitter, context: KernelContext, point: Point): void {
  const values = nest.stores.map((store) => store.value);
  const counts = ExpressionEmitter.useCounts(values);
  const shared = new Map<Expression, Local>();
  const { f } = context;
  // All values before the first store: a store may replace, in place, what another value is computed from.
  const locals = values.map((value) => {
    emitter.push(value, point, shared, counts);
    const local = f.local("v128");
    f.set(local);
    return local;
  });
  nest.stores.forEach(({ view, value }, n) => {
    f.get(locals[n]!);
    emitter.store(view, value.dtype, point);
  });
  f.release(...locals, ...shared.values());
}

const identities: { readonly [K in ReductionOp]: readonly [float: number, int: number] } = {
  sum: [0, 0],
  product: [1, 1],
  max: [-Infinity, -0x80000000],
  min: [Infinity, 0x7fffffff],
};

function pushIdentity(f: FunctionBuilder, { op, value }: Reduction): void {
  if (value.dtype === "float32") f.f32x4.const(identities[op][0]);
  else f.i32x4.const(identities[op][1]);
}

const FLOAT_COMBINE = { sum: "add", product: "mul", max: "max", min: "min" } as const;
const INTEGER_COMBINE = { sum: "add", product: "mul", max: "max_s", min: "min_s" } as const;

function combine(f: FunctionBuilder, { op, value }: Reduction): void {
  if (value.dtype === "float32") f.f32x4[FLOAT_COMBINE[op]]();
  else f.i32x4[INTEGER_COMBINE[op]]();
}

/** Reductions over loops inside of the vector loop: each lane adds up its own element. */
function emitReductionsAcross(nest: Nest, context: KernelContext, outer: Point): Local[] {
  const { f } = context;
  const accumulators = nest.reductions.map((reduction) => {
    const local = f.local("v128");
    pushIdentity(f, reduction);
    f.set(local);
    return local;
  });
  const counters = new Map(outer.counters);
  const roots = nest.reductions.map((reduction) => reduction.value);
  const counts = ExpressionEmitter.useCounts(roots);
  const loops = (place: number): void => {
    if (place === nest.reduceDims.length) {
      const emitter = new ExpressionEmitter(context);
      const point: Point = { ...outer, counters };
      emitter.prepare([], [], point);
      accumulate(nest, emitter, context, point, accumulators, counts);
      emitter.close();
      return;
    }
    const loop = nest.dims.length + place;
    const counter = f.local("i32");
    counters.set(loop, counter);
    f.forRange(counter, 0, nest.reduceDims[place]!, 1, () => loops(place + 1));
    counters.delete(loop);
    f.release(counter);
  };
  loops(0);
  return accumulators;
}

function accumulate(
  nest: Nest,
  emitter: ExpressionEmitter,
  context: KernelContext,
  point: Point,
  accumulators: readonly Local[],
  counts: ReadonlyMap<Expression, number>,
  maskTail = false,
): void {
  const { f } = context;
  const shared = new Map<Expression, Local>();
  nest.reductions.forEach((reduction, n) => {
    f.get(accumulators[n]!);
    emitter.push(reduction.value, point, shared, counts);
    if (maskTail && point.lanes < 4) {
      pushIdentity(f, reduction);
      f.i32x4.const(-1, point.lanes > 1 ? -1 : 0, point.lanes > 2 ? -1 : 0, 0);
      f.v128.bitselect();
    }
    combine(f, reduction);
    f.set(accumulators[n]!);
  });
  f.release(...shared.values());
}

/**
 * Accumulators of each reduction: one alone would wait for its own last addition at every step. Many reductions overlap anyway, and
 * need the registers.
 */
function chainsOf({ reductions, reduceDims }: Nest): number {
  const chains = reductions.length === 1 ? 4 : reductions.length <= 3 ? 2 : 1;
  return reduceDims.at(-1)! >= 8 * chains ? chains : 1;
}

/**
 * One result element whose innermost reduction loop is the vector loop; accumulators, and then their lanes, are combined at the
 * end, in a fixed order.
 */
function emitReducingPoint(
  nest: Nest,
  context: KernelContext,
  outerCounters: Map<number, Local>,
  vectorLoop: number,
): void {
  const { f } = context;
  const chains = Array.from({ length: chainsOf(nest) }, () =>
    nest.reductions.map((reduction) => {
      const local = f.local("v128");
      pushIdentity(f, reduction);
      f.set(local);
      return local;
    }),
  );
  const accumulators = chains[0]!;
  const counters = new Map(outerCounters);
  const roots = nest.reductions.map((reduction) => reduction.value);
  const counts = ExpressionEmitter.useCounts(roots);
  const loops = (place: number): void => {
    const loop = nest.dims.length + place;
    const extent = nest.reduceDims[place]!;
    if (loop === vectorLoop) {
      const emitter = new ExpressionEmitter(context);
      emitter.prepare(roots, [], { counters, vectorLoop, lanes: 4 });
      const add = (position: Local | number, lanes: number, into: readonly Local[]) =>
        accumulate(nest, emitter, context, { counters, vectorLoop, position, lanes }, into, counts, true);
      if (chains.length === 1) {
        overVector(context, extent, false, (position, lanes) => add(position, lanes, accumulators));
      } else {
        const [position, next] = [f.local("i32"), f.local("i32")];
        const width = 4 * chains.length;
        const whole = Math.floor(extent / width) * width;
        f.forRange(position, 0, whole * 4, width * 4, () => {
          add(position, 4, accumulators);
          chains.slice(1).forEach((chain, i) => {
            f.get(position);
            f.i32.const(16 * (i + 1));
            f.i32.add();
            f.set(next);
            add(next, 4, chain);
          });
        });
        for (let at = whole; at < extent; at += 4) add(at * 4, Math.min(4, extent - at), accumulators);
        f.release(position, next);
      }
      emitter.close();
      return;
    }
    const counter = f.local("i32");
    counters.set(loop, counter);
    f.forRange(counter, 0, extent, 1, () => loops(place + 1));
    counters.delete(loop);
    f.release(counter);
  };
  loops(0);
  // Neighbours first: (0 + 1) + (2 + 3).
  for (let distance = 1; distance < chains.length; distance *= 2) {
    for (let chain = 0; chain < chains.length; chain += 2 * distance) {
      nest.reductions.forEach((reduction, n) => {
        f.get(chains[chain]![n]!);
        f.get(chains[chain + distance]![n]!);
        combine(f, reduction);
        f.set(chains[chain]![n]!);
      });
    }
  }
  nest.reductions.forEach((reduction, n) => {
    const accumulator = accumulators[n]!;
    // (0 + 2, 1 + 3), then the two sums: every lane ends with the same value.
    for (const order of [
      [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7],
      [4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11],
    ]) {
      f.get(accumulator);
      f.get(accumulator);
      f.get(accumulator);
      f.i8x16.shuffle(order);
      combine(f, reduction);
      f.set(accumulator);
    }
  });
  const emitter = new ExpressionEmitter(context);
  const point: Point = { counters: outerCounters, lanes: 1, reduced: accumulators };
  emitter.prepare(
    nest.stores.map((store) => store.value),
    nest.stores.map((store) => store.view),
    point,
  );
  emitStores(nest, emitter, context, point);
  emitter.close();
  f.release(...chains.flat());
}
