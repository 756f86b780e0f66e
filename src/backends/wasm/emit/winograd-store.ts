import type { WinogradKernel } from "../../../compile/kernel.js";
import type { Local } from "../assembler/index.js";
import type { KernelContext } from "./context.js";
import { ExpressionEmitter, type Point } from "./expression.js";
import { advance, type TileOutput } from "./tile.js";
import { addTileOffset, type Tiling, type tilePlace, transposed } from "./winograd.js";

/** Puts a line of results of four tiles into the results' memory, [lane, line, 4]. */
export function storeLines(
  context: KernelContext,
  size: number,
  lines: readonly Local[],
  results: Local,
  line: number,
): void {
  const { f } = context;
  if (size === 4) {
    const tiles = transposed(context, lines, 4);
    tiles.forEach((tile, lane) => {
      f.get(results);
      f.get(tile);
      f.v128.store((lane * size + line) * 16, 4);
    });
    f.release(...tiles);
    return;
  }
  const [first, second] = lines as readonly [Local, Local];
  for (const pair of [0, 1]) {
    const both = f.local("v128");
    f.get(first);
    f.get(second);
    f.i8x16.shuffle(
      [2 * pair, 2 * pair + 4, 2 * pair + 1, 2 * pair + 5].flatMap((lane) =>
        [0, 1, 2, 3].map((byte) => lane * 4 + byte),
      ),
    );
    f.set(both);
    for (const half of [0, 1]) {
      f.get(results);
      f.get(both);
      f.v128.store64_lane(half, ((2 * pair + half) * size + line) * 16, 4);
    }
    f.release(both);
  }
  f.release(first, second);
}

/** Stores one tile's results, from rows of 4 floats at `from`. */
export function storeTileResults(
  kernel: WinogradKernel,
  context: KernelContext,
  tiling: Tiling,
  output: TileOutput,
  place: ReturnType<typeof tilePlace>,
  channel: Local,
  from: Local,
): void {
  const { f } = context;
  const { tile: size, lastRows, lastColumns } = tiling;
  const width = kernel.outputSpatial[1]!;
  const counters = new Map([
    [0, place.image],
    [1, channel],
  ]);
  const position = f.local("i32");
  const sum = f.local("v128");
  const expressions = new ExpressionEmitter(context);
  const roots = output.epilogue ? [output.epilogue] : [];
  expressions.prepare(roots, [output.view], { counters, vectorLoop: 2, lanes: 4 });
  const counts = ExpressionEmitter.useCounts(roots);
  const lines = (lanes: number) => {
    f.i32.const(0);
    addTileOffset(context, tiling, place, width * 4);
    f.set(position);
    for (let line = 0; line < size; line++) {
      const store = () => {
        f.get(from);
        f.v128.load(line * 16, 4);
        f.set(sum);
        const point: Point = { counters, vectorLoop: 2, position, lanes, reduced: [sum] };
        const shared = new Map();
        if (output.epilogue) expressions.push(output.epilogue, point, shared, counts);
        else f.get(sum);
        expressions.store(output.view, output.epilogue?.dtype ?? "float32", point);
        f.release(...shared.values());
      };
      if (line > 0) advance(context, [[position, width * 4]]);
      if (lastRows > 0 && line >= lastRows) {
        f.get(place.outside);
        f.i32.const(2);
        f.i32.and();
        f.i32.eqz();
        f.if(store);
      } else store();
    }
  };
  if (lastColumns === 0) lines(size);
  else {
    f.get(place.outside);
    f.i32.const(1);
    f.i32.and();
    f.if(
      () => lines(lastColumns),
      () => lines(size),
    );
  }
  expressions.close();
  f.release(position, sum);
}
