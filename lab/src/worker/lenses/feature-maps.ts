import { compile, inspect, type Tensor } from "gradus";
import type { Lens } from "../lens.js";
import { type Numbers, numbersOf } from "../numbers.js";
import { type Chosen, sightOf } from "./chosen.js";

export interface FeatureMapsParameters {
  readonly chosen: Chosen;
  /** Layer. */
  readonly path: string;
}

export interface FeatureMaps {
  /** `[channels, height, width]`, as the network sees it. */
  readonly input: Numbers;
  /** The layer's output for the image: `[channels, height, width]`, or `[units]`. */
  readonly maps: Numbers;
  readonly step: number;
}

/** What one layer makes of the chosen image. */
export const featureMaps: Lens<FeatureMapsParameters, FeatureMaps> = async (
  { run, once },
  { chosen, path },
) => {
  const look = once(`feature maps ${path}`, () =>
    compile(
      (images: Tensor) => inspect.activations(run.model, images, { paths: [path] }).outputs[path] as Tensor,
      {
        name: "feature maps",
      },
    ),
  );
  const { images } = sightOf(run, chosen);
  const withoutBatch = { withoutBatch: true };
  return {
    input: await numbersOf(images, withoutBatch),
    maps: await numbersOf(look(images), withoutBatch),
    step: run.step,
  };
};
