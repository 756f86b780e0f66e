import type { ConvolutionKernel } from "../../../compile/kernel.js";
import type { Local } from "../assembler/index.js";
import type { KernelContext } from "./context.js";
import { isSerialConvolution, outputOf, pushWeights } from "./convolution-common.js";
import { addProduct, divide, intLocals } from "./integers.js";

import { boxOffsets, patchOffsets, pushImage } from "./patches.js";
import {
  byPanel,
  emitSteps,
  overRows,
  overSteps,
  storeTile,
  TILE_COLUMNS,
  tileRowsFor,
  zeroSums,
} from "./tile.js";

/** The unit of work is a panel of 8 positions, gathered into scratch memory, for all filters of a group. */
export function emitGathered(kernel: ConvolutionKernel, context: KernelContext): void {
  const { f, shared } = context;
  const { batch, groups, filters } = kernel;
  const offsets = patchOffsets(kernel);
  const { taps } = offsets;
  const positions = boxOffsets(kernel.outputSpatial, offsets.positionSteps);
  const count = positions.length;
  const panels = Math.ceil(count / TILE_COLUMNS);
  while (positions.length < panels * TILE_COLUMNS) positions.push(positions.at(-1)!);
  const [positionTable, tapTable] = [shared.addConstants(positions), shared.addConstants(taps)];
  shared.needScratch(taps.length * TILE_COLUMNS * 4);
  const output = outputOf(kernel);
  const { from, to } = context.share(batch * groups * panels, isSerialConvolution(kernel));
  const local = intLocals(context, [
    "unit",
    "image",
    "group",
    "panel",
    "rest",
    "base",
    "row",
    "column",
    "a",
    "packed",
  ]);
  f.forRange(local.unit, from, to, 1, () => {
    divide(context, local.unit, panels, local.rest, local.panel);
    divide(context, local.rest, groups, local.image, local.group);
    pushImage(kernel, context, local.image, local.group);
    f.set(local.base);
    gather(context, { taps: taps.length, tapTable, positionTable, panel: local.panel, base: local.base });
    f.get(local.panel);
    f.i32.const(TILE_COLUMNS);
    f.i32.mul();
    f.set(local.column);
    byPanel(context, count, local.panel, (columns) =>
      overRows(
        context,
        filters,
        0,
        filters,
        (rows, row) => {
          const sums = zeroSums(context, rows, Math.ceil(columns / 4));
          pushWeights(kernel, context, offsets, local, row);
          context.pushScratch();
          f.set(local.packed);
          const moves = [
            [local.a, 4],
            [local.packed, TILE_COLUMNS * 4],
          ] as const;
          overSteps(context, taps.length, moves, (steps) =>
            emitSteps(
              context,
              sums,
              steps,
              (i, step) => ({ pointer: local.a, offset: (i * taps.length + step) * 4 }),
              (v, step) => ({ pointer: local.packed, offset: step * TILE_COLUMNS * 4 + v * 16 }),
            ),
          );
          storeTile(context, output, sums, {
            batch: local.image,
            row: local.row,
            column: local.column,
            columns,
          });
          f.release(...sums.flat());
        },
        tileRowsFor(columns),
      ),
    );
  });
  f.release(from, to, ...Object.values(local));
}

/** Fills scratch with [taps][8]: the cells at base + taps[tap] + positions[8 * panel + column]. */
function gather(
  context: KernelContext,
  from: {
    readonly taps: number;
    readonly tapTable: number;
    readonly positionTable: number;
    readonly panel: Local;
    readonly base: Local;
  },
): void {
  const { f } = context;
  const local = intLocals(context, ["table", "target", "counter", "cell"]);
  context.pushConstants(from.positionTable);
  addProduct(context, from.panel, TILE_COLUMNS * 4);
  f.set(local.table);
  const columns = Array.from({ length: TILE_COLUMNS }, (_, column) => {
    const address = f.local("i32");
    f.get(local.table);
    f.i32.load(column * 4);
    f.get(from.base);
    f.i32.add();
    f.set(address);
    return address;
  });
  context.pushConstants(from.tapTable);
  f.set(local.table);
  context.pushScratch();
  f.set(local.target);
  f.forRange(local.counter, 0, from.taps, 1, () => {
    f.get(local.table);
    f.i32.load();
    f.set(local.cell);
    const push = (column: number) => {
      f.get(columns[column]!);
      f.get(local.cell);
      f.i32.add();
    };
    for (let v = 0; v < 2; v++) {
      f.get(local.target);
      push(v * 4);
      f.v128.load32_zero();
      f.withLocals(["v128"], (value) => {
        for (let lane = 1; lane < 4; lane++) {
          f.set(value);
          push(v * 4 + lane);
          f.get(value);
          f.v128.load32_lane(lane);
        }
      });
      f.v128.store(v * 16, 4);
    }
    for (const [pointer, bytes] of [
      [local.table, 4],
      [local.target, TILE_COLUMNS * 4],
    ] as const) {
      f.get(pointer);
      f.i32.const(bytes);
      f.i32.add();
      f.set(pointer);
    }
  });
  f.release(...Object.values(local), ...columns);
}
