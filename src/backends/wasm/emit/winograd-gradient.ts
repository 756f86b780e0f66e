import type { WinogradKernelGradientKernel } from "../../../compile/kernel.js";
import { transformsOf } from "../../../compile/winograd-transforms.js";
import type { Local } from "../assembler/index.js";
import type { KernelContext } from "./context.js";
import { isSerialConvolution } from "./convolution-common.js";
import { addProduct, divide, intLocals, pushLeast, pushShare } from "./integers.js";

import { pushImage } from "./patches.js";
import { advance, emitSteps, overSteps, TILE_COLUMNS, TILE_ROWS, zeroSums } from "./tile.js";
import {
  addMasks,
  addTileOffset,
  four,
  locate,
  type Patches,
  pointBytes,
  sticksOut,
  type TilePlace,
  type Tiling,
  TransformEmitter,
  tilePlace,
  tilesPerBlock,
  tilingOf,
  transformPatches,
} from "./winograd.js";

/**
 * The sums of Winograd's kernel gradient: for each point, the product [filters x tiles] [tiles x channels] of the transformed
 * gradients and patches. The unit of work is a part of the tiles, which has sums of its own; it goes through them in blocks,
 * whose transforms lie in scratch memory with neighbouring channels and filters in the lanes.
 */
export function emitWinogradKernelGradient(
  kernel: WinogradKernelGradientKernel,
  context: KernelContext,
): void {
  const { f, shared } = context;
  const { groups, filters, channels, parts } = kernel;
  const tiling = tilingOf(kernel);
  const points = tiling.side ** 2;
  const block = tilesPerBlock(points * (channels + filters) * 4, tiling);
  const [patchBytes, gradientBytes] = [pointBytes(block * channels), pointBytes(block * filters)];
  const layout = {
    patches: 0,
    patchBytes,
    gradients: points * patchBytes,
    gradientBytes,
    squares: points * (patchBytes + gradientBytes),
  };
  shared.needScratch(layout.squares + points * 16);
  const masks = sticksOut(tiling)
    ? { input: addMasks(context, tiling, tiling.side - tiling.tile), gradient: addMasks(context, tiling, 0) }
    : undefined;
  const { input, gradient } = transformsOf(kernel);
  const emitter = new TransformEmitter(context, [input, gradient]);

  const { from, to } = context.share(parts * groups, isSerialConvolution(kernel));
  const local = intLocals(context, [
    "unit",
    "part",
    "group",
    "first",
    "end",
    "count",
    "isLater",
    "tile",
    "scratch",
    "square",
    "source",
    "target",
    "turn",
    "mask",
  ]);
  const place = tilePlace(context);

  /** Transforms the fours of channels or filters of one tile. */
  const transformTile = (of: "input" | "gradient", start: () => void) => {
    const isInput = of === "input";
    const strides = kernel[of].strides as readonly [number, number, number, number];
    const lanes = isInput ? channels : filters;
    start();
    f.set(local.source);
    f.get(local.scratch);
    f.i32.const(isInput ? layout.patches : layout.gradients);
    f.i32.add();
    addProduct(context, local.turn, lanes * 4);
    f.set(local.target);
    const all = (masked: boolean) => {
      const patches: Patches = {
        lanes: four((lane) => ({ pointer: local.source, offset: lane * strides[1] * 4 })),
        rowBytes: strides[2] * 4,
        ...(masked ? { masks: four(() => local.mask) } : {}),
      };
      const counter = f.local("i32");
      f.forRange(counter, 0, lanes, 4, () => {
        transformPatches(
          context,
          emitter,
          isInput ? input : gradient,
          patches,
          local.square,
          (point, value) => {
            f.get(local.target);
            f.get(value);
            f.v128.store(point * (isInput ? patchBytes : gradientBytes), 4);
          },
        );
        advance(context, [
          [local.source, strides[1] * 16],
          [local.target, 16],
        ]);
      });
      f.release(counter);
    };
    if (masks === undefined) {
      all(false);
      return;
    }
    context.pushConstants(masks[of]);
    addProduct(context, place.outside, (isInput ? tiling.side : tiling.tile) * 32);
    f.set(local.mask);
    f.get(place.outside);
    f.if(
      () => all(true),
      () => all(false),
    );
  };

  f.forRange(local.unit, from, to, 1, () => {
    divide(context, local.unit, groups, local.part, local.group);
    pushShare(context, local.part, parts, tiling.total, 0);
    f.set(local.first);
    pushShare(context, local.part, parts, tiling.total, 1);
    f.set(local.end);
    context.pushScratch();
    f.set(local.scratch);
    f.get(local.scratch);
    f.i32.const(layout.squares);
    f.i32.add();
    f.set(local.square);
    f.i32.const(0);
    f.set(local.isLater);
    f.forRange(local.first, local.first, local.end, block, () => {
      f.get(local.end);
      f.get(local.first);
      f.i32.sub();
      f.set(local.count);
      pushLeast(context, local.count, block);
      f.set(local.count);
      f.forRange(local.turn, 0, local.count, 1, () => {
        f.get(local.first);
        f.get(local.turn);
        f.i32.add();
        f.set(local.tile);
        locate(context, tiling, local.tile, place);
        transformTile("input", () => {
          pushImage(kernel, context, place.image, local.group);
          addTileOffset(context, tiling, place, kernel.input.strides[2]! * 4);
        });
        transformTile("gradient", () => pushGradient(kernel, context, tiling, place, local.group));
      });
      emitSums(kernel, context, points, block, layout, local);
      f.i32.const(1);
      f.set(local.isLater);
    });
  });
  emitter.close();
  f.release(from, to, ...Object.values(local), ...Object.values(place));
}

/** Pushes the address of a tile's first gradient, of the group's first filter. */
function pushGradient(
  kernel: WinogradKernelGradientKernel,
  context: KernelContext,
  tiling: Tiling,
  place: TilePlace,
  group: Local,
): void {
  const { buffer, offset, strides } = kernel.gradient;
  context.pushAddress(buffer, offset);
  addProduct(context, place.image, strides[0]! * 4);
  addProduct(context, group, kernel.filters * strides[1]! * 4);
  addTileOffset(context, tiling, place, strides[2]! * 4);
}

/** Adds the products of a block of tiles to the part's sums. */
function emitSums(
  kernel: WinogradKernelGradientKernel,
  context: KernelContext,
  points: number,
  block: number,
  layout: Record<"patches" | "patchBytes" | "gradients" | "gradientBytes", number>,
  outer: {
    readonly part: Local;
    readonly group: Local;
    readonly count: Local;
    readonly isLater: Local;
    readonly scratch: Local;
  },
): void {
  const { f } = context;
  const { groups, filters, channels } = kernel;
  const local = intLocals(context, [
    "point",
    "row",
    "column",
    "step",
    "target",
    "gradients",
    "patches",
    "a",
    "b",
    "sum",
  ]);
  context.pushAddress(kernel.output);
  addProduct(context, outer.part, groups * points * filters * channels * 4);
  addProduct(context, outer.group, points * filters * channels * 4);
  f.set(local.target);
  for (const [pointer, offset] of [
    [local.gradients, layout.gradients],
    [local.patches, layout.patches],
  ] as const) {
    f.get(outer.scratch);
    f.i32.const(offset);
    f.i32.add();
    f.set(pointer);
  }
  f.forRange(local.point, 0, points, 1, () => {
    f.forRange(local.row, 0, filters, TILE_ROWS, () => {
      f.forRange(local.column, 0, channels, TILE_COLUMNS, () => {
        f.get(local.target);
        addProduct(context, local.row, channels * 4);
        addProduct(context, local.column, 4);
        f.set(local.sum);
        f.get(local.gradients);
        addProduct(context, local.row, 4);
        f.set(local.a);
        f.get(local.patches);
        addProduct(context, local.column, 4);
        f.set(local.b);
        const sums = zeroSums(context, TILE_ROWS, 2);
        f.get(outer.isLater);
        f.if(() => {
          sums.forEach((vectors, i) => {
            vectors.forEach((sum, v) => {
              f.get(local.sum);
              f.v128.load((i * channels + v * 4) * 4, 4);
              f.set(sum);
            });
          });
        });
        const moves = [[local.a, filters * 4] as const, [local.b, channels * 4] as const];
        const steps = (count: number) =>
          emitSteps(
            context,
            sums,
            count,
            (i, n) => ({ pointer: local.a, offset: (n * filters + i) * 4 }),
            (v, n) => ({ pointer: local.b, offset: n * channels * 4 + v * 16 }),
          );
        f.get(outer.count);
        f.i32.const(block);
        f.i32.eq();
        f.if(
          () => overSteps(context, block, moves, steps),
          () =>
            f.forRange(local.step, 0, outer.count, 1, () => {
              steps(1);
              advance(context, moves);
            }),
        );
        sums.forEach((vectors, i) => {
          vectors.forEach((sum, v) => {
            f.get(local.sum);
            f.get(sum);
            f.v128.store((i * channels + v * 4) * 4, 4);
          });
        });
        f.release(...sums.flat());
      });
    });
    advance(context, [
      [local.target, filters * channels * 4],
      [local.gradients, layout.gradientBytes],
      [local.patches, layout.patchBytes],
    ]);
  });
  f.release(...Object.values(local));
}
