import type {
  CumulativeSumKernel,
  Expression,
  GatherKernel,
  ScatterAddKernel,
  View,
} from "../../../compile/kernel.js";
import type { Local } from "../assembler/index.js";
import type { KernelContext } from "./context.js";
import { ExpressionEmitter, type Point } from "./expression.js";
import { addProduct } from "./integers.js";
import { overVector, SERIAL_WORK } from "./loop.js";

export function isSerialGather(kernel: GatherKernel): boolean {
  return kernel.outer * kernel.count * (kernel.inner + 4) < SERIAL_WORK;
}

/** Rows of the table are copied one by one; threads share the indices. */
export function emitGather(kernel: GatherKernel, context: KernelContext): void {
  const { f } = context;
  const { from, to } = context.share(kernel.count, isSerialGather(kernel));
  const [outer, i, index, target] = [0, 1, 2, 3].map(() => f.local("i32")) as [Local, Local, Local, Local];
  const bytes = kernel.inner * 4;
  f.forRange(outer, 0, kernel.outer, 1, () => {
    f.forRange(i, from, to, 1, () => {
      loadIndex(context, kernel.indices, i, index);
      context.pushAddress(kernel.output);
      addProduct(context, outer, kernel.count * bytes);
      addProduct(context, i, bytes);
      f.set(target);
      inRange(context, index, kernel.extent);
      f.if(
        () => {
          f.get(target);
          context.pushAddress(kernel.table);
          addProduct(context, outer, kernel.extent * bytes);
          addProduct(context, index, bytes);
          f.i32.const(bytes);
          f.memory.copy();
        },
        () => {
          f.get(target);
          f.i32.const(0);
          f.i32.const(bytes);
          f.memory.fill();
        },
      );
    });
  });
  f.release(outer, i, index, target, from, to);
}

function loadIndex(context: KernelContext, indices: number, i: Local, index: Local): void {
  const { f } = context;
  context.pushAddress(indices);
  addProduct(context, i, 4);
  f.i32.load();
  f.set(index);
}

/** Pushes whether 0 <= index < extent: one unsigned comparison. */
function inRange(context: KernelContext, index: Local, extent: number): void {
  const { f } = context;
  f.get(index);
  f.i32.const(extent);
  f.i32.lt_u();
}

export function isSerialScatterAdd(kernel: ScatterAddKernel): boolean {
  return kernel.outer < 2 || kernel.outer * kernel.count * (kernel.inner + 4) < SERIAL_WORK;
}

/** Updates are added in the order of the indices, so that repeated indices sum alike on any number of threads. */
export function emitScatterAdd(kernel: ScatterAddKernel, context: KernelContext): void {
  const { f } = context;
  const { from, to } = context.share(kernel.outer, isSerialScatterAdd(kernel));
  const [outer, i, index] = [0, 1, 2].map(() => f.local("i32")) as [Local, Local, Local];
  const updates: View = {
    buffer: kernel.updates,
    offset: 0,
    strides: [kernel.count * kernel.inner, kernel.inner, 0, 1],
  };
  const output: View = {
    buffer: kernel.output,
    offset: 0,
    strides: [kernel.extent * kernel.inner, 0, kernel.inner, 1],
  };
  const sum: Expression = {
    kind: "apply",
    op: "add",
    dtype: kernel.dtype,
    inputs: [
      { kind: "load", view: output, dtype: kernel.dtype },
      { kind: "load", view: updates, dtype: kernel.dtype },
    ],
  };
  f.forRange(outer, from, to, 1, () => {
    context.pushAddress(kernel.output);
    addProduct(context, outer, kernel.extent * kernel.inner * 4);
    f.i32.const(0);
    f.i32.const(kernel.extent * kernel.inner * 4);
    f.memory.fill();
    f.forRange(i, 0, kernel.count, 1, () => {
      loadIndex(context, kernel.indices, i, index);
      inRange(context, index, kernel.extent);
      f.if(() => {
        const counters = new Map([
          [0, outer],
          [1, i],
          [2, index],
        ]);
        const emitter = new ExpressionEmitter(context);
        emitter.prepare([sum], [output], { counters, vectorLoop: 3, lanes: 4 });
        overVector(context, kernel.inner, false, (position, lanes) => {
          const point: Point = { counters, vectorLoop: 3, position, lanes };
          emitter.push(sum, point, new Map());
          emitter.store(output, kernel.dtype, point);
        });
        emitter.close();
      });
    });
  });
  f.release(outer, i, index, from, to);
}

export function isSerialCumulativeSum(kernel: CumulativeSumKernel): boolean {
  return kernel.outer < 2 || kernel.outer * kernel.extent * kernel.inner * 4 < SERIAL_WORK;
}

/** Runs along the middle axis, for four neighbours of the inner axis at once; threads share the outer axis. */
export function emitCumulativeSum(kernel: CumulativeSumKernel, context: KernelContext): void {
  const { f } = context;
  const { extent, inner, reverse } = kernel;
  const { from, to } = context.share(kernel.outer, isSerialCumulativeSum(kernel));
  const [outer, i] = [f.local("i32"), f.local("i32")];
  const along = (buffer: number): View => ({
    buffer,
    offset: reverse ? (extent - 1) * inner : 0,
    strides: [extent * inner, reverse ? -inner : inner, 1],
  });
  const [input, output] = [along(kernel.input), along(kernel.output)];
  f.forRange(outer, from, to, 1, () => {
    overVector(context, inner, false, (position, lanes) => {
      f.withLocals(["v128"], (total) => {
        f.i32x4.const(0);
        f.set(total);
        f.forRange(i, 0, extent, 1, () => {
          const counters = new Map([
            [0, outer],
            [1, i],
          ]);
          const point: Point = { counters, vectorLoop: 2, position, lanes };
          const emitter = new ExpressionEmitter(context);
          f.withLocals(["v128"], (before) => {
            f.get(total);
            f.set(before);
            f.get(total);
            emitter.push({ kind: "load", view: input, dtype: kernel.dtype }, point, new Map());
            if (kernel.dtype === "float32") f.f32x4.add();
            else f.i32x4.add();
            f.set(total);
            f.get(kernel.exclusive ? before : total);
            emitter.store(output, kernel.dtype, point);
          });
          emitter.close();
        });
      });
    });
  });
  f.release(outer, i, from, to);
}
