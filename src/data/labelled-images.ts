import { DataError } from "./errors.js";
import type { IdxArray } from "./idx.js";

/** Images with one class each, as bytes: the form every reader of image data sets returns. */
export interface LabelledImages {
  /** For messages and reports: `digits`, `mnist`, ... */
  readonly name: string;
  /** `[count, channels, height, width]`, row-major: intensities 0 ... 255. */
  readonly pixels: Uint8Array;
  /** `[count]`: each an index into `classes`. */
  readonly labels: Uint8Array;
  readonly count: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly classes: readonly string[];
}

export interface LabelledImagesOptions {
  readonly name: string;
  readonly classes: readonly string[];
  /** If given, images of another size are refused. */
  readonly imageSize?: { readonly height: number; readonly width: number };
}

/** The classes of MNIST and of every set of handwritten digits. */
export const digitClasses: readonly string[] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/**
 * Joins an IDX array of grey images `[count, height, width]` with one of labels `[count]`.
 *
 * @throws DataError if the ranks, counts or sizes do not fit, or a label is not below the number of classes
 */
export function labelledImages(
  images: IdxArray,
  labels: IdxArray,
  options: LabelledImagesOptions,
): LabelledImages {
  const { name, classes, imageSize } = options;
  if (images.shape.length !== 3) {
    const hint = images.shape.length === 1 ? "; are these the labels?" : "";
    throw new DataError(
      images.source,
      `images must have rank 3 [count, height, width], but this has the shape [${images.shape.join(", ")}]${hint}`,
    );
  }
  if (labels.shape.length !== 1) {
    const hint = labels.shape.length === 3 ? "; are these the images?" : "";
    throw new DataError(
      labels.source,
      `labels must have rank 1 [count], but this has the shape [${labels.shape.join(", ")}]${hint}`,
    );
  }
  const [count, height, width] = images.shape as readonly [number, number, number];
  if (labels.shape[0] !== count) {
    throw new DataError(
      labels.source,
      `holds ${labels.shape[0]} labels, but ${images.source} holds ${count} images: there must be one label an image`,
    );
  }
  if (imageSize !== undefined && (height !== imageSize.height || width !== imageSize.width)) {
    throw new DataError(
      images.source,
      `images are ${height} x ${width} (height x width), expected ${imageSize.height} x ${imageSize.width}`,
    );
  }
  checkLabels(labels.data, classes, labels.source);
  return {
    name,
    pixels: images.data,
    labels: labels.data,
    count,
    channels: 1,
    height,
    width,
    classes,
  };
}

/** @throws DataError naming the first label that is not an index into `classes` */
export function checkLabels(labels: Uint8Array, classes: readonly string[], source: string): void {
  const index = labels.findIndex((label) => label >= classes.length);
  if (index >= 0) {
    throw new DataError(
      source,
      `label ${labels[index]} at index ${index} is out of range: with ${classes.length} classes labels are ` +
        `0 to ${classes.length - 1}`,
    );
  }
}

/**
 * The images at `indices`, in that order, copied. An index may occur more than once.
 *
 * @throws RangeError for an index that is not in the set
 */
export function subset(set: LabelledImages, indices: ArrayLike<number>): LabelledImages {
  const imageSize = set.channels * set.height * set.width;
  const count = indices.length;
  const pixels = new Uint8Array(count * imageSize);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const index = indices[i] as number;
    if (!Number.isInteger(index) || index < 0 || index >= set.count) {
      throw new RangeError(
        `subset: index ${index} at position ${i}, but ${set.name} has ${set.count} images`,
      );
    }
    pixels.set(set.pixels.subarray(index * imageSize, (index + 1) * imageSize), i * imageSize);
    labels[i] = set.labels[index] as number;
  }
  return { ...set, pixels, labels, count };
}

/** How many images of each class there are. */
export function classCounts(set: LabelledImages): number[] {
  const counts = new Array<number>(set.classes.length).fill(0);
  for (const label of set.labels) counts[label] = (counts[label] as number) + 1;
  return counts;
}
