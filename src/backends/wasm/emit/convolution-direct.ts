import type { ConvolutionKernel } from "../../../compile/kernel.js";
import type { Local } from "../assembler/index.js";
import type { KernelContext } from "./context.js";
import { isSerialConvolution, outputOf, pushWeights } from "./convolution-common.js";
import { addProduct, divide, intLocals } from "./integers.js";

import { boxOffsets, type PatchOffsets, patchOffsets, pushImage } from "./patches.js";
import {
  advance,
  emitSteps,
  overRows,
  overSteps,
  storeTile,
  TILE_COLUMNS,
  tileRowsFor,
  zeroSums,
} from "./tile.js";

/** Eight output positions, as two fours that are each neighbours in memory. */
interface Panel {
  /** Byte offsets of the fours' input cells from the image's first. */
  readonly fours: readonly [number, number];
  /** First output position, and how many of the eight there are. */
  readonly column: number;
  readonly columns: number;
}

/**
 * Divides the output positions into panels. Where rows are made of whole fours, panels may go on from one row to the next;
 * otherwise each row ends with a narrower panel.
 */
function panelsOf(kernel: ConvolutionKernel, positionSteps: readonly number[]): Panel[] {
  const width = kernel.outputSpatial.at(-1)!;
  const rows = boxOffsets(kernel.outputSpatial.slice(0, -1), positionSteps.slice(0, -1));
  const panels: Panel[] = [];
  if (width % 4 === 0) {
    const fours = rows.flatMap((row) => Array.from({ length: width / 4 }, (_, i) => row + i * 16));
    for (let i = 0; i < fours.length; i += 2) {
      panels.push({
        fours: [fours[i]!, fours[i + 1] ?? fours[i]!],
        column: i * 4,
        columns: i + 1 < fours.length ? 8 : 4,
      });
    }
    return panels;
  }
  rows.forEach((row, line) => {
    for (let column = 0; column < width; column += TILE_COLUMNS) {
      const start = row + column * 4;
      panels.push({
        fours: [start, start + 16],
        column: line * width + column,
        columns: Math.min(TILE_COLUMNS, width - column),
      });
    }
  });
  return panels;
}

/** The unit of work is a panel of positions, for all filters of a group. */
export function emitDirect(kernel: ConvolutionKernel, context: KernelContext): void {
  const { f, shared } = context;
  const { batch, groups, filters } = kernel;
  const offsets = patchOffsets(kernel);
  const panels = panelsOf(kernel, offsets.positionSteps);
  const widths = [...new Set(panels.map((panel) => panel.columns))];
  const panelTable = shared.addConstants(
    panels.flatMap(({ fours, column, columns }) => [...fours, column, columns]),
  );
  const emitSum = directSum(kernel, context, offsets);
  const output = outputOf(kernel);
  const { from, to } = context.share(batch * groups * panels.length, isSerialConvolution(kernel));
  const local = intLocals(context, [
    "unit",
    "image",
    "group",
    "panel",
    "rest",
    "base",
    "first",
    "second",
    "column",
    "row",
    "a",
    "wide",
  ]);
  f.forRange(local.unit, from, to, 1, () => {
    divide(context, local.unit, panels.length, local.rest, local.panel);
    divide(context, local.rest, groups, local.image, local.group);
    context.pushConstants(panelTable);
    addProduct(context, local.panel, 16);
    f.set(local.rest);
    pushImage(kernel, context, local.image, local.group);
    f.set(local.base);
    for (const [entry, target] of [local.first, local.second].entries()) {
      f.get(local.base);
      f.get(local.rest);
      f.i32.load(entry * 4);
      f.i32.add();
      f.set(target);
    }
    for (const [entry, target] of [local.column, local.wide].entries()) {
      f.get(local.rest);
      f.i32.load(8 + entry * 4);
      f.set(target);
    }
    // At most two widths occur: full panels, and those at the end.
    const tiles = (columns: number) =>
      overRows(
        context,
        filters,
        0,
        filters,
        (count, row) => {
          const sums = zeroSums(context, count, Math.ceil(columns / 4));
          pushWeights(kernel, context, offsets, local, row);
          emitSum(sums, local.a, [local.first, local.second]);
          storeTile(context, output, sums, {
            batch: local.image,
            row: local.row,
            column: local.column,
            columns,
          });
          f.release(...sums.flat());
        },
        tileRowsFor(columns),
      );
    if (widths.length === 1) tiles(widths[0]!);
    else {
      f.get(local.wide);
      f.i32.const(widths[0]!);
      f.i32.eq();
      f.if(
        () => tiles(widths[0]!),
        () => tiles(widths[1]!),
      );
    }
  });
  f.release(from, to, ...Object.values(local));
}

/**
 * Gives the code of the sum over all taps. They come in lines along the last axis of the kernel, within which distances are
 * constants of the code; the lines' own offsets are in a table. Longer unrolling makes engines' register allocation
 * worse (docs/backends.md).
 */
function directSum(
  kernel: ConvolutionKernel,
  context: KernelContext,
  offsets: PatchOffsets,
): (sums: readonly (readonly Local[])[], a: Local, starts: readonly Local[]) => void {
  const { f } = context;
  const { taps, channelBytes } = offsets;
  const weights = (a: Local) => (row: number, step: number) => ({
    pointer: a,
    offset: (row * taps.length + step) * 4,
  });
  if (offsets.cells.length === 1) {
    return (sums, a, starts) => {
      const pointers = starts.slice(0, sums[0]!.length).map((start) => {
        const pointer = f.local("i32");
        f.get(start);
        f.set(pointer);
        return pointer;
      });
      const b = (v: number, step: number) => ({ pointer: pointers[v]!, offset: step * channelBytes });
      const moves = [[a, 4] as const, ...pointers.map((pointer) => [pointer, channelBytes] as const)];
      overSteps(context, kernel.channels, moves, (steps) => emitSteps(context, sums, steps, weights(a), b));
      f.release(...pointers);
    };
  }
  const length = context.shared.unroll === 1 ? 1 : kernel.kernelSpatial.at(-1)!;
  const lines = offsets.taps.filter((_, tap) => tap % length === 0);
  const lineTable = context.shared.addConstants(lines);
  return (sums, a, starts) => {
    const pointers = sums[0]!.map(() => f.local("i32"));
    const { table, line, offset } = intLocals(context, ["table", "line", "offset"]);
    context.pushConstants(lineTable);
    f.set(table);
    f.forRange(line, 0, lines.length, 1, () => {
      f.get(table);
      f.i32.load();
      f.set(offset);
      pointers.forEach((pointer, v) => {
        f.get(starts[v]!);
        f.get(offset);
        f.i32.add();
        f.set(pointer);
      });
      emitSteps(context, sums, length, weights(a), (v, step) => ({
        pointer: pointers[v]!,
        offset: taps[step]!,
      }));
      advance(context, [
        [a, length * 4],
        [table, 4],
      ]);
    });
    f.release(table, line, offset, ...pointers);
  };
}
