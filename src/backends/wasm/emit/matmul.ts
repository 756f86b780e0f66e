import type { MatmulKernel, View } from "../../../compile/kernel.js";
import type { Local } from "../assembler/index.js";
import type { KernelContext } from "./context.js";
import { addProduct, divide, intLocals, pushLeast } from "./integers.js";
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

/** Rows of a large product's tile: twelve sums, two columns' vectors and one row's value fill the registers, if nothing must hold a product. */
const TALL_ROWS = 6;
/** Fewer rows than this would be cut badly by tall tiles. */
const TALL_FROM = 32;

/** Bytes of the left operand's block that should stay in a core's second-level cache. */
const BLOCK_BYTES = 160 * 1024;
/** Bytes of packed panels at most that are kept until all blocks have met them. */
const PACKED_BYTES = 1024 * 1024;
/** Steps of a sum at most between loading and storing it, so that a packed panel takes half of a first-level cache. */
const LONGEST_SUM = 512;

/**
 * How a product is cut: the unit of work is a panel of 8 columns times a block of rows. Panels come in groups: all of a group meet
 * the first block, then all of them the next one.
 */
interface Blocking {
  readonly panels: number;
  /** Panels in a group; the last may have fewer. */
  readonly group: number;
  readonly blocks: number;
  readonly blockRows: number;
  readonly tileRows: number;
  /** The sums' steps in each pass, and how many passes there are; the last may be shorter. */
  readonly steps: number;
  readonly passes: number;
  /** The steps of a panel that are packed at a time: all, or those of a pass. */
  readonly packedSteps: number;
}

const panelBytes = (steps: number) => steps * TILE_COLUMNS * 4;

function blockingOf({ batch, m, n, k }: MatmulKernel, mayPass: boolean, fused: boolean): Blocking {
  const panels = Math.ceil(n / TILE_COLUMNS);
  const tileRows = fused && m >= TALL_FROM ? TALL_ROWS : TILE_ROWS;
  const tilesInColumn = Math.ceil(m / tileRows);
  const passes = mayPass && k > LONGEST_SUM ? Math.ceil(k / LONGEST_SUM) : 1;
  const steps = Math.max(1, Math.ceil(k / passes));
  const packedSteps = panelBytes(k) > PACKED_BYTES ? steps : k;
  // A left operand that is larger than a cache is cut into blocks, which stay there while a group of panels meets them.
  const sharesRows = m * k * 4 > 2 * BLOCK_BYTES && panels > 1;
  const wanted = sharesRows
    ? Math.ceil((m * packedSteps * 4) / BLOCK_BYTES)
    : Math.min(Math.ceil(tilesInColumn / 4), Math.ceil(UNITS / (batch * panels)));
  const blockRows = Math.ceil(tilesInColumn / Math.max(1, wanted)) * tileRows;
  // A quarter at most, so that few threads begin inside of a group and pack what another one has packed.
  const kept = Math.min(Math.ceil(panels / 4), Math.floor(PACKED_BYTES / panelBytes(packedSteps)));
  const group = sharesRows ? Math.max(1, kept) : 1;
  return { panels, group, blocks: Math.ceil(m / blockRows), blockRows, tileRows, steps, passes, packedSteps };
}

/**
 * Packed matrix product. The unit of work is a panel of 8 columns times a block of rows: the panel is copied, [k][8], into the
 * thread's scratch memory, and then meets one tile of rows after the other. There it stays until all blocks have met it, unless it is very
 * long. Long sums are made in passes over parts of k, between which they lie in the result. Blocks of rows are so small that
 * they stay in the cache from panel to panel.
 *
 * Source: Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008, sections 4 and 5.
 */
export function emitMatmul(kernel: MatmulKernel, context: KernelContext): void {
  const { f, shared } = context;
  const { batch, m, n, k } = kernel;
  if (batch * m * n === 0) return;
  const isFloat = context.program.program.buffers[kernel.output]!.dtype === "float32";
  const blocking = blockingOf(kernel, isFloat, shared.fused);
  const { panels, group, blocks, steps, passes, packedSteps } = blocking;
  shared.needScratch(group * panelBytes(packedSteps));
  const view: View = { buffer: kernel.output, offset: 0, strides: [m * n, n, 1] };
  const output: TileOutput = { view, ...(kernel.epilogue ? { epilogue: kernel.epilogue.value } : {}) };

  const { from, to } = context.share(batch * panels * blocks, isSerialMatmul(kernel));
  const local = intLocals(context, ["unit", "b", "panel", "width", "place", "block", "pass"]);
  const { unit, panel, width, place, block } = local;
  f.forRange(unit, from, to, 1, () => {
    divide(context, unit, panels * blocks, local.b, place);
    divide(context, place, group * blocks, panel, place);
    f.get(panel);
    f.i32.const(group);
    f.i32.mul();
    f.set(panel);
    pushLeast(context, group, () => {
      f.i32.const(panels);
      f.get(panel);
      f.i32.sub();
    });
    f.set(width);
    divide(context, place, width, block, place);
    f.get(panel);
    f.get(place);
    f.i32.add();
    f.set(panel);
    f.i32.const(0);
    f.set(local.pass);
    if (packedSteps === k) {
      f.get(block);
      f.i32.eqz();
      f.get(unit);
      f.get(width);
      f.i32.sub();
      f.get(from);
      f.i32.lt_s();
      f.i32.or();
      f.if(() => packPanel(kernel, context, local, blocking, k));
    }
    const emitPass = (to: TileOutput, count: number) => {
      if (packedSteps !== k) packPanel(kernel, context, local, blocking, count);
      emitBlock(kernel, context, to, local, blocking, count);
    };
    f.forRange(local.pass, 0, passes - 1, 1, () => emitPass({ view }, steps));
    emitPass(output, k - steps * (passes - 1));
  });
  f.release(from, to, ...Object.values(local));
}

/** Where in its loops a unit is: the pass begins at step `pass * steps` of the sums, the panel is at `place` in its group. */
interface Place {
  readonly b: Local;
  readonly panel: Local;
  readonly place: Local;
  readonly pass: Local;
}

/** Pushes where the panel is packed. */
function pushPacked(context: KernelContext, { place }: Place, { packedSteps }: Blocking): void {
  context.pushScratch();
  addProduct(context, place, panelBytes(packedSteps));
}

/** Copies `count` rows of columns 8 * panel ... of B into scratch; columns past the end repeat the last one. */
function packPanel(
  kernel: MatmulKernel,
  context: KernelContext,
  at: Place,
  blocking: Blocking,
  count: number,
): void {
  const { f } = context;
  const { n } = kernel;
  const { b, panel, pass } = at;
  const [batchStride, kStride, nStride] = kernel.b.strides as [number, number, number];
  const [source, target, counter] = [f.local("i32"), f.local("i32"), f.local("i32")];
  const start = () => {
    context.pushAddress(kernel.b.buffer, kernel.b.offset);
    addProduct(context, b, batchStride * 4);
    addProduct(context, panel, TILE_COLUMNS * nStride * 4);
    addProduct(context, pass, blocking.steps * kStride * 4);
    f.set(source);
    pushPacked(context, at, blocking);
    f.set(target);
  };
  const copy = (columns: number) => {
    start();
    f.forRange(counter, 0, count, 1, () => {
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

/** Meets the packed panel with the block's rows, over `count` steps; sums of earlier passes are taken from the result. */
function emitBlock(
  kernel: MatmulKernel,
  context: KernelContext,
  output: TileOutput,
  at: Place & { readonly block: Local },
  blocking: Blocking,
  count: number,
): void {
  const { f } = context;
  const { m, n } = kernel;
  const { blockRows, tileRows, steps: perPass, passes, packedSteps } = blocking;
  const [batchStride, mStride, kStride] = kernel.a.strides as [number, number, number];
  const [first, last, column, a, panelAddress] = [0, 1, 2, 3, 4].map(() => f.local("i32")) as [
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  f.get(at.block);
  f.i32.const(blockRows);
  f.i32.mul();
  f.set(first);
  pushLeast(context, m, () => {
    f.get(first);
    f.i32.const(blockRows);
    f.i32.add();
  });
  f.set(last);
  f.get(at.panel);
  f.i32.const(TILE_COLUMNS);
  f.i32.mul();
  f.set(column);
  const overTiles = (columns: number) =>
    overRows(
      context,
      m,
      first,
      last,
      (rows, row) => {
        const vectors = Math.ceil(columns / 4);
        const sums = zeroSums(context, rows, vectors);
        if (passes > 1) {
          f.get(at.pass);
          f.if(() => loadSums(kernel, context, sums, at.b, row, column));
        }
        pushSteps(context, kernel.a, at.b, batchStride, row, mStride);
        addProduct(context, at.pass, perPass * kStride * 4);
        f.set(a);
        pushPacked(context, at, blocking);
        if (packedSteps > perPass) addProduct(context, at.pass, panelBytes(perPass));
        f.set(panelAddress);
        const rowBytes = mStride * 4;
        const moves = [
          [a, kStride * 4],
          [panelAddress, TILE_COLUMNS * 4],
        ] as const;
        overSteps(context, count, moves, (steps, turn) =>
          emitSteps(
            context,
            sums,
            steps,
            (i, step) => ({ pointer: a, offset: i * rowBytes + step * kStride * 4 }),
            (v, step) => ({ pointer: panelAddress, offset: step * TILE_COLUMNS * 4 + v * 16 }),
            rows > TILE_ROWS ? turn : undefined,
          ),
        );
        storeTile(context, output, sums, { batch: at.b, row, column, columns });
        f.release(...sums.flat());
      },
      tileRows,
    );
  byPanel(context, n, at.panel, overTiles);
  f.release(first, last, column, a, panelAddress);
}

/** The sums so far, from the result. */
function loadSums(
  kernel: MatmulKernel,
  context: KernelContext,
  sums: readonly (readonly Local[])[],
  b: Local,
  row: Local,
  column: Local,
): void {
  const { f } = context;
  const { m, n } = kernel;
  f.withLocals(["i32"], (source) => {
    context.pushAddress(kernel.output);
    addProduct(context, b, m * n * 4);
    addProduct(context, row, n * 4);
    addProduct(context, column, 4);
    f.set(source);
    sums.forEach((vectors, i) => {
      vectors.forEach((sum, v) => {
        f.get(source);
        f.v128.load((i * n + v * 4) * 4, 4);
        f.set(sum);
      });
    });
  });
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
