import type { Nest, View } from "../../../compile/kernel.js";
import type { Local } from "../assembler/index.js";
import type { KernelContext } from "./context.js";

/** Neighbours in the source that are taken together: a cache line, so that none is fetched twice. */
const LINE = 16;
/** Neighbours in the result, and lanes of a vector. */
const LANES = 4;

/** A copy between two arrays whose neighbours lie along different loops. */
export interface Transposition {
  /** The part that consists of whole blocks, and what is left over. */
  readonly blocks: Nest;
  readonly rest: readonly Nest[];
  readonly load: View;
  readonly store: View;
  /** The loops along which the source's and the result's elements are neighbours. */
  readonly from: number;
  readonly to: number;
}

/** The nest as a transposition, if it is one that has at least one block. */
export function transpositionOf(nest: Nest): Transposition | undefined {
  const [store] = nest.stores;
  if (nest.stores.length !== 1 || nest.reductions.length > 0 || store!.value.kind !== "load")
    return undefined;
  const load = store!.value.view;
  const from = load.strides.indexOf(1);
  const to = store!.view.strides.indexOf(1);
  if (from < 0 || to < 0 || from === to) return undefined;
  if ([...load.strides, ...store!.view.strides].some((stride) => stride < 0)) return undefined;
  const wholeLines = Math.floor(nest.dims[from]! / LINE) * LINE;
  const wholeLanes = Math.floor(nest.dims[to]! / LANES) * LANES;
  if (wholeLines === 0 || wholeLanes === 0) return undefined;
  const blocks = part(part(nest, from, 0, wholeLines), to, 0, wholeLanes);
  const rest = [
    part(nest, from, wholeLines, nest.dims[from]!),
    part(part(nest, from, 0, wholeLines), to, wholeLanes, nest.dims[to]!),
  ].filter(({ dims }) => !dims.includes(0));
  return { blocks, rest, load, store: store!.view, from, to };
}

/** The turns `start` to `end` of one loop. */
function part(nest: Nest, loop: number, start: number, end: number): Nest {
  const moved = (view: View): View => ({ ...view, offset: view.offset + start * view.strides[loop]! });
  return {
    ...nest,
    dims: nest.dims.map((extent, i) => (i === loop ? end - start : extent)),
    stores: nest.stores.map(({ view, value }) => ({
      view: moved(view),
      value: value.kind === "load" ? { ...value, view: moved(value.view) } : value,
    })),
  };
}

/**
 * Copies blocks of 16 by 4 elements, four vectors at a time. Element by element, either reading or writing would touch a new cache
 * line at each step.
 */
export function emitTransposition(
  { blocks: { dims }, load, store, from, to }: Transposition,
  context: KernelContext,
  serial: boolean,
): void {
  const { f } = context;
  const outer = dims.flatMap((_, loop) => (loop === from || loop === to ? [] : [loop]));
  const lines = dims[from]! / LINE;
  const shared = outer[context.loopToShare([...outer.map((loop) => dims[loop]!), lines])];
  const range = context.share(shared === undefined ? lines : dims[shared]!, serial);
  const [source, target, line, step] = [0, 1, 2, 3].map(() => f.local("i32")) as [Local, Local, Local, Local];
  const counters = new Map<number, Local>();

  const pushStart = (view: View) => {
    context.pushAddress(view.buffer, view.offset);
    for (const [loop, counter] of counters) {
      f.get(counter);
      f.i32.const(view.strides[loop]! * 4 * (loop === from ? LINE : 1));
      f.i32.mul();
      f.i32.add();
    }
  };
  const alongLine = () => {
    counters.set(from, line);
    pushStart(load);
    f.set(source);
    pushStart(store);
    f.set(target);
    f.forRange(step, 0, dims[to]! / LANES, 1, () => {
      for (let column = 0; column < LINE; column += LANES) {
        emitBlock(context, {
          load: (row) => {
            f.get(source);
            f.v128.load((row * load.strides[to]! + column) * 4, 4);
          },
          store: (row, push) => {
            f.get(target);
            push();
            f.v128.store((column + row) * store.strides[from]! * 4, 4);
          },
        });
      }
      for (const [pointer, bytes] of [
        [source, LANES * load.strides[to]! * 4],
        [target, LANES * 4],
      ] as const) {
        f.get(pointer);
        f.i32.const(bytes);
        f.i32.add();
        f.set(pointer);
      }
    });
    counters.delete(from);
  };
  const loops = (place: number): void => {
    const loop = outer[place];
    if (loop === undefined) {
      const [start, end] = shared === undefined ? [range.from, range.to] : [0, lines];
      f.forRange(line, start, end, 1, alongLine);
      return;
    }
    const counter = f.local("i32");
    counters.set(loop, counter);
    const [start, end] = loop === shared ? [range.from, range.to] : [0, dims[loop]!];
    f.forRange(counter, start, end, 1, () => loops(place + 1));
    counters.delete(loop);
    f.release(counter);
  };
  loops(0);
  f.release(source, target, line, step, range.from, range.to);
}

/** Exchanges rows and columns of four vectors. */
function emitBlock(
  { f }: KernelContext,
  block: { load(row: number): void; store(row: number, push: () => void): void },
): void {
  const rows = [0, 1, 2, 3].map((row) => {
    const local = f.local("v128");
    block.load(row);
    f.set(local);
    return local;
  });
  const lanes = (list: readonly number[]) =>
    list.flatMap((lane) => [lane * 4, lane * 4 + 1, lane * 4 + 2, lane * 4 + 3]);
  /** Lanes 0 to 3 are those of a, 4 to 7 those of b. */
  const mixed = (a: Local, b: Local, list: readonly number[]): Local => {
    const local = f.local("v128");
    f.get(a);
    f.get(b);
    f.i8x16.shuffle(lanes(list));
    f.set(local);
    return local;
  };
  const [a, b, c, d] = rows as [Local, Local, Local, Local];
  const pairs = [
    [mixed(a, b, [0, 4, 1, 5]), mixed(c, d, [0, 4, 1, 5])],
    [mixed(a, b, [2, 6, 3, 7]), mixed(c, d, [2, 6, 3, 7])],
  ] as const;
  pairs.forEach(([left, right], pair) => {
    [
      [0, 1, 4, 5],
      [2, 3, 6, 7],
    ].forEach((list, i) => {
      block.store(2 * pair + i, () => {
        f.get(left);
        f.get(right);
        f.i8x16.shuffle(lanes(list));
      });
    });
  });
  f.release(...rows, ...pairs.flat());
}
