/** Where a window lies, and what it adds up there: the arithmetic that the page shows. */
import type { Picture } from "./picture.js";

export interface Sliding {
  readonly stride: number;
  readonly dilation: number;
  /** Rows and columns of zeros on every side; "same" for as many as keep `ceil(input / stride)`. */
  readonly padding: "same" | number;
}

/** How a window moves along one side of a picture. */
export interface Axis {
  readonly input: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  /** Zeros before the first number and behind the last. */
  readonly before: number;
  readonly after: number;
  /** Places that the window takes; 0 or less where it does not fit. */
  readonly output: number;
}

/** Numbers that a kernel spans, with the gaps of dilation. */
export const covered = (kernel: number, dilation: number): number => dilation * (kernel - 1) + 1;

/** `output = floor((input + before + after - dilation (kernel - 1) - 1) / stride) + 1` */
export function axisOf(input: number, kernel: number, { stride, dilation, padding }: Sliding): Axis {
  const span = covered(kernel, dilation);
  let [before, after] = padding === "same" ? [0, 0] : [padding, padding];
  if (padding === "same") {
    const total = Math.max(0, (Math.ceil(input / stride) - 1) * stride + span - input);
    before = Math.floor(total / 2);
    after = total - before;
  }
  const output = Math.floor((input + before + after - span) / stride) + 1;
  return { input, kernel, stride, dilation, before, after, output };
}

/** Where a tap of the kernel lies in the input, for a place of the output. Outside of it are zeros. */
export const tapAt = (axis: Axis, place: number, tap: number): number =>
  place * axis.stride + tap * axis.dilation - axis.before;

/** Turned by 180 degrees: what true convolution lays on the picture. */
export const flipped = (kernel: readonly number[]): readonly number[] => [...kernel].reverse();

export interface Term {
  /** In the input, from -before on. */
  readonly row: number;
  readonly column: number;
  readonly inside: boolean;
  readonly pixel: number;
  readonly weight: number;
  readonly product: number;
}

export interface ChannelSum {
  /** One for each number of the kernel, row by row. */
  readonly terms: readonly Term[];
  readonly sum: number;
}

/** The products at one place, and their sum, for each channel. `kernels` are as they lie on the picture, one a channel. */
export function sumsAt(
  picture: Picture,
  kernels: readonly (readonly number[])[],
  axes: readonly [rows: Axis, columns: Axis],
  place: readonly [row: number, column: number],
): ChannelSum[] {
  const [rows, columns] = axes;
  const { height, width, data } = picture;
  return kernels.map((kernel, channel) => {
    const terms = kernel.map((weight, i): Term => {
      const row = tapAt(rows, place[0], Math.floor(i / columns.kernel));
      const column = tapAt(columns, place[1], i % columns.kernel);
      const inside = row >= 0 && column >= 0 && row < height && column < width;
      const pixel = inside ? (data[(channel * height + row) * width + column] as number) : 0;
      return { row, column, inside, pixel, weight, product: pixel * weight };
    });
    return { terms, sum: terms.reduce((sum, { product }) => sum + product, 0) };
  });
}

/** Why a window does not fit, in words; undefined if it does. */
export function misfit({ input, kernel, dilation, before, after, output }: Axis): string | undefined {
  if (output >= 1) return undefined;
  const padded = before + after > 0 ? `${input + before + after} with its padding` : String(input);
  return `The kernel covers ${covered(kernel, dilation)} numbers in a row, but the input has only ${padded}. Take a smaller kernel, less dilation, or more padding.`;
}
