import { narrowShare } from "../../../compile/algorithms.js";
import type { ConvolutionKernelGradientKernel } from "../../../compile/kernel.js";
import { sizeOf } from "../../../shape/shape.js";
import type { Local } from "../assembler/index.js";
import type { KernelContext } from "./context.js";
import { isSerialConvolution } from "./convolution-common.js";
import { emitNarrowKernelGradient } from "./convolution-narrow.js";
import { addProduct, divide, intLocals, pushLeast, pushShare } from "./integers.js";

import { boxOffsets, patchOffsets, pushImage } from "./patches.js";
import {
  advance,
  byPanel,
  emitSteps,
  overSteps,
  storeTile,
  TILE_COLUMNS,
  TILE_ROWS,
  type TileOutput,
  zeroSums,
} from "./tile.js";

/** Units of work at least, where there are enough taps. */
const UNITS = 16;
/**
 * The gradient with respect to the kernel, as a matrix product [taps x positions] [positions x filters] added up over the
 * images. The gradient comes in panels of 8 filters, so nothing is gathered: a row's value is the input
 * cell of its tap, a column's vector four filters. A unit of work is a panel of 8 filters times some taps in one part of
 * the images, which has sums of its own, so that their order does not depend on the number of threads.
 */
export function emitConvolutionKernelGradient(
  kernel: ConvolutionKernelGradientKernel,
  context: KernelContext,
): void {
  if (narrowShare(kernel, "kernelGradient") < 1) {
    emitNarrowKernelGradient(kernel, context);
    return;
  }
  const { f, shared } = context;
  const { batch, groups, filters, parts } = kernel;
  const offsets = patchOffsets(kernel);
  const count = offsets.taps.length;
  const tiles = Math.ceil(count / TILE_ROWS);
  const panels = Math.ceil(filters / TILE_COLUMNS);
  const blocks = Math.min(tiles, Math.ceil(UNITS / (parts * groups * panels)));
  const blockTiles = Math.ceil(tiles / blocks);
  const usedBlocks = Math.ceil(tiles / blockTiles);
  // Rows past the last tap repeat it; they are not stored.
  const taps = Array.from({ length: tiles * TILE_ROWS }, (_, i) => offsets.taps[Math.min(i, count - 1)]!);
  const lines = boxOffsets(kernel.outputSpatial.slice(0, -1), offsets.positionSteps.slice(0, -1));
  const [tapTable, lineTable] = [shared.addConstants(taps), shared.addConstants(lines)];
  const positionBytes = TILE_COLUMNS * 4;
  const panelBytes = sizeOf(kernel.outputSpatial) * positionBytes;
  const output: TileOutput = {
    view: { buffer: kernel.output, offset: 0, strides: [count * filters, filters, 1] },
  };

  const { from, to } = context.share(parts * groups * panels * usedBlocks, isSerialConvolution(kernel));
  const local = intLocals(context, [
    "unit",
    "part",
    "place",
    "first",
    "end",
    "image",
    "group",
    "panel",
    "block",
    "rest",
    "base",
    "gradient",
    "tile",
    "lastTile",
    "row",
    "column",
    "b",
    "line",
    "table",
    "target",
  ]);
  const starts = Array.from({ length: TILE_ROWS }, () => f.local("i32"));
  const pointers = Array.from({ length: TILE_ROWS }, () => f.local("i32"));

  const emitTile = (rows: number, columns: number): void => {
    const sums = loadSums(kernel, context, local, rows, Math.ceil(columns / 4), count);
    context.pushConstants(tapTable);
    addProduct(context, local.row, 4);
    f.set(local.table);
    for (let i = 0; i < rows; i++) {
      f.get(local.table);
      f.i32.load(i * 4);
      f.get(local.base);
      f.i32.add();
      f.set(starts[i]!);
    }
    f.get(local.gradient);
    f.set(local.b);
    const used = pointers.slice(0, rows);
    const step = offsets.positionSteps.at(-1)!;
    const width = kernel.outputSpatial.at(-1)!;
    const line = () => {
      const moves = [...used.map((pointer) => [pointer, step] as const), [local.b, positionBytes] as const];
      // The pointers of the input start anew with each line; the gradient's goes on.
      overSteps(context, width, moves, (steps) =>
        emitSteps(
          context,
          sums,
          steps,
          (i, n) => ({ pointer: used[i]!, offset: n * step }),
          (v, n) => ({ pointer: local.b, offset: n * positionBytes + v * 16 }),
        ),
      );
    };
    if (lines.length === 1) {
      used.forEach((pointer, i) => {
        f.get(starts[i]!);
        f.set(pointer);
      });
      line();
    } else {
      context.pushConstants(lineTable);
      f.set(local.table);
      f.forRange(local.line, 0, lines.length, 1, () => {
        used.forEach((pointer, i) => {
          f.get(starts[i]!);
          f.get(local.table);
          f.i32.load();
          f.i32.add();
          f.set(pointer);
        });
        line();
        advance(context, [[local.table, 4]]);
      });
    }
    storeTile(context, output, sums, { batch: local.place, row: local.row, column: local.column, columns });
    f.release(...sums.flat());
  };

  f.forRange(local.unit, from, to, 1, () => {
    divide(context, local.unit, usedBlocks, local.rest, local.block);
    divide(context, local.rest, panels, local.place, local.panel);
    divide(context, local.place, groups, local.part, local.group);
    pushShare(context, local.part, parts, batch, 0);
    f.set(local.first);
    pushShare(context, local.part, parts, batch, 1);
    f.set(local.end);
    f.get(local.panel);
    f.i32.const(TILE_COLUMNS);
    f.i32.mul();
    f.set(local.column);
    f.get(local.block);
    f.i32.const(blockTiles);
    f.i32.mul();
    f.i32.const(blockTiles);
    f.i32.add();
    f.set(local.lastTile);
    pushLeast(context, local.lastTile, tiles);
    f.set(local.lastTile);
    f.forRange(local.image, local.first, local.end, 1, () => {
      pushImage(kernel, context, local.image, local.group);
      f.set(local.base);
      context.pushAddress(kernel.gradient);
      addProduct(context, local.image, groups * panels * panelBytes);
      addProduct(context, local.group, panels * panelBytes);
      addProduct(context, local.panel, panelBytes);
      f.set(local.gradient);
      const firstTile = () => {
        f.get(local.block);
        f.i32.const(blockTiles);
        f.i32.mul();
      };
      f.forRange(local.tile, firstTile, local.lastTile, 1, () => {
        f.get(local.tile);
        f.i32.const(TILE_ROWS);
        f.i32.mul();
        f.set(local.row);
        byPanel(context, filters, local.panel, (columns) => {
          const rest = count % TILE_ROWS;
          if (rest === 0) emitTile(TILE_ROWS, columns);
          else if (count < TILE_ROWS) emitTile(rest, columns);
          else {
            f.get(local.tile);
            f.i32.const(tiles - 1);
            f.i32.eq();
            f.if(
              () => emitTile(rest, columns),
              () => emitTile(TILE_ROWS, columns),
            );
          }
        });
      });
    });
  });
  f.release(from, to, ...Object.values(local), ...starts, ...pointers);
}

/** The part's sums so far, from the output; zero for its first image. */
function loadSums(
  kernel: ConvolutionKernelGradientKernel,
  context: KernelContext,
  local: {
    readonly image: Local;
    readonly first: Local;
    readonly place: Local;
    readonly row: Local;
    readonly column: Local;
    readonly target: Local;
  },
  rows: number,
  vectors: number,
  taps: number,
): Local[][] {
  const { f } = context;
  const sums = zeroSums(context, rows, vectors);
  f.get(local.image);
  f.get(local.first);
  f.i32.ne();
  f.if(() => {
    context.pushAddress(kernel.output);
    addProduct(context, local.place, taps * kernel.filters * 4);
    addProduct(context, local.row, kernel.filters * 4);
    addProduct(context, local.column, 4);
    f.set(local.target);
    sums.forEach((row, i) => {
      row.forEach((sum, v) => {
        f.get(local.target);
        f.v128.load((i * kernel.filters + v * 4) * 4, 4);
        f.set(sum);
      });
    });
  });
  return sums;
}
