import { DataError } from "./errors.js";
import { checkLabels, type LabelledImages } from "./labelled-images.js";

/** The classes of CIFAR-10, in the order of its labels. */
export const cifar10Classes: readonly string[] = [
  "airplane",
  "automobile",
  "bird",
  "cat",
  "deer",
  "dog",
  "frog",
  "horse",
  "ship",
  "truck",
];

const channels = 3;
const side = 32;
const imageSize = channels * side * side;
const recordSize = 1 + imageSize;

/**
 * Reads a file of CIFAR-10's binary version: records of one label byte and 3,072 pixel bytes, the red, then the
 * green, then the blue plane of 32 x 32, row by row.
 *
 * Source: Krizhevsky, "Learning multiple layers of features from tiny images", 2009, and its data set's page.
 *
 * @param source names the file in errors
 * @throws DataError if it is empty, does not end with a whole record, or a label is above 9
 */
export function parseCifar10(bytes: Uint8Array, source: string, name = "cifar10"): LabelledImages {
  const count = Math.floor(bytes.length / recordSize);
  const rest = bytes.length - count * recordSize;
  if (bytes.length === 0 || rest !== 0) {
    throw new DataError(
      source,
      `CIFAR-10 records have ${recordSize} bytes (1 label, 3,072 pixels), but the file has ${bytes.length}: ` +
        (bytes.length === 0
          ? "it is empty"
          : `${count} records and ${rest} bytes, so it is truncated or of another kind`),
    );
  }
  const labels = new Uint8Array(count);
  const pixels = new Uint8Array(count * imageSize);
  for (let i = 0; i < count; i++) {
    const start = i * recordSize;
    labels[i] = bytes[start] as number;
    pixels.set(bytes.subarray(start + 1, start + recordSize), i * imageSize);
  }
  checkLabels(labels, cifar10Classes, source);
  return { name, pixels, labels, count, channels, height: side, width: side, classes: cifar10Classes };
}

/**
 * One set of several, as for CIFAR-10's five training files.
 *
 * @throws DataError if the sets differ in image size or classes
 */
export function concatenate(sets: readonly LabelledImages[], name: string): LabelledImages {
  const [first, ...others] = sets;
  if (first === undefined) throw new RangeError("concatenate: there must be at least one set");
  for (const other of others) {
    const fits =
      other.channels === first.channels &&
      other.height === first.height &&
      other.width === first.width &&
      other.classes.join("\n") === first.classes.join("\n");
    if (!fits) {
      const describe = (set: LabelledImages) =>
        `[${set.channels}, ${set.height}, ${set.width}] images of ${set.classes.length} classes`;
      throw new DataError(
        other.name,
        `${describe(other)} cannot be joined to ${first.name}'s ${describe(first)}: size and classes must agree`,
      );
    }
  }
  const count = sets.reduce((sum, set) => sum + set.count, 0);
  const pixels = new Uint8Array(count * first.channels * first.height * first.width);
  const labels = new Uint8Array(count);
  let done = 0;
  for (const set of sets) {
    pixels.set(set.pixels, done * first.channels * first.height * first.width);
    labels.set(set.labels, done);
    done += set.count;
  }
  return { ...first, name, pixels, labels, count };
}
