import { data } from "gradus";
import type { Lens } from "../lens.js";
import { probabilitiesOf } from "./probabilities.js";

export interface DigitParameters {
  /** As a canvas or an image file gives it. */
  readonly image: data.PixelImage;
}

export interface Digit {
  readonly probabilities: Float32Array<ArrayBuffer>;
  /** What was made of it: size-normalized and centred as MNIST's digits were, `[channels, height, width]`. */
  readonly pixels: Uint8Array<ArrayBuffer>;
}

/**
 * What the network sees in a drawing or a photograph. For digits it is first put into MNIST's form: bright on dark, fitted
 * into 20 x 20, centred by mass.
 */
export const digit: Lens<DigitParameters, Digit> = async (subject, { image }) => {
  const { run } = subject;
  const { train } = run.sets;
  const pixels =
    train.channels === 1 ? data.mnistImage(image, "your picture") : fit(image, train.height, train.width);
  if (pixels.length !== train.channels * train.height * train.width) {
    throw new Error(
      `a picture becomes 28 x 28 grey pixels, but this network sees ${train.height} x ${train.width}`,
    );
  }
  const set: data.LabelledImages = { ...train, pixels, labels: Uint8Array.of(0), count: 1 };
  const probabilities = await probabilitiesOf(subject, run.batchOf(set, [0]).images);
  return { probabilities, pixels: Uint8Array.from(pixels) };
};

/** The middle square of a colour picture, made as large as the network's images by averaging. */
function fit(
  { width, height, channels, data: samples }: data.PixelImage,
  rows: number,
  columns: number,
): Uint8Array {
  const side = Math.min(width, height);
  const left = (width - side) / 2;
  const top = (height - side) / 2;
  const pixels = new Uint8Array(3 * rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [y0, y1] = span(top, side, row, rows, height);
      const [x0, x1] = span(left, side, column, columns, width);
      for (let colour = 0; colour < 3; colour++) {
        let sum = 0;
        for (let y = y0; y < y1; y++) {
          for (let x = x0; x < x1; x++)
            sum += samples[(y * width + x) * channels + (channels >= 3 ? colour : 0)] as number;
        }
        pixels[(colour * rows + row) * columns + column] = Math.round(sum / ((y1 - y0) * (x1 - x0)));
      }
    }
  }
  return pixels;
}

/** The samples that one of `count` pixels covers. */
function span(start: number, side: number, at: number, count: number, limit: number): [number, number] {
  const first = Math.min(limit - 1, Math.floor(start + (at * side) / count));
  return [first, Math.max(first + 1, Math.min(limit, Math.floor(start + ((at + 1) * side) / count)))];
}
