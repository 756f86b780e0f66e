import { type ColorMap, painter, scaleFor } from "./colors.js";
import { coordinatesOf, type Drawn, type Values, type View } from "./view.js";

export interface Planes {
  readonly values: Values;
  readonly map?: ColorMap | undefined;
  /** Planes in a row; default: about as many as make a square of pixels twice as wide as high. */
  readonly columns?: number | undefined;
  /** Three planes that belong together are one picture in colour. */
  readonly color?: boolean | undefined;
}

/** Pixels between planes. */
const gap = 1;

/** Where planes lie: how large they are, how many stand side by side, and what a position in that grid means. */
interface Layout {
  readonly height: number;
  readonly width: number;
  readonly gap: number;
  readonly count: number;
  readonly across: number;
  readonly down: number;
  /** Colours in a plane. */
  readonly depth: number;
  /** Planes follow each other downwards. */
  readonly downwards: boolean;
}

/**
 * Planes of numbers side by side: the feature maps `[channels, height, width]` of a layer, the kernels `[filters, channels,
 * height, width]` of a convolution (a row or a column for each filter), a matrix, or the values `[units]` of a dense layer.
 */
export const planes: View<Planes> = ({ values, map, columns, color = false }, canvas) => {
  const { data, minimum, maximum } = values;
  const layout = layoutOf(values, columns, color);
  const { height, width, across, down, count } = layout;
  const size = height * width;
  const paint = painter(scaleFor(minimum, maximum, map));
  const [wide, high] = [
    across * (width + layout.gap) - layout.gap,
    down * (height + layout.gap) - layout.gap,
  ];
  // Setting a size, even the same one, gives the canvas new memory.
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  const image = context.createImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  const span = maximum > minimum ? 255 / (maximum - minimum) : 0;
  const level = (value: number) => Math.round(span * (value - minimum));
  for (let plane = 0; plane < count; plane++) {
    const [left, top] = cornerOf(plane, layout);
    for (let y = 0; y < height; y++) {
      const row = (top + y) * canvas.width + left;
      for (let x = 0; x < width; x++) {
        const at = y * width + x;
        if (color) {
          const [red, green, blue] = [0, 1, 2].map((c) => level(data[(plane * 3 + c) * size + at] as number));
          pixels[row + x] = ((255 << 24) | (blue! << 16) | (green! << 8) | red!) >>> 0;
        } else {
          pixels[row + x] = paint(data[plane * size + at] as number);
        }
      }
    }
  }
  context.putImageData(image, 0, 0);
  return placement(values, layout);
};

function layoutOf({ shape, data }: Values, columns: number | undefined, color: boolean): Layout {
  // A list of units is planes of one number each, without gaps.
  const list = shape.length < 2;
  const [height, width] = list ? [1, 1] : [shape.at(-2) as number, shape.at(-1) as number];
  const depth = color ? 3 : 1;
  const count = Math.max(1, Math.floor(data.length / Math.max(1, height * width) / depth));
  const layout = { height, width, gap: list ? 0 : gap, count, depth, downwards: false };
  const [filters = 1, channels = 1] = shape;
  if (columns === undefined && shape.length === 4 && channels > 1 && !color) {
    return filters > channels
      ? { ...layout, across: filters, down: channels, downwards: true }
      : { ...layout, across: channels, down: filters };
  }
  const square = list ? 32 : Math.round(Math.sqrt((2 * count * (height + gap)) / (width + gap)));
  const across = columns ?? Math.max(1, Math.min(count, square));
  return { ...layout, across, down: Math.ceil(count / across) };
}

function cornerOf(
  plane: number,
  { across, down, downwards, width, height, gap }: Layout,
): [left: number, top: number] {
  const [column, row] = downwards
    ? [Math.floor(plane / down), plane % down]
    : [plane % across, Math.floor(plane / across)];
  return [column * (width + gap), row * (height + gap)];
}

function placement(values: Values, layout: Layout): Drawn {
  const { height, width, gap, across, down, count, depth, downwards } = layout;
  const size = height * width;
  return {
    at(x, y) {
      const column = Math.floor(x / (width + gap));
      const row = Math.floor(y / (height + gap));
      const [inX, inY] = [x - column * (width + gap), y - row * (height + gap)];
      const plane = downwards ? column * down + row : row * across + column;
      const inside =
        x >= 0 && y >= 0 && inX < width && inY < height && column < across && row < down && plane < count;
      if (!inside) return undefined;
      const index = plane * depth * size + inY * width + inX;
      return { index, coordinates: coordinatesOf(index, values.shape), value: values.data[index] as number };
    },
    pixelOf(index) {
      const [left, top] = cornerOf(Math.floor(index / size / depth), layout);
      const at = index % size;
      return [left + (at % width), top + Math.floor(at / width)];
    },
  };
}
