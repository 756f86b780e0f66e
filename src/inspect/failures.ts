import type { PixelImage } from "../data/image.js";
import type { LabelledImages } from "../data/labelled-images.js";
import { ShapeError } from "../shape/shape.js";
import { colorAt } from "./colors.js";
import { enlarge, imagesOf, tile } from "./pictures.js";
import { captioned, textSize, write } from "./text.js";

/**
 * A confusion matrix as a table: a row for each label, a column for each prediction, with the number of examples in each
 * cell. Colours go by the square root of the share of the row, so that rare mistakes stand out from none.
 *
 * @param confusion `confusion[label][predicted]`, as `train.Evaluator` counts it
 * @throws ShapeError unless there is a row and a column for each class
 */
export function confusionPicture(
  confusion: readonly (readonly number[])[],
  classes: readonly string[],
): PixelImage {
  const count = classes.length;
  if (confusion.length !== count || confusion.some((row) => row.length !== count)) {
    throw new ShapeError(
      `confusionPicture: the matrix has ${confusion.length} rows of ${confusion.map((row) => row.length).join(", ")}, but ` +
        `must have ${count} of ${count}, one for each class`,
    );
  }
  const scale = 2;
  const widest = Math.max(
    ...[...classes, ...confusion.flat().map(String)].map((word) => textSize(word, scale).width),
  );
  const cell = { width: widest + 12, height: 30 };
  const corner = { width: Math.max(widest, textSize("label", scale).width) + 16, height: 60 };
  const width = corner.width + count * cell.width;
  const height = corner.height + count * cell.height;
  const image: PixelImage = {
    width,
    height,
    channels: 3,
    data: new Uint8Array(width * height * 3).fill(255),
  };

  const centred = (word: string, left: number, top: number, space: number, color: readonly number[]) => {
    const size = textSize(word, scale);
    write(image, word, { left: left + Math.floor((space - size.width) / 2), top, scale, color });
  };
  const black = [0, 0, 0];
  centred("predicted", corner.width, 8, count * cell.width, black);
  centred("label", 0, 34, corner.width, black);
  for (const [i, name] of classes.entries()) {
    const [left, top] = [corner.width + i * cell.width, corner.height + i * cell.height];
    centred(name, left, 34, cell.width, black);
    centred(name, 0, top + 8, corner.width, black);
    const total = confusion[i]!.reduce((sum, n) => sum + n, 0);
    for (const [j, n] of confusion[i]!.entries()) {
      const from = corner.width + j * cell.width;
      const color = colorAt("sequential", total === 0 ? 0 : Math.sqrt(n / total));
      for (let y = top; y < top + cell.height - 1; y++) {
        for (let x = from; x < from + cell.width - 1; x++) image.data.set(color, (y * width + x) * 3);
      }
      const isBright = color[1]! > 140;
      if (n > 0) centred(String(n), from, top + 8, cell.width, isBright ? black : [255, 255, 255]);
    }
  }
  return image;
}

/** An example and what a model takes it for. */
export interface Judged {
  /** In the set. */
  readonly index: number;
  readonly label: number;
  readonly predicted: number;
  /** Of the predicted class. */
  readonly probability: number;
}

export interface JudgedPictureOptions {
  /** Default: as many as make the sheet about square. */
  readonly columns?: number;
  /** Each image is enlarged by this whole number; default 3. */
  readonly scale?: number;
}

/**
 * Images of a set, each above its label, what it was taken for, and the probability of that: `8 AS 3 97%`.
 *
 * @param judged such as the first of `mistakes` of `train.Evaluator`
 * @throws RangeError if there are none
 */
export function judgedPicture(
  set: LabelledImages,
  judged: readonly Judged[],
  options: JudgedPictureOptions = {},
): PixelImage {
  const { scale = 3, ...layout } = options;
  const { channels, height, width } = set;
  const size = channels * height * width;
  const pictures = judged.map(({ index, label, predicted, probability }) => {
    const pixels = set.pixels.subarray(index * size, (index + 1) * size);
    const [picture] = imagesOf(pixels, [1, channels, height, width], { range: [0, 255] });
    const names = `${set.classes[label]} as ${set.classes[predicted]}`;
    return captioned(enlarge(picture!, scale), `${names} ${Math.round(100 * probability)}%`);
  });
  return tile(pictures, { gap: 6, background: 255, ...layout });
}
