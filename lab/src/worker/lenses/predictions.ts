import { compile, data, type Tensor } from "gradus";
import type { Lens } from "../lens.js";

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
  { run, once },
  { indices },
) => {
  const { test } = run.sets;
  const inside = indices.filter((index) => index >= 0 && index < test.count);
  if (inside.length === 0) return [];
  const predict = once("predictions", () =>
    compile((images: Tensor) => run.model.forward(images).softmax(1), { name: "predict" }),
  );
  const probabilities = await predict(run.batchOf(test, inside).images).data();
  const classes = test.classes.length;
  return inside.map((index, i) => ({
    index,
    label: test.labels[index] as number,
    probabilities: Float32Array.from(probabilities.subarray(i * classes, (i + 1) * classes)),
    pixels: Uint8Array.from(data.subset(test, [index]).pixels),
  }));
};
