/** Where the units of a network stand in space: layers behind each other along x, each a plane of y (up) and z. */
import { coordinatesOf } from "../../views/view.js";

export interface Slab {
  /** Units that are shown, the first ones; whole channels. */
  readonly count: number;
  /** Channels that are left out. */
  readonly hidden: number;
  /** Side of a unit's box. */
  readonly side: number;
  /** Extents of the plane. */
  readonly height: number;
  readonly width: number;
  /** Of the plane. */
  readonly x: number;
  /** Centre of a unit's box, by its row-major index. */
  readonly placeOf: (index: number) => readonly [x: number, y: number, z: number];
  /** The unit at a point of the plane; undefined beside it and in gaps. */
  readonly indexAt: (y: number, z: number) => number | undefined;
}

/** Units of a layer that are shown at most. */
export const mostUnits = 8192;
/** Height and width of a plane at most, and side of a unit at most. */
const reach = 10;
const largest = 1;
/** Between planes, and from the first to the last, at most. */
const distance = 5;
const length = 34;

/** Layers that only pass numbers on would stand there twice. */
const silent = /^flatten$|dropout/i;
export const standsAlone = (kind: string): boolean => !silent.test(kind);

/** For the shapes of the input and of each layer, in order. */
export function slabsOf(shapes: readonly (readonly number[])[]): Slab[] {
  const gaps = Math.max(1, shapes.length - 1);
  return shapes.map((shape, i) => slab(shape, (i - gaps / 2) * Math.min(distance, length / gaps)));
}

function slab(shape: readonly number[], x: number): Slab {
  // A list of units is channels of one unit each, without gaps between them.
  const list = shape.length < 2;
  const [channels, height, width] = list
    ? [shape[0] ?? 1, 1, 1]
    : [shape.length > 2 ? (shape[0] as number) : 1, shape.at(-2) as number, shape.at(-1) as number];
  const shown = Math.max(1, Math.min(channels, Math.floor(mostUnits / (height * width))));
  const gap = list ? 0 : 1;
  // Few units of a list stand in one column, so that names fit beside them.
  const across = list && shown <= 16 ? 1 : Math.ceil(Math.sqrt((shown * (height + gap)) / (width + gap)));
  const down = Math.ceil(shown / across);
  const rows = down * (height + gap) - gap;
  const columns = across * (width + gap) - gap;
  const side = Math.min(largest, reach / rows, reach / columns);
  return {
    count: shown * height * width,
    hidden: channels - shown,
    side,
    height: rows * side,
    width: columns * side,
    x,
    placeOf(index) {
      const [channel = 0, row = 0, column = 0] = coordinatesOf(index, [channels, height, width]);
      const down = Math.floor(channel / across) * (height + gap) + row;
      const right = (channel % across) * (width + gap) + column;
      return [x, (rows / 2 - down - 0.5) * side, (right + 0.5 - columns / 2) * side];
    },
    indexAt(y, z) {
      const [down, right] = [Math.floor(rows / 2 - y / side), Math.floor(z / side + columns / 2)];
      const [row, column] = [down % (height + gap), right % (width + gap)];
      const inside =
        down >= 0 && down < rows && right >= 0 && right < columns && row < height && column < width;
      const channel = Math.floor(down / (height + gap)) * across + Math.floor(right / (width + gap));
      return inside && channel < shown ? (channel * height + row) * width + column : undefined;
    },
  };
}
