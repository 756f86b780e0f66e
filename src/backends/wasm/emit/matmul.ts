import type { MatmulKernel, View } from "../../../compile/kernel.js";
import type { Local } from "../assembler/index.js";
import type { KernelContext } from "./context.js";
import { SERIAL_WORK } from "./loop.js";
import {
  byPanel,
  emitSteps,
  overRows,
  overSteps,
  storeTile,
  TILE_COLUMNS,
  TILE_ROWS,
  type TileOutput,
  zeroSums,
} from "./tile.js";

export function isSerialMatmul(kernel: MatmulKernel): boolean {
  return kernel.batch * kernel.m * kernel.n * kernel.k < SERIAL_WORK * 2;
}

/** Units of work at least, where there are enough rows: every machine's threads then have something to do. */
const UNITS = 16;

/**
 * Packed matrix product. The unit of work is a panel of 8 columns times a block of rows: the panel is copied, [k][8], into the
 * thread's scratch memory, and then meets one tile of 4 rows after the other.
 */
export function emitMatmul(kernel: MatmulKernel, context: KernelContext): void {
  const { f } = context;
  const { batch, m, n, k } = kernel;
  if (batch * m * n === 0) return;
  const panels = Math.ceil(n / TILE_COLUMNS);
  const tilesInColumn = Math.ceil(m / TILE_ROWS);
  const blocks = Math.max(1, Math.min(Math.ceil(tilesInColumn / 4), Math.ceil(UNITS / (batch * panels))));
  const blockRows = Math.ceil(tilesInColumn / blocks) * TILE_ROWS;
  const usedBlocks = Math.ceil(m / blockRows);
  context.shared.needScratch(k * TILE_COLUMNS * 4);
  const view: View = { buffer: kernel.output, offset: 0, strides: [m * n, n, 1] };
  const output: TileOutput = { view, ...(kernel.epilogue ? { epilogue: kernel.epilogue.value } : {}) };

  const { from, to } = context.share(batch * panels * usedBlocks, isSerialMatmul(kernel));
  const [unit, rest, b, panel, block, packed] = [0, 1, 2, 3, 4, 5].map(() => f.local("i32")) as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  f.i32.const(-1);
  f.set(packed);
  f.forRange(unit, from, to, 1, () => {
    divide(context, unit, usedBlocks, rest, block);
    // Neighbouring units share a panel, which is packed once.
    f.get(rest);
    f.get(packed);
    f.i32.ne();
    f.if(() => {
      f.get(rest);
      f.set(packed);
      divide(context, rest, panels, b, panel);
      packPanel(kernel, context, b, panel);
    });
    divide(context, rest, panels, b, panel);
    emitBlock(kernel, context, output, { b, panel, block, blockRows });
  });
  f.release(unit, rest, b, panel, block, packed, from, to);
}

/** quotient, remainder = value / by */
export function divide(
  context: KernelContext,
  value: Local,
  by: number,
  quotient: Local,
  remainder: Local,
): void {
  const { f } = context;
  f.get(value);
  f.i32.const(by);
  f.i32.rem_u();
  f.get(value);
  f.i32.const(by);
  f.i32.div_u();
  f.set(quotient);
  f.set(remainder);
}

/** Copies columns 8 * panel ... of B into scratch; columns past the end repeat the last one. */
function packPanel(kernel: MatmulKernel, context: KernelContext, b: Local, panel: Local): void {
  const { f } = context;
  const { n, k } = kernel;
  const [batchStride, kStride, nStride] = kernel.b.strides as [number, number, number];
  const [source, target, counter] = [f.local("i32"), f.local("i32"), f.local("i32")];
  const start = () => {
    context.pushAddress(kernel.b.buffer, kernel.b.offset);
    addProduct(context, b, batchStride * 4);
    addProduct(context, panel, TILE_COLUMNS * nStride * 4);
    f.set(source);
    context.pushScratch();
    f.set(target);
  };
  const copy = (columns: number) => {
    start();
    f.forRange(counter, 0, k, 1, () => {
      for (let v = 0; v < 2; v++) {
        const lanes = Math.max(0, Math.min(4, columns - v * 4));
        f.get(target);
        if (lanes === 0) f.f32x4.const(0);
        else if (nStride === 1 && lanes === 4) {
          f.get(source);
          f.v128.load(v * 16, 4);
        } else loadLanes(context, source, v * 4, lanes, nStride);
        f.v128.store(v * 16, 4);
      }
      f.get(source);
      f.i32.const(kStride * 4);
      f.i32.add();
      f.set(source);
      f.get(target);
      f.i32.const(TILE_COLUMNS * 4);
      f.i32.add();
      f.set(target);
    });
  };
  byPanel(context, n, panel, copy);
  f.release(source, target, counter);
}

/** Pushes a vector of `lanes` elements from `first` on, `stride` elements apart; the other lanes are zero. */
function loadLanes(
  context: KernelContext,
  source: Local,
  first: number,
  lanes: number,
  stride: number,
): void {
  const { f } = context;
  const address = (lane: number) => {
    f.get(source);
    f.i32.const((first + lane) * stride * 4);
    f.i32.add();
  };
  address(0);
  f.v128.load32_zero();
  f.withLocals(["v128"], (value) => {
    for (let lane = 1; lane < lanes; lane++) {
      f.set(value);
      address(lane);
      f.get(value);
      f.v128.load32_lane(lane);
    }
  });
}

/** Adds `local * factor` to the i32 on the stack. */
export function addProduct(context: KernelContext, local: Local, factor: number): void {
  if (factor === 0) return;
  const { f } = context;
  f.get(local);
  f.i32.const(factor);
  f.i32.mul();
  f.i32.add();
}

function emitBlock(
  kernel: MatmulKernel,
  context: KernelContext,
  output: TileOutput,
  at: {
    readonly b: Local;
    readonly panel: Local;
    readonly block: Local;
    readonly blockRows: number;
  },
): void {
  const { f } = context;
  const { m, n, k } = kernel;
  const [batchStride, mStride, kStride] = kernel.a.strides as [number, number, number];
  const [first, last, column, a, panelAddress] = [0, 1, 2, 3, 4].map(() => f.local("i32")) as [
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  f.get(at.block);
  f.i32.const(at.blockRows);
  f.i32.mul();
  f.tee(first);
  f.i32.const(at.blockRows);
  f.i32.add();
  f.set(last);
  f.i32.const(m);
  f.get(last);
  f.get(last);
  f.i32.const(m);
  f.i32.gt_s();
  f.select();
  f.set(last);
  f.get(at.panel);
  f.i32.const(TILE_COLUMNS);
  f.i32.mul();
  f.set(column);
  const rows = (columns: number) =>
    overRows(context, m, first, last, (count, row) => {
      const vectors = Math.ceil(columns / 4);
      const sums = zeroSums(context, count, vectors);
      pushSteps(context, kernel.a, at.b, batchStride, row, mStride);
      f.set(a);
      context.pushScratch();
      f.set(panelAddress);
      const rowBytes = mStride * 4;
      const moves = [
        [a, kStride * 4],
        [panelAddress, TILE_COLUMNS * 4],
      ] as const;
      overSteps(context, k, moves, (steps) =>
        emitSteps(
          context,
          sums,
          steps,
          (i, step) => ({ pointer: a, offset: i * rowBytes + step * kStride * 4 }),
          (v, step) => ({ pointer: panelAddress, offset: step * TILE_COLUMNS * 4 + v * 16 }),
        ),
      );
      storeTile(context, output, sums, { batch: at.b, row, column, columns });
      f.release(...sums.flat());
    });
  byPanel(context, n, at.panel, rows);
  f.release(first, last, column, a, panelAddress);
}

function pushSteps(
  context: KernelContext,
  view: View,
  batch: Local,
  batchStride: number,
  row: Local,
  rowStride: number,
): void {
  context.pushAddress(view.buffer, view.offset);
  addProduct(context, batch, batchStride * 4);
  addProduct(context, row, rowStride * 4);
}
