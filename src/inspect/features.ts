import { Batches, type BatchOptions } from "../data/batches.js";
import type { LabelledImages } from "../data/labelled-images.js";
import type { Module } from "../nn/module.js";
import { compile } from "../runtime/compile.js";
import { sizeOf } from "../shape/shape.js";
import { tensor } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";
import { outputAt, outputsOf } from "./trace.js";

export interface FeaturesOptions extends Pick<BatchOptions, "crop" | "scaling"> {
  /** The layer whose output is taken; default "", the model. */
  readonly path?: string;
  /** Images that go through the model at once; default 100. */
  readonly batchSize?: number;
}

/**
 * What a layer makes of each image of a set: `[count, values]`, in the order of the set, each image's activations in a
 * row. To be given to `pca`, `linearSvm` or whatever else takes features.
 *
 * @throws RangeError if there is no such layer or no image; ShapeError if the images do not fit the model
 */
export async function features(
  model: Module,
  set: LabelledImages,
  options: FeaturesOptions = {},
): Promise<Tensor> {
  const { path = "", batchSize = 100, crop, scaling } = options;
  const batches = new Batches(set, { size: batchSize, seed: 0, shuffle: false, crop, scaling });
  const run = compile(
    (images: Tensor) => {
      const output = outputAt(outputsOf(model, images, path), path, "features");
      return output.reshape([images.shape[0]!, sizeOf(output.shape.slice(1))]);
    },
    { name: "features" },
  );
  let width = 0;
  let all = new Float32Array(0);
  for (let step = 0; step < batches.perEpoch; step++) {
    const rows = run(batches.batch(0, step).images);
    if (step === 0) {
      width = rows.shape[1]!;
      all = new Float32Array(set.count * width);
    }
    all.set(await rows.data(), step * batchSize * width);
  }
  return tensor(all, { shape: [set.count, width] });
}
