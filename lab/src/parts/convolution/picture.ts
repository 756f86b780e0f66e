/** Pictures as numbers, and those that are drawn by code. */
import type { data } from "gradus";
export interface Picture {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** `[channels, height, width]`, row-major. What can be seen lies between 0 and 1. */
  readonly data: Float32Array<ArrayBuffer>;
}

/** Up to this side a picture is shown as a grid of numbers. */
export const largestGrid = 12;

export const isGrid = ({ height, width }: Picture): boolean => Math.max(height, width) <= largestGrid;

/** A picture from a rule that says what is at a row and a column of a channel. */
export function draw(
  channels: number,
  height: number,
  width: number,
  rule: (row: number, column: number, channel: number) => number,
): Picture {
  const data = new Float32Array(channels * height * width);
  for (let i = 0; i < data.length; i++) {
    const column = i % width;
    const row = Math.floor(i / width) % height;
    data[i] = rule(row, column, Math.floor(i / width / height));
  }
  return { channels, height, width, data };
}

/** One channel from digits. */
const fromDigits = (rows: readonly string[]): Picture =>
  draw(1, rows.length, rows[0]?.length ?? 0, (row, column) => Number(rows[row]?.[column]));

/** The lecture's picture: a triangle's outline, of which two sides are whole. */
const lecture = () =>
  fromDigits(["0000000", "0111110", "0100100", "0101000", "0110000", "0100000", "0000000"]);

/** Three channels of few numbers, as in the animation of the course CS231n. */
const channels = () =>
  draw(3, 5, 5, (row, column, channel) => (row * 2 + column * (channel + 1) + 2 * channel) % 3);

/** Dark on the left, light on the right. */
const step = () => draw(1, 7, 7, (_, column) => (column < 3 ? 0 : 9));

const checker = () => draw(1, 64, 64, (row, column) => (Math.floor(row / 8) + Math.floor(column / 8)) % 2);

/** A disc on a slope of grey: an edge in every direction, and none that is upright or level for long. */
const disc = () =>
  draw(1, 96, 96, (row, column) => {
    const distance = Math.hypot(row - 47.5, column - 47.5);
    return distance < 32 ? 0.95 : 0.15 + (0.35 * row) / 95;
  });

/** Between -1 and 1, the same for the same place: grain. */
function grain(row: number, column: number): number {
  const wave = Math.sin(row * 127.1 + column * 311.7) * 43758.5453;
  return 2 * (wave - Math.floor(wave)) - 1;
}

const mix = (a: number, b: number, share: number) => a + (b - a) * Math.max(0, Math.min(1, share));

/** Mountains over a lake in the evening: soft and hard edges, texture, and colours. */
function scene(): Picture {
  const [height, width, shore] = [144, 192, 92];
  const ridge = (x: number) => 46 + 15 * Math.sin(x / 21) + 8 * Math.sin(x / 9 + 1) + 3 * Math.sin(x / 3.1);
  const hills = (x: number) => 78 + 6 * Math.sin(x / 27 + 2) + 2.5 * Math.sin(x / 7);
  const sky = [
    [0.2, 0.98],
    [0.36, 0.76],
    [0.62, 0.5],
  ];
  /** Colour above the water, `y` in pixels from the top. */
  const above = (y: number, x: number, channel: number): number => {
    const rough = grain(Math.floor(y), x);
    if (y >= hills(x)) return [0.12, 0.25, 0.14][channel]! + 0.05 * rough;
    if (y >= ridge(x)) {
      const slope = ridge(x + 1.5) - ridge(x - 1.5);
      const snow = y < ridge(x) + 7 + 3 * Math.sin(x / 2.3) ? 0.42 : 0;
      return [0.38, 0.34, 0.44][channel]! + snow - 0.06 * slope + 0.05 * rough;
    }
    const sun = Math.hypot(y - 26, x - 140);
    const [top, bottom] = sky[channel] as [number, number];
    const light = mix(top, bottom, y / 70) + 0.25 * Math.exp(-sun / 16);
    return sun < 9 ? [1, 0.93, 0.7][channel]! : light;
  };
  const picture = draw(3, height, width, (y, x, channel) => {
    if (y < shore) return above(y, x, channel);
    // The lake mirrors what is above it, upset by waves that grow towards us.
    const near = y - shore;
    const wave = Math.sin(y * 1.1 + Math.sin(x / 11) * 2) * (0.5 + near / 12);
    const mirrored = above(Math.max(0, shore - 1 - near * 1.6), Math.round(x + wave), channel);
    return mirrored * [0.72, 0.8, 0.9][channel]! + 0.03 * Math.sin(y * 1.4 + x / 5);
  });
  return { ...picture, data: picture.data.map((value) => Math.max(0, Math.min(1, value))) };
}

export const pictures: readonly {
  readonly id: string;
  readonly title: string;
  readonly make: () => Picture;
}[] = [
  { id: "lecture", title: "the lecture's example, 7 x 7", make: lecture },
  { id: "step", title: "a step from dark to light, 7 x 7", make: step },
  { id: "channels", title: "three channels, 5 x 5", make: channels },
  { id: "checker", title: "checkerboard", make: checker },
  { id: "disc", title: "disc", make: disc },
  { id: "scene", title: "mountain lake", make: scene },
];

/** Brightness as the eye weighs the colours (ITU-R BT.601). */
export function toGrey(picture: Picture): Picture {
  if (picture.channels !== 3) return picture;
  const { height, width, data } = picture;
  const plane = height * width;
  const at = (i: number) => data[i] as number;
  const grey = Float32Array.from(
    { length: plane },
    (_, i) => 0.299 * at(i) + 0.587 * at(i + plane) + 0.114 * at(i + 2 * plane),
  );
  return { channels: 1, height, width, data: grey };
}

/** A canvas's bytes `[height, width, red green blue alpha]`, laid on white. */
export function fromPixels({ height, width, data: bytes }: data.PixelImage): Picture {
  return draw(3, height, width, (row, column, channel) => {
    const at = 4 * (row * width + column);
    const alpha = (bytes[at + 3] as number) / 255;
    return ((bytes[at + channel] as number) / 255) * alpha + 1 - alpha;
  });
}

/** Bytes `[channels, height, width]`, as data sets hold them. */
export function fromBytes(channels: number, height: number, width: number, bytes: Uint8Array): Picture {
  return { channels, height, width, data: Float32Array.from(bytes, (byte) => byte / 255) };
}

/** A grid in an address: channels split by `~`, rows by `_`, numbers by `,`. */
export function writeGrid({ channels, height, width, data }: Picture): string {
  const row = (start: number) => Array.from(data.subarray(start, start + width), short).join(",");
  const plane = (channel: number) =>
    Array.from({ length: height }, (_, y) => row((channel * height + y) * width)).join("_");
  return Array.from({ length: channels }, (_, channel) => plane(channel)).join("~");
}

/** @returns undefined if the text is no grid that can be shown */
export function readGrid(text: string): Picture | undefined {
  const planes = text
    .split("~")
    .map((plane) => plane.split("_").map((row) => row.split(",").map(readNumber)));
  const height = planes[0]?.length ?? 0;
  const width = planes[0]?.[0]?.length ?? 0;
  const even = planes.every((plane) => plane.length === height && plane.every((row) => row.length === width));
  const fits = (planes.length === 1 || planes.length === 3) && Math.max(height, width) <= largestGrid;
  const values = planes.flat(2);
  if (!even || !fits || values.some((value) => !Number.isFinite(value))) return undefined;
  return { channels: planes.length, height, width, data: Float32Array.from(values) };
}

/** A number typed or linked: a comma is a point to many; NaN where there is none. */
export function readNumber(text: string): number {
  const clean = text.trim().replace(",", ".");
  return clean === "" ? Number.NaN : Number(clean);
}

/** As short as six digits allow. */
export const short = (value: number): string => String(Number(value.toPrecision(6)));
