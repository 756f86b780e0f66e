import type { Expression, View } from "../../../compile/kernel.js";
import type { Bound, Label, Local } from "../assembler/index.js";
import type { KernelContext } from "./context.js";
import { ExpressionEmitter, type Point } from "./expression.js";
import { pushLeast } from "./integers.js";

/** Rows and columns of the register tile: 4 x 8 keeps eight sums, two columns' vectors and one row's value in registers. */
export const TILE_ROWS = 4;
export const TILE_COLUMNS = 8;

/** Rows of a tile for so many columns: there should be eight sums, or the additions wait for each other. */
export function tileRowsFor(columns: number): number {
  return columns <= 4 ? 2 * TILE_ROWS : TILE_ROWS;
}

/** A pointer and a constant number of bytes to add to it. */
export interface Address {
  readonly pointer: Local;
  readonly offset: number;
}

/** A loop that may be left before it ends, and its counter, which is never negative. */
export interface Turn {
  readonly counter: Local;
  readonly exit: Label;
}

/**
 * The heart of every contraction, without its loop: for each step, sums[row][v] += a(row, step) * b(v, step), where a
 * is one float spread over a vector, and b four neighbouring floats. With `turn`, rows are kept apart by branches that are never taken:
 * engines that would load all rows' values first, for which there may be no registers, cannot go past them.
 */
export function emitSteps(
  context: KernelContext,
  sums: readonly (readonly Local[])[],
  steps: number,
  a: (row: number, step: number) => Address,
  b: (vector: number, step: number) => Address,
  turn?: Turn,
): void {
  const { f } = context;
  const { fused } = context.shared;
  const columns = sums[0]!.map(() => f.local("v128"));
  const value = f.local("v128");
  for (let step = 0; step < steps; step++) {
    columns.forEach((column, v) => {
      const { pointer, offset } = b(v, step);
      f.get(pointer);
      f.v128.load(offset, 4);
      f.set(column);
    });
    sums.forEach((vectors, row) => {
      const { pointer, offset } = a(row, step);
      f.get(pointer);
      f.v128.load32_splat(offset);
      f.set(value);
      vectors.forEach((sum, v) => {
        f.get(value);
        f.get(columns[v]!);
        if (fused) {
          f.get(sum);
          f.f32x4.relaxed_madd();
        } else {
          f.f32x4.mul();
          f.get(sum);
          f.f32x4.add();
        }
        f.set(sum);
      });
      if (turn === undefined || row === sums.length - 1) return;
      f.get(turn.counter);
      // Each its own condition, or the engine would see that one is enough.
      f.i32.const(-row);
      f.i32.lt_s();
      f.brIf(turn.exit);
    });
  }
  f.release(value, ...columns);
}

/** Adds a constant to each pointer. */
export function advance(
  context: KernelContext,
  moves: readonly (readonly [pointer: Local, bytes: number])[],
): void {
  const { f } = context;
  for (const [pointer, bytes] of moves) {
    if (bytes === 0) continue;
    f.get(pointer);
    f.i32.const(bytes);
    f.i32.add();
    f.set(pointer);
  }
}

/**
 * Runs `total` steps, as many in each turn of a loop as suits the engine, and then the rest; `steps(count)` emits `count` steps at the pointers' present
 * place, `moves` says how far each pointer goes in one step. Afterwards the pointers stand behind the last one. `turn` is there where
 * the engine should be kept from reordering.
 */
export function overSteps(
  context: KernelContext,
  total: number,
  moves: readonly (readonly [pointer: Local, bytes: number])[],
  steps: (count: number, turn?: Turn) => void,
): void {
  const { f } = context;
  const { unroll } = context.shared;
  const turns = Math.floor(total / unroll);
  const rest = total - turns * unroll;
  const move = (count: number) =>
    advance(
      context,
      moves.map(([pointer, bytes]) => [pointer, bytes * count] as const),
    );
  const turn = (at?: Turn) => {
    steps(unroll, at);
    move(unroll);
  };
  if (turns === 1) turn();
  else if (turns > 1) {
    const counter = f.local("i32");
    f.forRange(counter, 0, turns, 1, (exit) => turn(unroll === 1 ? { counter, exit } : undefined));
    f.release(counter);
  }
  if (rest > 0) {
    steps(rest);
    move(rest);
  }
}

/** Makes the sums of a tile, all zero. */
export function zeroSums(context: KernelContext, rows: number, vectors: number): Local[][] {
  const { f } = context;
  return Array.from({ length: rows }, () =>
    Array.from({ length: vectors }, () => {
      const sum = f.local("v128");
      f.f32x4.const(0);
      f.set(sum);
      return sum;
    }),
  );
}

/** How a finished tile goes to memory: through the epilogue, if there is one, at loops [batch, row, column]. */
export interface TileOutput {
  /** Strides over [batch, row, column]; unit stride along columns. */
  readonly view: View;
  readonly epilogue?: Expression;
}

/**
 * Stores a tile whose first element is at (batch, row, column); `columns` of its columns count. Row i of the tile is
 * row + i.
 */
export function storeTile(
  context: KernelContext,
  output: TileOutput,
  sums: readonly (readonly Local[])[],
  at: { readonly batch: Local; readonly row: Local; readonly column: Local; readonly columns: number },
): void {
  const { f } = context;
  const [rowCounter, position] = [f.local("i32"), f.local("i32")];
  f.get(at.row);
  f.set(rowCounter);
  sums.forEach((vectors, row) => {
    if (row > 0) advance(context, [[rowCounter, 1]]);
    const counters = new Map([
      [0, at.batch],
      [1, rowCounter],
    ]);
    const emitter = new ExpressionEmitter(context);
    const roots = output.epilogue ? [output.epilogue] : [];
    emitter.prepare(roots, [output.view], { counters, vectorLoop: 2, lanes: 4 });
    const counts = ExpressionEmitter.useCounts(roots);
    vectors.forEach((sum, v) => {
      const lanes = Math.min(4, at.columns - v * 4);
      if (lanes <= 0) return;
      f.get(at.column);
      f.i32.const(v * 4);
      f.i32.add();
      f.i32.const(2);
      f.i32.shl();
      f.set(position);
      const point: Point = { counters, vectorLoop: 2, position, lanes, reduced: [sum] };
      const shared = new Map<Expression, Local>();
      if (output.epilogue) emitter.push(output.epilogue, point, shared, counts);
      else f.get(sum);
      emitter.store(output.view, output.epilogue?.dtype ?? "float32", point);
      f.release(...shared.values());
    });
    emitter.close();
  });
  f.release(rowCounter, position);
}

/**
 * Goes over rows, a tile at a time: `emit(rows, row)` for each block of rows from `from` to `to`, and for what is left of
 * the `total` rows. `from` is a multiple of the tile's rows, and so is `to` unless it is `total`.
 */
export function overRows(
  context: KernelContext,
  total: number,
  from: Bound,
  to: Local | number,
  emit: (rows: number, row: Local) => void,
  tileRows: number = TILE_ROWS,
): void {
  const { f } = context;
  const row = f.local("i32");
  const whole = Math.floor(total / tileRows) * tileRows;
  const rest = total - whole;
  if (whole > 0) {
    const end = typeof to === "number" ? Math.min(to, whole) : () => pushLeast(context, to, whole);
    f.forRange(row, from, end, tileRows, () => emit(tileRows, row));
  }
  if (rest > 0) {
    const last = () => {
      f.i32.const(whole);
      f.set(row);
      emit(rest, row);
    };
    if (typeof to === "number") {
      if (to === total) last();
    } else {
      f.get(to);
      f.i32.const(total);
      f.i32.eq();
      f.if(last);
    }
  }
  f.release(row);
}

/**
 * Goes over columns in panels of 8, of which the last may be narrower: `emit(columns)` once for full panels and once for the
 * rest, chosen by the panel's number.
 */
export function byPanel(
  context: KernelContext,
  count: number,
  panel: Local,
  emit: (columns: number) => void,
): void {
  const { f } = context;
  const tail = count % TILE_COLUMNS;
  if (tail === 0) emit(TILE_COLUMNS);
  else if (count < TILE_COLUMNS) emit(tail);
  else {
    f.get(panel);
    f.i32.const(Math.floor(count / TILE_COLUMNS));
    f.i32.eq();
    f.if(
      () => emit(tail),
      () => emit(TILE_COLUMNS),
    );
  }
}
