import { compile, inspect, type Tensor } from "gradus";
import type { Lens } from "../lens.js";

export interface TensorEntryParameters {
  /** Of an image of the test set. */
  readonly image: number;
  /** Layer. */
  readonly path: string;
  /** In the layer's output for the image, row-major. */
  readonly index: number;
}

/** One number of a layer's output, read by itself: against it the pictures are checked. */
export const tensorEntry: Lens<TensorEntryParameters, number> = async ({ run }, { image, path, index }) => {
  const look = compile((images: Tensor) => inspect.activations(run.model, images, { paths: [path] }).outputs);
  const { images } = run.batchOf(run.sets.test, [image]);
  const values = await (look(images)[path] as Tensor).data();
  return values[index] as number;
};
