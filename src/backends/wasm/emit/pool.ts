import type { Expression, PoolKernel, View } from "../../../compile/kernel.js";
import { sizeOf, stridesOf } from "../../../shape/shape.js";
import type { Local } from "../assembler/index.js";
import type { KernelContext } from "./context.js";
import { ExpressionEmitter, type Point } from "./expression.js";
import { overVector, SERIAL_WORK } from "./loop.js";

export function isSerialPool(kernel: PoolKernel): boolean {
  return kernel.planes * sizeOf(kernel.outputSpatial) * sizeOf(kernel.kernelSpatial) * 4 < SERIAL_WORK;
}

/** Offsets, in elements of an input plane, of the cells of a window, in row-major order: the first of equals wins. */
function tapOffsets(kernel: PoolKernel): number[] {
  const rowMajor = stridesOf(kernel.inputSpatial);
  let offsets = [0];
  kernel.kernelSpatial.forEach((extent, axis) => {
    const step = kernel.dilation[axis]! * rowMajor[axis]!;
    offsets = offsets.flatMap((offset) => Array.from({ length: extent }, (_, i) => offset + i * step));
  });
  return offsets;
}

/** Four windows at once, side by side along the last axis. Threads share the planes. */
export function emitPool(kernel: PoolKernel, context: KernelContext): void {
  const { f } = context;
  const rank = kernel.outputSpatial.length;
  const [inputPlane, outputPlane] = [sizeOf(kernel.inputSpatial), sizeOf(kernel.outputSpatial)];
  const rowMajor = stridesOf(kernel.inputSpatial);
  const cellStrides = [inputPlane, ...kernel.strides.map((stride, axis) => stride * rowMajor[axis]!)];
  const offsets = tapOffsets(kernel);
  const cells = (buffer: number): View[] =>
    offsets.map((offset) => ({ buffer, offset, strides: cellStrides }));
  const windows = (buffer: number): View => ({
    buffer,
    offset: 0,
    strides: [outputPlane, ...stridesOf(kernel.outputSpatial)],
  });

  const { from, to } = context.share(kernel.planes, isSerialPool(kernel));
  const plane = f.local("i32");
  f.forRange(plane, from, to, 1, () => {
    if (kernel.kind === "maxPoolGradient") {
      context.pushAddress(kernel.output);
      f.get(plane);
      f.i32.const(inputPlane * 4);
      f.i32.mul();
      f.i32.add();
      f.i32.const(0);
      f.i32.const(inputPlane * 4);
      f.memory.fill();
    }
    const counters = new Map<number, Local>([[0, plane]]);
    const loops = (axis: number): void => {
      if (axis < rank - 1) {
        const counter = f.local("i32");
        counters.set(axis + 1, counter);
        f.forRange(counter, 0, kernel.outputSpatial[axis]!, 1, () => loops(axis + 1));
        counters.delete(axis + 1);
        f.release(counter);
        return;
      }
      emitRow(kernel, context, counters, rank, { taps: cells(kernel.input), cells, windows });
    };
    loops(0);
  });
  f.release(plane, from, to);
}

interface Views {
  /** The input's cells, one view for each place in the window. */
  readonly taps: readonly View[];
  cells(buffer: number): View[];
  windows(buffer: number): View;
}

function load(view: View): Expression {
  return { kind: "load", view, dtype: "float32" };
}

function emitRow(
  kernel: PoolKernel,
  context: KernelContext,
  counters: ReadonlyMap<number, Local>,
  vectorLoop: number,
  views: Views,
): void {
  const emitter = new ExpressionEmitter(context);
  const { taps } = views;
  const result =
    kernel.kind === "maxPoolGradient" ? views.cells(kernel.output) : [views.windows(kernel.output)];
  const second =
    kernel.second === undefined
      ? []
      : kernel.kind === "maxPoolSelect"
        ? views.cells(kernel.second)
        : [views.windows(kernel.second)];
  emitter.prepare([], [...taps, ...second, ...result], { counters, vectorLoop, lanes: 4 });
  // Windows that share no cell need no additions.
  const apart = kernel.strides.every(
    (stride, axis) =>
      kernel.kernelSpatial[axis] === 1 ||
      (stride >= kernel.kernelSpatial[axis]! && kernel.dilation[axis] === 1),
  );
  const overlap = { apart, pairs: apart && kernel.strides.at(-1) === 2 && kernel.kernelSpatial.at(-1) === 2 };
  overVector(context, kernel.outputSpatial.at(-1)!, false, (position, lanes) => {
    const point: Point = { counters, vectorLoop, position, lanes };
    if (kernel.kind === "maxPool") emitMaximum(context, emitter, taps, result[0]!, point);
    else if (kernel.kind === "maxPoolSelect") emitSelect(context, emitter, taps, second, result[0]!, point);
    else emitGradient(context, emitter, taps, second[0]!, result, point, overlap);
  });
  emitter.close();
}

function emitMaximum(
  context: KernelContext,
  emitter: ExpressionEmitter,
  taps: readonly View[],
  output: View,
  point: Point,
): void {
  taps.forEach((tap, n) => {
    emitter.push(load(tap), point, new Map());
    if (n > 0) context.f.f32x4.max();
  });
  emitter.store(output, "float32", point);
}

/** Replaces `best` by the value on the stack where that is greater, or the first NaN; `taken` runs with the mask. */
function improve(context: KernelContext, best: Local, taken: (mask: Local) => void): void {
  const { f } = context;
  f.withLocals(["v128", "v128"], (value, mask) => {
    f.set(value);
    f.get(best);
    f.get(best);
    f.f32x4.eq();
    f.get(value);
    f.get(best);
    f.f32x4.le();
    f.v128.andnot();
    f.set(mask);
    f.get(value);
    f.get(best);
    f.get(mask);
    f.v128.bitselect();
    f.set(best);
    taken(mask);
  });
}

function emitSelect(
  context: KernelContext,
  emitter: ExpressionEmitter,
  taps: readonly View[],
  values: readonly View[],
  output: View,
  point: Point,
): void {
  const { f } = context;
  f.withLocals(["v128", "v128"], (best, chosen) => {
    taps.forEach((tap, n) => {
      emitter.push(load(tap), point, new Map());
      if (n === 0) {
        f.set(best);
        emitter.push(load(values[0]!), point, new Map());
        f.set(chosen);
        return;
      }
      improve(context, best, (mask) => {
        emitter.push(load(values[n]!), point, new Map());
        f.get(chosen);
        f.get(mask);
        f.v128.bitselect();
        f.set(chosen);
      });
    });
    f.get(chosen);
    emitter.store(output, "float32", point);
  });
}

function emitGradient(
  context: KernelContext,
  emitter: ExpressionEmitter,
  taps: readonly View[],
  gradient: View,
  cells: readonly View[],
  point: Point,
  { apart, pairs }: { readonly apart: boolean; readonly pairs: boolean },
): void {
  const { f } = context;
  f.withLocals(["v128", "v128", "v128"], (best, winner, g) => {
    taps.forEach((tap, n) => {
      emitter.push(load(tap), point, new Map());
      if (n === 0) {
        f.set(best);
        f.i32x4.const(0);
        f.set(winner);
        return;
      }
      improve(context, best, (mask) => {
        f.i32x4.const(n);
        f.get(winner);
        f.get(mask);
        f.v128.bitselect();
        f.set(winner);
      });
    });
    emitter.push(load(gradient), point, new Map());
    f.set(g);
    const push = (n: number) => {
      f.get(g);
      f.get(winner);
      f.i32x4.const(n);
      f.i32x4.eq();
      f.v128.and();
    };
    if (pairs && point.lanes === 4) {
      // Pairs of neighbouring cells, of four windows: two whole vectors.
      for (let n = 0; n < cells.length; n += 2) {
        f.withLocals(["v128", "v128"], (even, odd) => {
          push(n);
          f.set(even);
          push(n + 1);
          f.set(odd);
          for (const [half, order] of [
            [0, [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23]],
            [4, [8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31]],
          ] as const) {
            emitter.pushAddress(cells[n]!, point, half);
            f.get(even);
            f.get(odd);
            f.i8x16.shuffle(order);
            f.v128.store(0, 4);
          }
        });
      }
      return;
    }
    // One place of the window after the other: within a place, the four cells differ, and windows may overlap.
    cells.forEach((cell, n) => {
      if (apart) push(n);
      else {
        emitter.push(load(cell), point, new Map());
        push(n);
        f.f32x4.add();
      }
      emitter.store(cell, "float32", point);
    });
  });
}
