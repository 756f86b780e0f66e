import { data, type Tensor, tensor } from "gradus";

/** All images of a set as one batch `[count, channels, height, width]`, from -0.5 (black) to 0.5 unless told otherwise. */
export function pixelsOf(set: data.LabelledImages, scaling?: data.Scaling): Tensor {
  const batches = new data.Batches(set, { size: set.count, seed: 0, shuffle: false, scaling });
  return batches.batch(0, 0).images;
}

/** The labels of a set, int32 `[count]`. */
export function labelsOf(set: data.LabelledImages): Tensor {
  return tensor(Int32Array.from(set.labels));
}
