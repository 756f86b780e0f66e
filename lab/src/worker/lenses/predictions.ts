import { data } from "gradus";
import type { Lens } from "../lens.js";
import { probabilitiesOf } from "./probabilities.js";

export interface PredictionsParameters {
  /** Of images of the test set. */
  readonly indices: readonly number[];
}

export interface Prediction {
  readonly index: number;
  readonly label: number;
  /** Of all classes. */
  readonly probabilities: Float32Array<ArrayBuffer>;
  /** `[channels, height, width]`, as bytes. */
  readonly pixels: Uint8Array<ArrayBuffer>;
}

/** What the network thinks of some test images. */
export const predictions: Lens<PredictionsParameters, readonly Prediction[]> = async (
  subject,
  { indices },
) => {
  const { run } = subject;
  const { test } = run.sets;
  const inside = indices.filter((index) => index >= 0 && index < test.count);
  if (inside.length === 0) return [];
  const probabilities = await probabilitiesOf(subject, run.batchOf(test, inside).images);
  const classes = test.classes.length;
  return inside.map((index, i) => ({
    index,
    label: test.labels[index] as number,
    probabilities: probabilities.slice(i * classes, (i + 1) * classes),
    pixels: Uint8Array.from(data.subset(test, [index]).pixels),
  }));
};
