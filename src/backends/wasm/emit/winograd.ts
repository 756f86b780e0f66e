import type { WinogradKernel, WinogradKernelGradientKernel } from "../../../compile/kernel.js";
import { applyTransform, sideOf, type Transform } from "../../../compile/winograd-transforms.js";
import type { Local } from "../assembler/index.js";
import type { KernelContext } from "./context.js";
import { addProduct, divide } from "./integers.js";

import type { Address } from "./tile.js";

/** How the results of an image are cut into tiles, and which of them stick out. */
export interface Tiling {
  readonly tile: number;
  /** Points along one side. */
  readonly side: number;
  readonly columns: number;
  readonly perImage: number;
  readonly total: number;
  /** Rows and columns of results in the last tiles; 0 where these are full. */
  readonly lastRows: number;
  readonly lastColumns: number;
}

export function tilingOf(kernel: WinogradKernel | WinogradKernelGradientKernel): Tiling {
  const { tile, batch, outputSpatial } = kernel;
  const [height, width] = outputSpatial as [number, number];
  const columns = Math.ceil(width / tile);
  const perImage = columns * Math.ceil(height / tile);
  return {
    tile,
    side: sideOf(kernel),
    columns,
    perImage,
    total: batch * perImage,
    lastRows: height % tile,
    lastColumns: width % tile,
  };
}

/** Where a tile is: its image, its row and column of tiles, and 1 and 2 added up if it sticks out right and below. */
export interface TilePlace {
  readonly image: Local;
  readonly row: Local;
  readonly column: Local;
  readonly outside: Local;
}

export function tilePlace(context: KernelContext): TilePlace {
  const local = () => context.f.local("i32");
  return { image: local(), row: local(), column: local(), outside: local() };
}

/** Finds the place of the tile with this number. */
export function locate(context: KernelContext, tiling: Tiling, tile: Local, place: TilePlace): void {
  const { f } = context;
  divide(context, tile, tiling.perImage, place.image, place.row);
  divide(context, place.row, tiling.columns, place.row, place.column);
  if (!sticksOut(tiling)) return;
  const isLast = (local: Local, count: number, weight: number) => {
    f.get(local);
    f.i32.const(count - 1);
    f.i32.eq();
    f.i32.const(weight);
    f.i32.mul();
  };
  f.i32.const(0);
  if (tiling.lastColumns > 0) isLast(place.column, tiling.columns, 1);
  else f.i32.const(0);
  f.i32.or();
  if (tiling.lastRows > 0) isLast(place.row, tiling.perImage / tiling.columns, 2);
  else f.i32.const(0);
  f.i32.or();
  f.set(place.outside);
}

export const sticksOut = ({ lastRows, lastColumns }: Tiling): boolean => lastRows > 0 || lastColumns > 0;

/** Adds the bytes from an image's first cell to a tile's, given those from a cell to its neighbours. */
export function addTileOffset(
  context: KernelContext,
  { tile }: Tiling,
  { row, column }: TilePlace,
  rowBytes: number,
  cellBytes = 4,
): void {
  addProduct(context, row, tile * rowBytes);
  addProduct(context, column, tile * cellBytes);
}

/**
 * Masks for the cells of a tile, `extra` more than its results on each side: for each of the four ways to stick out, rows of
 * 8 lanes, all ones where the cell lies inside. Gives the tables' place among the constants.
 */
export function addMasks(context: KernelContext, tiling: Tiling, extra: number): number {
  const { tile, lastRows, lastColumns } = tiling;
  const side = tile + extra;
  return context.shared.addConstants(
    [0, 1, 2, 3].flatMap((outside) => {
      const columns = outside & 1 ? lastColumns + extra : side;
      const rows = outside & 2 ? lastRows + extra : side;
      return Array.from({ length: side * 8 }, (_, i) => (i >> 3 < rows && (i & 7) < columns ? -1 : 0));
    }),
  );
}

/** Transforms of vectors, with their constants in locals for the whole function. */
export class TransformEmitter {
  readonly #context: KernelContext;
  readonly #scales = new Map<number, Local>();

  constructor(context: KernelContext, used: readonly Transform[]) {
    const { f } = context;
    this.#context = context;
    for (const [scale] of used.flatMap(({ steps }) => steps)) {
      if (Math.abs(scale) === 1 || this.#scales.has(scale)) continue;
      const local = f.local("v128");
      f.f32x4.const(scale);
      f.set(local);
      this.#scales.set(scale, local);
    }
  }

  close(): void {
    this.#context.f.release(...this.#scales.values());
  }

  /** Gives the outputs to `use`, one after the other, and then gives all locals back, those of the inputs as well. */
  apply(transform: Transform, inputs: readonly Local[], use: (output: number, value: Local) => void): void {
    const { f } = this.#context;
    const owned = new Set(inputs);
    const outputs = applyTransform<Local>(transform, inputs, (scale, x, y) => {
      this.#pushSum(scale, x, y);
      const value = f.local("v128");
      f.set(value);
      owned.add(value);
      return value;
    });
    for (const [output, value] of outputs.entries()) use(output, value);
    f.release(...owned);
  }

  #pushSum(scale: number, x: Local, y: Local): void {
    const { f, shared } = this.#context;
    if (Math.abs(scale) === 1) {
      f.get(y);
      f.get(x);
      if (scale === 1) f.f32x4.add();
      else f.f32x4.sub();
      return;
    }
    f.get(x);
    f.get(this.#scales.get(scale)!);
    if (shared.fused) {
      f.get(y);
      f.f32x4.relaxed_madd();
    } else {
      f.f32x4.mul();
      f.get(y);
      f.f32x4.add();
    }
  }
}

/** One for each lane of a vector. */
export type Four<T> = readonly [T, T, T, T];

export const four = <T>(make: (lane: number) => T): Four<T> => [make(0), make(1), make(2), make(3)];

/** Four patches side by side, and the masks of those that stick out. */
export interface Patches {
  readonly lanes: Four<Address>;
  readonly rowBytes: number;
  /** Addresses of the lanes' masks; none where all cells lie inside. */
  readonly masks?: Four<Local>;
}

/**
 * Transforms the rows and then the columns of four square patches, one in each lane, and gives `use` the vectors at all points:
 * `transform x transform'`. `temporary` points to room for the rows' results, `inputs * outputs` vectors.
 */
export function transformPatches(
  context: KernelContext,
  emitter: TransformEmitter,
  transform: Transform,
  patches: Patches,
  temporary: Local,
  use: (point: number, value: Local) => void,
): void {
  const { f } = context;
  const inputs = transform.inputs;
  const side = transform.outputs.length;
  for (let row = 0; row < inputs; row++) {
    const columns: Local[] = [];
    for (let first = 0; first < inputs; first += 4) {
      const width = Math.min(4, inputs - first);
      const vectors = patches.lanes.map((lane, index) => {
        const vector = f.local("v128");
        loadRow(context, patches, lane, index, row, first, width);
        f.set(vector);
        return vector;
      });
      columns.push(...transposed(context, vectors, width));
    }
    emitter.apply(transform, columns, (output, value) => {
      f.get(temporary);
      f.get(value);
      f.v128.store((row * side + output) * 16, 4);
    });
  }
  for (let column = 0; column < side; column++) {
    const rows = loadVectors(context, temporary, inputs, side * 16, column * 16);
    emitter.apply(transform, rows, (output, value) => use(output * side + column, value));
  }
}

/** Vectors from memory, `bytes` apart. */
export function loadVectors(
  context: KernelContext,
  pointer: Local,
  count: number,
  bytes: number,
  offset: number,
): Local[] {
  const { f } = context;
  return Array.from({ length: count }, (_, i) => {
    const vector = f.local("v128");
    f.get(pointer);
    f.v128.load(offset + i * bytes, 4);
    f.set(vector);
    return vector;
  });
}

/** Pushes cells `first ...` of a row of a lane's patch. */
function loadRow(
  context: KernelContext,
  { rowBytes, masks }: Patches,
  { pointer, offset }: Address,
  lane: number,
  row: number,
  first: number,
  width: number,
): void {
  const { f } = context;
  const load = (bytes: number) => (width > 2 ? f.v128.load(bytes, 4) : f.v128.load64_zero(bytes, 4));
  if (masks === undefined) {
    f.get(pointer);
    load(offset + row * rowBytes + first * 4);
    return;
  }
  // Rows that lie outside are read from the first one instead, which is there, and then cleared.
  const mask = masks[lane]!;
  f.get(pointer);
  f.i32.const(offset + row * rowBytes);
  f.i32.add();
  f.get(pointer);
  f.i32.const(offset);
  f.i32.add();
  f.get(mask);
  f.i32.load(row * 32);
  f.select();
  load(first * 4);
  f.get(mask);
  f.v128.load(row * 32 + first * 4, 4);
  f.v128.and();
}

const words = (...lanes: number[]) => lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => lane * 4 + byte));

/** From four rows to their first `width` columns; the rows' locals are given back. */
export function transposed(context: KernelContext, rows: readonly Local[], width: number): Local[] {
  const { f } = context;
  const [a, b, c, d] = rows as readonly [Local, Local, Local, Local];
  const shuffle = (x: Local, y: Local, lanes: number[]) => {
    const result = f.local("v128");
    f.get(x);
    f.get(y);
    f.i8x16.shuffle(words(...lanes));
    f.set(result);
    return result;
  };
  const columns: Local[] = [];
  for (let first = 0; first < width; first += 2) {
    const ab = shuffle(a, b, [first, first + 4, first + 1, first + 5]);
    const cd = shuffle(c, d, [first, first + 4, first + 1, first + 5]);
    columns.push(shuffle(ab, cd, [0, 1, 4, 5]));
    if (first + 1 < width) columns.push(shuffle(ab, cd, [2, 3, 6, 7]));
    f.release(ab, cd);
  }
  f.release(a, b, c, d);
  return columns;
}

/**
 * Tiles in a block: as many as keep its transformed patches in a core's cache, in eights. Given threads that share the blocks of all
 * groups, fewer, if the thread with the most then has clearly less to do.
 */
export function tilesPerBlock(bytesPerTile: number, { total }: Tiling, groups = 1, threads = 1): number {
  const fitting = Math.floor(CACHE_BYTES / bytesPerTile / 8) * 8;
  const greatest = Math.max(8, Math.min(64, fitting, Math.ceil(total / 8) * 8));
  const share = (block: number) => Math.ceil((Math.ceil(total / block) * groups) / threads) * block;
  let best = greatest;
  for (let block = greatest - 8; threads > 1 && block >= greatest / 2; block -= 8) {
    if (share(block) < 0.97 * share(best)) best = block;
  }
  return best;
}

/**
 * Bytes from one point's matrix to the next: at least its own, and an odd number of cache lines. The points of a tile are written and
 * read together; a distance of a power of two would put them all into the same few sets of the cache.
 */
export function pointBytes(floats: number): number {
  return (Math.ceil((floats * 4) / LINE_BYTES) | 1) * LINE_BYTES;
}

const LINE_BYTES = 64;

/** Half of the second-level cache of a usual core. */
const CACHE_BYTES = 192 * 1024;
