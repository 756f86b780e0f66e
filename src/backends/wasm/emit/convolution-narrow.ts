import { mapAffine } from "../../../compile/expression.js";
import type {
  Affine,
  ConvolutionKernel,
  ConvolutionKernelGradientKernel,
  Expression,
  View,
} from "../../../compile/kernel.js";
import { sizeOf } from "../../../shape/shape.js";
import type { Local } from "../assembler/index.js";
import type { KernelContext } from "./context.js";
import { isSerialConvolution } from "./convolution-common.js";
import { ExpressionEmitter, type Point } from "./expression.js";
import { addProduct, divide, intLocals } from "./integers.js";
import { boxOffsets, type PatchGeometry, patchOffsets, pushImage } from "./patches.js";

/** Taps at most whose weights stay in registers while a line is gone through. */
const FACTORS = 12;
/** With more taps: vectors of a line that share each weight that is loaded. */
const BLOCK = 4;
/** Units of work at least, where there are enough lines. */
const UNITS = 16;

/**
 * Convolutions with so few filters a group (one, in depthwise ones) that a tile would be mostly empty: four
 * neighbouring positions of a line of the result are computed at a time, tap after tap.
 */
export function emitNarrow(kernel: ConvolutionKernel, context: KernelContext): void {
  const { f } = context;
  const { groups, filters, outputSpatial } = kernel;
  const { taps, positionSteps } = patchOffsets(kernel);
  const step = positionSteps.at(-1)!;
  const width = outputSpatial.at(-1)!;
  const positions = sizeOf(outputSpatial);
  // The loops: image, output channel, line, place in the line.
  const byLine = <A extends Affine>(affine: A): A => {
    const [image, channel, position] = affine.strides as [number, number, number];
    return { ...affine, strides: [image, channel, position * width, position] };
  };
  const value: Expression = kernel.epilogue
    ? mapAffine(kernel.epilogue.value, byLine)
    : { kind: "reduced", reduction: 0, dtype: "float32" };
  const output: View = byLine({
    buffer: kernel.output,
    offset: 0,
    strides: [groups * filters * positions, positions, 1],
  });
  const counts = ExpressionEmitter.useCounts([value]);
  const lines = sizeOf(outputSpatial.slice(0, -1));
  const planes = kernel.batch * groups;
  if (planes * positions === 0) return;
  const size = Math.ceil(lines / Math.ceil(UNITS / planes));
  const parts = Math.ceil(lines / size);
  const { from, to } = context.share(planes * parts, isSerialConvolution(kernel));
  const local = intLocals(context, ["unit", "image", "group", "filter", "channel", "base", "weights"]);
  const { plane, part, first, last, cell, place } = intLocals(context, [
    "plane",
    "part",
    "first",
    "last",
    "cell",
    "place",
  ]);
  const factors = taps.length <= FACTORS ? taps.map(() => f.local("v128")) : [];
  const table = factors.length > 0 ? 0 : context.shared.addConstants(taps);
  const sums = Array.from({ length: factors.length > 0 ? 1 : BLOCK }, () => f.local("v128"));
  f.forRange(local.unit, from, to, 1, () => {
    divide(context, local.unit, parts, plane, part);
    divide(context, plane, groups, local.image, local.group);
    pushImage(kernel, context, local.image, local.group);
    f.set(local.base);
    f.get(part);
    f.i32.const(size);
    f.i32.mul();
    f.tee(first);
    f.i32.const(size);
    f.i32.add();
    f.set(last);
    // The smaller of it and `lines`.
    f.get(last);
    f.i32.const(lines);
    f.get(last);
    f.i32.const(lines);
    f.i32.lt_s();
    f.select();
    f.set(last);
    f.forRange(local.filter, 0, filters, 1, () => {
      f.get(local.filter);
      addProduct(context, local.group, filters);
      f.set(local.channel);
      context.pushAddress(kernel.weights.buffer, kernel.weights.offset);
      addProduct(context, local.channel, taps.length * 4);
      f.set(local.weights);
      factors.forEach((factor, tap) => {
        f.get(local.weights);
        f.v128.load32_splat(tap * 4);
        f.set(factor);
      });
      overLines(kernel, context, local.base, first, last, (start, line) => {
        const counters = new Map([
          [0, local.image],
          [1, local.channel],
          [2, line],
        ]);
        const emitter = new ExpressionEmitter(context);
        const outer: Point = { counters, vectorLoop: 3, lanes: 4 };
        emitter.prepare([value], [output], outer);
        overBlocks(context, width, sums.length, (position, lanes) => {
          pushPlace(context, start, position, step);
          f.set(cell);
          if (factors.length > 0) {
            factors.forEach((factor, tap) => {
              pushCells(context, cell, taps[tap]!, step, lanes[0]!);
              f.get(factor);
              if (tap === 0) f.f32x4.mul();
              else multiplyAdd(context, sums[0]!);
              f.set(sums[0]!);
            });
          } else {
            const used = sums.slice(0, lanes.length);
            sumOverTable(context, table, taps.length, local.weights, cell, used, (pointer, v) =>
              pushCells(context, pointer, v * 4 * step, step, lanes[v]!),
            );
          }
          lanes.forEach((count, v) => {
            f.bound(position);
            f.i32.const(v * 16);
            f.i32.add();
            f.set(place);
            const point: Point = { ...outer, position: place, lanes: count, reduced: [sums[v]!] };
            const shared = new Map<Expression, Local>();
            emitter.push(value, point, shared, counts);
            emitter.store(output, value.dtype, point);
            f.release(...shared.values());
          });
        });
        emitter.close();
      });
    });
  });
  f.release(from, to, plane, part, first, last, cell, place, ...sums, ...factors, ...Object.values(local));
}

/** Adds up the products of the weights with the cells at `cell`, to which a table of the taps' offsets is added. */
function sumOverTable(
  context: KernelContext,
  table: number,
  taps: number,
  weights: Local,
  cell: Local,
  sums: readonly Local[],
  pushVector: (pointer: Local, vector: number) => void,
): void {
  const { f } = context;
  for (const sum of sums) {
    f.f32x4.const(0);
    f.set(sum);
  }
  const { at, pointer, offsets } = intLocals(context, ["at", "pointer", "offsets"]);
  const weight = f.local("v128");
  context.pushConstants(table);
  f.set(offsets);
  f.forRange(at, 0, taps * 4, 4, () => {
    f.get(offsets);
    f.get(at);
    f.i32.add();
    f.i32.load();
    f.get(cell);
    f.i32.add();
    f.set(pointer);
    f.get(weights);
    f.get(at);
    f.i32.add();
    f.v128.load32_splat();
    f.set(weight);
    sums.forEach((sum, v) => {
      pushVector(pointer, v);
      f.get(weight);
      multiplyAdd(context, sum);
      f.set(sum);
    });
  });
  f.release(at, pointer, offsets, weight);
}

/** Sums in registers at once: each is a chain of additions of its own. */
const SUMS = 10;

/**
 * The gradient by such a kernel: the sums over images and positions of the products of a filter's gradient with the taps' cells, four
 * neighbouring positions at a time. A unit of work, a filter and a channel, makes its sums alone: their order does not depend on
 * the number of threads.
 */
export function emitNarrowKernelGradient(
  kernel: ConvolutionKernelGradientKernel,
  context: KernelContext,
): void {
  const { f } = context;
  const { batch, groups, filters, channels, outputSpatial } = kernel;
  const { cells, channelBytes, positionSteps } = patchOffsets(kernel);
  const step = positionSteps.at(-1)!;
  const width = outputSpatial.at(-1)!;
  const planeBytes = sizeOf(outputSpatial) * 4;
  const { from, to } = context.share(groups * filters * channels, isSerialConvolution(kernel));
  const local = intLocals(context, ["unit", "image", "group", "output", "channel", "filter"]);
  const { base, plane, row, cell } = intLocals(context, ["base", "plane", "row", "cell"]);
  const gradient = f.local("v128");
  const emitSums = (first: number, used: readonly number[]): void => {
    const sums = used.map(() => f.local("v128"));
    for (const sum of sums) {
      f.f32x4.const(0);
      f.set(sum);
    }
    f.forRange(local.image, 0, batch, 1, () => {
      pushImage(kernel, context, local.image, local.group);
      addProduct(context, local.channel, channelBytes);
      f.set(base);
      context.pushAddress(kernel.gradient);
      addProduct(context, local.image, groups * filters * planeBytes);
      addProduct(context, local.output, planeBytes);
      f.set(plane);
      overLines(kernel, context, base, 0, sizeOf(outputSpatial.slice(0, -1)), (start, line) => {
        f.get(plane);
        addProduct(context, line, width * 4);
        f.set(row);
        overBlocks(context, width, 1, (position, [lanes]) => {
          pushPlace(context, start, position, step);
          f.set(cell);
          f.get(row);
          f.bound(position);
          f.i32.add();
          f.v128.load(0, 4);
          f.set(gradient);
          used.forEach((offset, n) => {
            pushCells(context, cell, offset, step, lanes!);
            f.get(gradient);
            if (lanes === 4) multiplyAdd(context, sums[n]!);
            else {
              // What lies past the end of a line may be anything.
              f.f32x4.mul();
              f.i32x4.const(-1, lanes! > 1 ? -1 : 0, lanes! > 2 ? -1 : 0, 0);
              f.v128.and();
              f.get(sums[n]!);
              f.f32x4.add();
            }
            f.set(sums[n]!);
          });
        });
      });
    });
    sums.forEach((sum, n) => {
      // (0 + 2) + (1 + 3)
      for (const order of [
        [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7],
        [4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11],
      ]) {
        f.get(sum);
        f.get(sum);
        f.get(sum);
        f.i8x16.shuffle(order);
        f.f32x4.add();
        f.set(sum);
      }
      context.pushAddress(kernel.output, first + n);
      addProduct(context, local.unit, cells.length * 4);
      f.get(sum);
      f.v128.store32_lane(0);
    });
    f.release(...sums);
  };
  const parts = Math.ceil(cells.length / SUMS);
  const size = Math.ceil(cells.length / parts);
  f.forRange(local.unit, from, to, 1, () => {
    divide(context, local.unit, channels, local.output, local.channel);
    divide(context, local.output, filters, local.group, local.filter);
    for (let first = 0; first < cells.length; first += size) {
      emitSums(first, cells.slice(first, first + size));
    }
  });
  f.release(from, to, base, plane, row, cell, gradient, ...Object.values(local));
}

/** Calls `emit` with the input's address at the start of each of some lines of the result, and the line's number. */
function overLines(
  kernel: PatchGeometry,
  context: KernelContext,
  base: Local,
  from: Local | number,
  to: Local | number,
  emit: (start: Local, line: Local) => void,
): void {
  const { f } = context;
  const steps = patchOffsets(kernel).positionSteps.slice(0, -1);
  const table = context.shared.addConstants(boxOffsets(kernel.outputSpatial.slice(0, -1), steps));
  const { start, line } = intLocals(context, ["start", "line"]);
  f.forRange(line, from, to, 1, () => {
    context.pushConstants(table);
    addProduct(context, line, 4);
    f.i32.load();
    f.get(base);
    f.i32.add();
    f.set(start);
    emit(start, line);
  });
  f.release(start, line);
}

/**
 * Goes over a line in blocks of so many vectors; the last may have fewer. `at` is given the place in the line, as the bytes of an array
 * without gaps, and how many lanes of each vector count.
 */
function overBlocks(
  context: KernelContext,
  width: number,
  vectors: number,
  at: (position: Local | number, lanes: readonly number[]) => void,
): void {
  const { f } = context;
  const size = 4 * vectors;
  const rest = width % size;
  const whole = width - rest;
  if (whole > 0) {
    const position = f.local("i32");
    f.forRange(position, 0, whole * 4, size * 4, () => at(position, new Array<number>(vectors).fill(4)));
    f.release(position);
  }
  if (rest > 0) {
    at(
      whole * 4,
      Array.from({ length: Math.ceil(rest / 4) }, (_, v) => Math.min(4, rest - 4 * v)),
    );
  }
}

/** Pushes the address of a place in a line whose neighbours are `step` bytes apart. */
function pushPlace(context: KernelContext, start: Local, position: Local | number, step: number): void {
  const { f } = context;
  f.get(start);
  f.bound(position);
  f.i32.const(step / 4);
  f.i32.mul();
  f.i32.add();
}

/** Pushes four cells, `step` bytes apart, of which `lanes` count. */
function pushCells(context: KernelContext, at: Local, offset: number, step: number, lanes: number): void {
  const { f } = context;
  f.get(at);
  if (step === 4) f.v128.load(offset, 4);
  else if (step === 8) {
    f.v128.load(offset, 4);
    f.get(at);
    f.v128.load(offset + 16, 4);
    f.i8x16.shuffle([0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27]);
  } else {
    f.v128.load32_zero(offset);
    f.withLocals(["v128"], (value) => {
      for (let lane = 1; lane < lanes; lane++) {
        f.set(value);
        f.get(at);
        f.get(value);
        f.v128.load32_lane(lane, offset + lane * step);
      }
    });
  }
}

/** Adds the product of the two vectors on the stack to a sum. */
function multiplyAdd(context: KernelContext, sum: Local): void {
  const { f } = context;
  if (context.shared.fused) {
    f.get(sum);
    f.f32x4.relaxed_madd();
  } else {
    f.f32x4.mul();
    f.get(sum);
    f.f32x4.add();
  }
}
