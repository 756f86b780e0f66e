import type { WinogradKernel } from "../../../compile/kernel.js";
import { transformsOf } from "../../../compile/winograd-transforms.js";
import type { Local } from "../assembler/index.js";
import type { KernelContext } from "./context.js";
import { isSerialConvolution, outputOf } from "./convolution-common.js";
import { addProduct, divide, intLocals, pushLeast } from "./integers.js";
import { pushImage } from "./patches.js";
import { advance, emitSteps, overRows, overSteps, TILE_COLUMNS, TILE_ROWS, zeroSums } from "./tile.js";
import {
  addMasks,
  addTileOffset,
  four,
  loadVectors,
  locate,
  type Patches,
  pointBytes,
  sticksOut,
  type Tiling,
  TransformEmitter,
  tilePlace,
  tilesPerBlock,
  tilingOf,
  transformPatches,
} from "./winograd.js";
import { storeLines, storeTileResults } from "./winograd-store.js";

/** Places in a thread's scratch memory, in bytes. */
interface Scratch {
  /** Transformed patches, [point, channel, tile], and the bytes from point to point. */
  readonly patches: number;
  readonly patchBytes: number;
  /** Products for one tile of rows, [point, row, tile], likewise. */
  readonly products: number;
  readonly productBytes: number;
  /** Half-transformed squares. */
  readonly squares: number;
  /** Results, [lane, row, 4]. */
  readonly results: number;
  readonly bytes: number;
}

/**
 * Winograd's convolution. The unit of work is a block of tiles, possibly of several images: their patches are transformed, four
 * tiles in the four lanes, into scratch memory; then, for four filters at a time, each point is a small matrix
 * product [4 x channels] [channels x tiles], and the products are transformed back while they are in the nearest cache.
 */
export function emitWinograd(kernel: WinogradKernel, context: KernelContext): void {
  const { f, shared } = context;
  const { groups, filters, channels } = kernel;
  const tiling = tilingOf(kernel);
  const points = tiling.side ** 2;
  const block = tilesPerBlock(points * channels * 4, tiling, groups, shared.threads);
  const blocks = Math.ceil(tiling.total / block);
  const scratch = layout(points, channels, block, tiling.tile);
  shared.needScratch(scratch.bytes);
  const masks = sticksOut(tiling) ? addMasks(context, tiling, tiling.side - tiling.tile) : undefined;
  const { input, output } = transformsOf(kernel);
  const emitter = new TransformEmitter(context, [input, output]);

  const { from, to } = context.share(groups * blocks, isSerialConvolution(kernel));
  const local = intLocals(context, ["unit", "group", "first", "panels", "scratch", "channel"]);
  f.forRange(local.unit, from, to, 1, () => {
    divide(context, local.unit, blocks, local.group, local.first);
    f.get(local.first);
    f.i32.const(block);
    f.i32.mul();
    f.set(local.first);
    // Panels of 8 tiles that are not empty.
    f.i32.const(tiling.total + TILE_COLUMNS - 1);
    f.get(local.first);
    f.i32.sub();
    f.i32.const(TILE_COLUMNS);
    f.i32.div_s();
    f.set(local.panels);
    pushLeast(context, local.panels, block / TILE_COLUMNS);
    f.set(local.panels);
    context.pushScratch();
    f.set(local.scratch);
    emitPatches(kernel, context, tiling, emitter, { ...local, block, layout: scratch, masks });
    overRows(context, filters, 0, filters, (rows, row) => {
      emitProducts(kernel, context, points, rows, row, { ...local, block, layout: scratch });
      emitResults(kernel, context, tiling, emitter, rows, row, { ...local, block, layout: scratch });
    });
  });
  emitter.close();
  f.release(from, to, ...Object.values(local));
}

function layout(points: number, channels: number, block: number, tile: number): Scratch {
  const [patchBytes, productBytes] = [pointBytes(channels * block), pointBytes(TILE_ROWS * block)];
  const products = points * patchBytes;
  const squares = products + points * productBytes;
  const results = squares + points * 16;
  const bytes = results + 4 * tile * 16;
  return { patches: 0, patchBytes, products, productBytes, squares, results, bytes };
}

/** What the parts of the kernel share. */
interface Block {
  readonly group: Local;
  /** Number of the block's first tile. */
  readonly first: Local;
  readonly panels: Local;
  readonly scratch: Local;
  readonly channel: Local;
  readonly block: number;
  readonly layout: Scratch;
}

/** Transforms the block's patches: fours of tiles, whose last ones may repeat the very last tile. */
function emitPatches(
  kernel: WinogradKernel,
  context: KernelContext,
  tiling: Tiling,
  emitter: TransformEmitter,
  block: Block & { readonly masks: number | undefined },
): void {
  const { f } = context;
  const { channels, input } = kernel;
  const [, channelStride, rowStride] = input.strides as [number, number, number];
  const { quad, quads, tile, target, square, inside } = intLocals(context, [
    "quad",
    "quads",
    "tile",
    "target",
    "square",
    "inside",
  ]);
  const place = tilePlace(context);
  const pointers = four(() => f.local("i32"));
  const maskPointers = four(() => f.local("i32"));
  f.get(block.scratch);
  f.i32.const(block.layout.squares);
  f.i32.add();
  f.set(square);
  f.get(block.panels);
  f.i32.const(2);
  f.i32.mul();
  f.set(quads);
  f.forRange(quad, 0, quads, 1, () => {
    f.i32.const(0);
    f.set(inside);
    for (const [lane, pointer] of pointers.entries()) {
      pushTile(context, block.first, quad, lane);
      f.set(tile);
      pushLeast(context, tile, tiling.total - 1);
      f.set(tile);
      locate(context, tiling, tile, place);
      pushImage(kernel, context, place.image, block.group);
      addTileOffset(context, tiling, place, rowStride * 4);
      f.set(pointer);
      if (block.masks === undefined) continue;
      f.get(inside);
      f.get(place.outside);
      f.i32.or();
      f.set(inside);
      context.pushConstants(block.masks);
      addProduct(context, place.outside, tiling.side * 32);
      f.set(maskPointers[lane]!);
    }
    f.get(block.scratch);
    addProduct(context, quad, 16);
    f.set(target);
    const transformAll = (masked: boolean) => {
      const patches: Patches = {
        lanes: four((lane) => ({ pointer: pointers[lane]!, offset: 0 })),
        rowBytes: rowStride * 4,
        ...(masked ? { masks: maskPointers } : {}),
      };
      f.forRange(block.channel, 0, channels, 1, () => {
        transformPatches(context, emitter, transformsOf(kernel).input, patches, square, (point, value) => {
          f.get(target);
          f.get(value);
          f.v128.store(point * block.layout.patchBytes, 4);
        });
        advance(context, [
          ...pointers.map((pointer) => [pointer, channelStride * 4] as const),
          [target, block.block * 4],
        ]);
      });
    };
    if (block.masks === undefined) transformAll(false);
    else {
      f.get(inside);
      f.if(
        () => transformAll(true),
        () => transformAll(false),
      );
    }
  });
  f.release(quad, quads, tile, target, square, inside, ...Object.values(place), ...pointers, ...maskPointers);
}

/** Pushes the number of a lane's tile: `first + 4 quad + lane`. */
function pushTile(context: KernelContext, first: Local, quad: Local, lane: Local | number): void {
  const { f } = context;
  f.get(first);
  addProduct(context, quad, 4);
  f.bound(lane);
  f.i32.add();
}

/** For each point, the products of `rows` filters with all of the block's tiles. */
function emitProducts(
  kernel: WinogradKernel,
  context: KernelContext,
  points: number,
  rows: number,
  row: Local,
  block: Block,
): void {
  const { f } = context;
  const { channels, filters } = kernel;
  const { point, weights, patches, panel, a, b, target } = intLocals(context, [
    "point",
    "weights",
    "patches",
    "panel",
    "a",
    "b",
    "target",
  ]);
  const tileBytes = block.block * 4;
  context.pushAddress(kernel.weights);
  addProduct(context, block.group, points * filters * channels * 4);
  addProduct(context, row, channels * 4);
  f.set(weights);
  f.get(block.scratch);
  f.set(patches);
  f.get(block.scratch);
  f.i32.const(block.layout.products);
  f.i32.add();
  f.set(target);
  f.forRange(point, 0, points, 1, () => {
    f.forRange(panel, 0, block.panels, 1, () => {
      f.get(weights);
      f.set(a);
      f.get(patches);
      addProduct(context, panel, TILE_COLUMNS * 4);
      f.set(b);
      const sums = zeroSums(context, rows, 2);
      const moves = [[a, 4] as const, [b, tileBytes] as const];
      overSteps(context, channels, moves, (steps) =>
        emitSteps(
          context,
          sums,
          steps,
          (i, step) => ({ pointer: a, offset: (i * channels + step) * 4 }),
          (v, step) => ({ pointer: b, offset: step * tileBytes + v * 16 }),
        ),
      );
      f.get(target);
      addProduct(context, panel, TILE_COLUMNS * 4);
      f.set(a);
      sums.forEach((vectors, i) => {
        vectors.forEach((sum, v) => {
          f.get(a);
          f.get(sum);
          f.v128.store(i * tileBytes + v * 16, 4);
        });
      });
      f.release(...sums.flat());
    });
    advance(context, [
      [weights, filters * channels * 4],
      [patches, block.layout.patchBytes],
      [target, block.layout.productBytes],
    ]);
  });
  f.release(point, weights, patches, panel, a, b, target);
}

/** Transforms the products back and stores what lies inside, through the epilogue. */
function emitResults(
  kernel: WinogradKernel,
  context: KernelContext,
  tiling: Tiling,
  emitter: TransformEmitter,
  rows: number,
  row: Local,
  block: Block,
): void {
  const { f } = context;
  const { side, tile: size } = tiling;
  const { productBytes } = block.layout;
  const transform = transformsOf(kernel).output;
  const local = intLocals(context, [
    "filter",
    "quad",
    "quads",
    "source",
    "square",
    "results",
    "lane",
    "tile",
    "from",
  ]);
  const place = tilePlace(context);
  f.get(block.scratch);
  f.i32.const(block.layout.squares);
  f.i32.add();
  f.set(local.square);
  f.get(block.panels);
  f.i32.const(2);
  f.i32.mul();
  f.set(local.quads);
  f.get(block.scratch);
  f.i32.const(block.layout.results);
  f.i32.add();
  f.set(local.results);
  f.forRange(local.filter, 0, rows, 1, () => {
    f.get(block.group);
    f.i32.const(kernel.filters);
    f.i32.mul();
    f.get(row);
    f.i32.add();
    f.get(local.filter);
    f.i32.add();
    f.set(block.channel);
    f.forRange(local.quad, 0, local.quads, 1, () => {
      f.get(block.scratch);
      f.i32.const(block.layout.products);
      f.i32.add();
      addProduct(context, local.filter, block.block * 4);
      addProduct(context, local.quad, 16);
      f.set(local.source);
      for (let column = 0; column < side; column++) {
        const points = loadVectors(context, local.source, side, side * productBytes, column * productBytes);
        emitter.apply(transform, points, (output, value) => {
          f.get(local.square);
          f.get(value);
          f.v128.store((output * side + column) * 16, 4);
        });
      }
      for (let line = 0; line < size; line++) {
        const points = loadVectors(context, local.square, side, 16, line * side * 16);
        const lines: Local[] = [];
        emitter.apply(transform, points, (_, value) => {
          const copy = f.local("v128");
          f.get(value);
          f.set(copy);
          lines.push(copy);
        });
        // From results by column, tiles in the lanes, to tiles, results in the lanes.
        while (lines.length < 4) lines.push(lines[lines.length - 1]!);
        storeLines(context, size, lines, local.results, line);
      }
      f.forRange(local.lane, 0, 4, 1, () => {
        pushTile(context, block.first, local.quad, local.lane);
        f.set(local.tile);
        f.get(local.tile);
        f.i32.const(tiling.total);
        f.i32.lt_s();
        f.if(() => {
          locate(context, tiling, local.tile, place);
          f.get(local.results);
          addProduct(context, local.lane, size * 16);
          f.set(local.from);
          storeTileResults(
            kernel,
            context,
            tiling,
            outputOf({ ...kernel, kind: "convolution", weights: kernel.input }),
            place,
            block.channel,
            local.from,
          );
        });
      });
    });
  });
  f.release(...Object.values(local), ...Object.values(place));
}
