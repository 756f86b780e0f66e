/** The kernels of the page: by name, or number by number; and how an address writes them. */
import { readNumber, short } from "./picture.js";

/** Numbers of a square kernel, row by row: one list for all channels, or one a channel. */
export interface Kernel {
  /** "" for one's own. */
  readonly preset: string;
  readonly size: number;
  readonly slices: readonly (readonly number[])[];
}

/** Numbers of all presets, by name and size, as in "box-5". */
export type PresetTable = Readonly<Record<string, readonly number[]>>;

export const largestKernel = 7;
export const mostKernels = 4;

/** Those that the library does not have. */
export const plainKernels: PresetTable = {
  "lecture-3": [0, 0, 0, 0, 1, 1, 0, 1, 0],
  "laplacian-3": [0, 1, 0, 1, -4, 1, 0, 1, 0],
  "emboss-3": [-2, -1, 0, -1, 1, 1, 0, 1, 2],
  "corner-3": [-1, -1, 0, -1, 1, 1, 0, 1, 1],
};

export const presetTitles: Readonly<Record<string, string>> = {
  lecture: "the lecture's corner",
  identity: "identity",
  box: "box blur",
  gaussian: "Gaussian blur",
  sharpen: "sharpen",
  leftRight: "left-right edges",
  topBottom: "top-bottom edges",
  sobelX: "Sobel, left-right",
  sobelY: "Sobel, top-bottom",
  diagonal: "edges at 45 degrees",
  laplacian: "Laplacian",
  emboss: "emboss",
  corner: "corner",
  gabor: "Gabor waves",
};

/** Sizes in which a preset is to be had. */
export function sizesOf(preset: string, table: PresetTable): number[] {
  return Object.keys(table)
    .filter((key) => key.slice(0, key.lastIndexOf("-")) === preset)
    .map((key) => Number(key.slice(key.lastIndexOf("-") + 1)))
    .sort((a, b) => a - b);
}

/** A preset in the size asked for, or in the nearest that there is. */
export function presetKernel(preset: string, size: number, table: PresetTable): Kernel | undefined {
  const sizes = sizesOf(preset, table);
  const [nearest] = [...sizes].sort((a, b) => Math.abs(a - size) - Math.abs(b - size));
  const values = table[`${preset}-${nearest}`];
  return nearest === undefined || values === undefined
    ? undefined
    : { preset, size: nearest, slices: [values] };
}

/** The numbers for each of so many channels. */
export function slicesFor({ slices }: Kernel, channels: number): readonly (readonly number[])[] {
  return Array.from({ length: channels }, (_, channel) => slices[channel] ?? slices[0] ?? []);
}

/** In another size, around the same middle: cut, or with zeros around it. */
export function resized(kernel: Kernel, size: number): Kernel {
  const shift = Math.floor(kernel.size / 2) - Math.floor(size / 2);
  const slices = kernel.slices.map((slice) =>
    Array.from({ length: size * size }, (_, i) => {
      const row = Math.floor(i / size) + shift;
      const column = (i % size) + shift;
      const inside = row >= 0 && column >= 0 && row < kernel.size && column < kernel.size;
      return inside ? (slice[row * kernel.size + column] as number) : 0;
    }),
  );
  return { preset: "", size, slices };
}

/** Scaled so that its numbers sum to 1; if they sum to 0, so that their absolute values do. Zeros stay. */
export function normalized(kernel: Kernel): Kernel {
  const slices = kernel.slices.map((slice) => {
    const sum = slice.reduce((total, value) => total + value, 0);
    const size = slice.reduce((total, value) => total + Math.abs(value), 0);
    // Sums of numbers such as 0.1 are rarely exactly 0.
    const by = Math.abs(sum) > 1e-6 * size ? sum : size;
    return by === 0 ? slice : slice.map((value) => value / by);
  });
  return { preset: "", size: kernel.size, slices };
}

export function edited(kernel: Kernel, slice: number, index: number, value: number): Kernel {
  const slices = kernel.slices.map((numbers, s) =>
    s === slice ? numbers.map((old, i) => (i === index ? value : old)) : numbers,
  );
  return { preset: "", size: kernel.size, slices };
}

/** Kernels split by `~`: a preset's name and size, or numbers by `,`, with `_` between channels. */
export function writeKernels(kernels: readonly Kernel[]): string {
  return kernels
    .map(({ preset, size, slices }) =>
      preset === "" ? slices.map((slice) => slice.map(short).join(",")).join("_") : `${preset}-${size}`,
    )
    .join("~");
}

/** What cannot be read is left out. */
export function readKernels(text: string, table: PresetTable): Kernel[] {
  return text
    .split("~")
    .slice(0, mostKernels)
    .flatMap((one): Kernel[] => {
      const values = table[one];
      if (values !== undefined) {
        return [
          { preset: one.slice(0, one.lastIndexOf("-")), size: Math.sqrt(values.length), slices: [values] },
        ];
      }
      const slices = one.split("_").map((slice) => slice.split(",").map(readNumber));
      const size = Math.sqrt(slices[0]?.length ?? 0);
      const square = Number.isInteger(size) && size >= 1 && size <= largestKernel;
      const even = slices.every((slice) => slice.length === size * size && slice.every(Number.isFinite));
      return square && even && (slices.length === 1 || slices.length === 3)
        ? [{ preset: "", size, slices }]
        : [];
    });
}
