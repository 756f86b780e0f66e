import type { PixelImage } from "../data/image.js";
import { formatShape, type Shape, ShapeError, sizeOf } from "../shape/shape.js";
import { type ColorMapName, colorAt } from "./colors.js";

export type { ColorMapName } from "./colors.js";

/** The values that get the first and the last colour; what lies beyond gets the same colour as the nearer of them. */
export type ColorRange = readonly [low: number, high: number];

export interface HeatMapOptions {
  /** In values, which are row by row. */
  readonly width: number;
  readonly height: number;
  /**
   * `"grey"` (default) from black to white; `"sequential"` from dark violet to yellow (viridis); `"diverging"` from blue
   * (negative) over nearly white (exactly 0) to red (positive). All can be told apart by the colour-blind.
   */
  readonly colors?: ColorMapName;
  /** Default: the least and the greatest value. `"diverging"` always reaches as far below 0 as above. */
  readonly range?: ColorRange;
}

/**
 * One plane of numbers as a picture, one pixel a number. If all are equal they get the colour in the middle.
 *
 * @throws ShapeError unless there are `width * height` values
 * @throws RangeError naming the first value that is no finite number, or a range that is not one
 */
export function heatMap(values: ArrayLike<number>, options: HeatMapOptions): PixelImage {
  const { width, height, colors = "grey" } = options;
  requireValues(values, [height, width], "heatMap");
  return paint(values, width, height, colors, options.range ?? rangeOf(values, "heatMap"), "heatMap");
}

export interface ImagesOfOptions {
  /** See `heatMap`. If given, each channel becomes an image of its own, even if there are three. */
  readonly colors?: ColorMapName;
  /** Default: the least and the greatest of all values, so that images compare. `"each"`: of each image by itself. */
  readonly range?: ColorRange | "each";
}

/**
 * A batch of images, or the filters of a layer, as pictures: values `[N, C, height, width]`, row-major. One channel is
 * drawn as by `heatMap`; three channels are red, green and blue; any other number gives `N * C` pictures, one a channel.
 *
 * ```ts
 * const filters = inspect.imagesOf(await conv.weight.data(), conv.weight.shape, { range: "each" });
 * const sheet = inspect.tile(filters, { scale: 8 });
 * ```
 *
 * @throws ShapeError if the shape has not four axes, or another number of values
 * @throws RangeError naming the first value that is no finite number, or a range that is not one
 */
export function imagesOf(
  values: ArrayLike<number>,
  shape: Shape,
  options: ImagesOfOptions = {},
): PixelImage[] {
  const name = "imagesOf";
  if (shape.length !== 4) {
    throw new ShapeError(`${name}: the shape is ${formatShape(shape)}, but must be [N, C, height, width]`);
  }
  requireValues(values, shape, name);
  const [count, channels, height, width] = shape as readonly [number, number, number, number];
  const inColor = channels === 3 && options.colors === undefined;
  const size = (inColor ? 3 : 1) * height * width;
  const shared = options.range === "each" ? undefined : (options.range ?? rangeOf(values, name));
  return Array.from({ length: inColor ? count : count * channels }, (_, i) => {
    const own = Float64Array.from({ length: size }, (_, at) => values[i * size + at]!);
    const range = shared ?? rangeOf(own, name);
    if (!inColor) return paint(own, width, height, options.colors ?? "grey", range, name);
    const planes = paint(own, width, 3 * height, "grey", range, name).data;
    const data = new Uint8Array(size);
    data.forEach((_, at) => {
      data[at] = planes[(at % 3) * height * width + Math.floor(at / 3)]!;
    });
    return { width, height, channels: 3, data };
  });
}

export interface TileOptions {
  /** Default: as many as make the sheet about square. */
  readonly columns?: number;
  /** Pixels between images, and around all of them. Default: 2. */
  readonly gap?: number;
  /** Each image is enlarged by this whole number. Default: 1. */
  readonly scale?: number;
  /** The grey of the gaps, 0 (black) to 255. Default: 200, which no end of a colour scale has. */
  readonly background?: number;
}

/**
 * A contact sheet: images in rows, left to right. Smaller ones stand in the middle of a cell of the largest one's size.
 * Transparent pixels show the background. The sheet is grey if all images are.
 *
 * @throws RangeError without images, or if an option is not a whole number that makes sense
 */
export function tile(images: readonly PixelImage[], options: TileOptions = {}): PixelImage {
  if (images.length === 0) throw new RangeError("tile: there must be at least one image");
  const { gap = 2, scale = 1, background = 200 } = options;
  const columns = options.columns ?? Math.ceil(Math.sqrt(images.length));
  requireWhole(columns, 1, "tile: columns");
  requireWhole(gap, 0, "tile: gap");
  requireWhole(background, 0, "tile: background", 255);
  const cells = images.map((image) => enlarge(image, scale));
  const cellWidth = Math.max(...cells.map(({ width }) => width));
  const cellHeight = Math.max(...cells.map(({ height }) => height));
  const channels = cells.some((cell) => cell.channels >= 3) ? 3 : 1;
  const across = Math.min(columns, cells.length);
  const width = gap + across * (cellWidth + gap);
  const height = gap + Math.ceil(cells.length / across) * (cellHeight + gap);
  const data = new Uint8Array(width * height * channels).fill(background);
  cells.forEach((cell, i) => {
    const left = gap + (i % across) * (cellWidth + gap) + Math.floor((cellWidth - cell.width) / 2);
    const top =
      gap + Math.floor(i / across) * (cellHeight + gap) + Math.floor((cellHeight - cell.height) / 2);
    for (let y = 0; y < cell.height; y++) {
      for (let x = 0; x < cell.width; x++) {
        const samples = opaque(cell, y * cell.width + x, background);
        const at = ((top + y) * width + left + x) * channels;
        for (let c = 0; c < channels; c++) data[at + c] = samples[c % samples.length]!;
      }
    }
  });
  return { width, height, channels, data };
}

/**
 * Repeats each pixel `factor` times in both directions, so that it can be seen.
 *
 * @throws RangeError if the factor is not a whole number from 1 on
 */
export function enlarge(image: PixelImage, factor: number): PixelImage {
  requireWhole(factor, 1, "enlarge: factor");
  const { channels } = image;
  requireValues(image.data, [image.height, image.width, channels], "enlarge");
  if (factor === 1) return image;
  const width = image.width * factor;
  const height = image.height * factor;
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (Math.floor(y / factor) * image.width + Math.floor(x / factor)) * channels;
      data.set(image.data.subarray(from, from + channels), (y * width + x) * channels);
    }
  }
  return { width, height, channels, data };
}

function paint(
  values: ArrayLike<number>,
  width: number,
  height: number,
  colors: ColorMapName,
  [low, high]: ColorRange,
  name: string,
): PixelImage {
  if (!Number.isFinite(low) || !Number.isFinite(high) || low > high) {
    throw new RangeError(
      `${name}: the range is [${low}, ${high}], but must be two numbers in ascending order`,
    );
  }
  const reach = Math.max(Math.abs(low), Math.abs(high));
  const [from, to] = colors === "diverging" ? [-reach, reach] : [low, high];
  const channels = colors === "grey" ? 1 : 3;
  const data = new Uint8Array(width * height * channels);
  for (let i = 0; i < values.length; i++) {
    const value = requireFinite(values, i, name);
    data.set(colorAt(colors, from === to ? 0.5 : (value - from) / (to - from)), i * channels);
  }
  return { width, height, channels, data };
}

function rangeOf(values: ArrayLike<number>, name: string): ColorRange {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = requireFinite(values, i, name);
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return values.length === 0 ? [0, 0] : [low, high];
}

/** Grey or RGB of a pixel, with what shows through it. */
function opaque({ channels, data }: PixelImage, pixel: number, behind: number): number[] {
  const samples = Array.from(data.subarray(pixel * channels, (pixel + 1) * channels));
  if (channels === 1 || channels === 3) return samples;
  const alpha = samples.pop()! / 255;
  return samples.map((sample) => Math.round(alpha * sample + (1 - alpha) * behind));
}

function requireValues(values: ArrayLike<number>, shape: Shape, name: string): void {
  if (values.length === sizeOf(shape)) return;
  throw new ShapeError(`${name}: ${values.length} values do not fill ${formatShape(shape)}`);
}

function requireFinite(values: ArrayLike<number>, index: number, name: string): number {
  const value = values[index]!;
  if (Number.isFinite(value)) return value;
  throw new RangeError(`${name}: value ${index} is ${value}, which has no colour`);
}

function requireWhole(value: number, least: number, name: string, most = Number.MAX_SAFE_INTEGER): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const upTo = most === Number.MAX_SAFE_INTEGER ? "on" : `to ${most}`;
  throw new RangeError(`${name} is ${value}, but must be a whole number from ${least} ${upTo}`);
}
