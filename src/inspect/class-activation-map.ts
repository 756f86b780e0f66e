import { grad } from "../autodiff/api.js";
import { topological } from "../graph/walk.js";
import type { Module } from "../nn/module.js";
import { sizeOf } from "../shape/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { classScores } from "./class-scores.js";
import { type ActivationMapOptions, sized } from "./grad-cam.js";
import { outputsOf } from "./trace.js";

/**
 * Where a network that ends in global average pooling and a dense layer sees a class: the channels of its last layer that
 * has positions, with the weights that the dense layer gives their means,
 *
 *     map = sum over k of weight[class, k] A[k],   score = mean over positions of map + bias
 *
 * Computed as the number of positions times `A d score / d A`, which is the same for this ending, and what each position
 * adds to the score for every other linear one. It only builds graph, so that it can be compiled.
 *
 * @param model its output are logits `[N, classes]`
 * @param images `[N, C, ...]`
 * @returns `[N, 1, ...positions]` of the layer, or of the images with `upsample`
 * @throws RangeError if there is no such class, or what follows the last layer with positions is not linear: then `gradCam`
 *
 * Source: Zhou et al., "Learning deep features for discriminative localization", 2016, section 2.
 */
export function classActivationMap(
  model: Module,
  images: Tensor,
  options: ActivationMapOptions = {},
): Tensor {
  const caller = "classActivationMap";
  const outputs = outputsOf(model, images);
  const [path, features] =
    [...outputs].filter(([, { shape }]) => sizeOf(shape.slice(2)) > 1).at(-1) ?? nothing(caller);
  const scores = classScores(outputs.get("")!, options.of, caller);
  const [gradient] = grad(scores.sum(), [features]);
  // For whichever class, since the choice of the class may depend on the features: a linear ending's gradient does not.
  const [fixed] = grad(classScores(outputs.get("")!, 0, caller).sum(), [features]);
  if (topological([fixed.node]).includes(features.node)) {
    throw new RangeError(
      `${caller}: the scores are not linear in the output of "${path}", the last with positions; gradCam takes any network`,
    );
  }
  const places = sizeOf(features.shape.slice(2));
  return sized(features.multiply(gradient).sum(1, true).multiply(places), images, options);
}

function nothing(caller: string): never {
  throw new RangeError(`${caller}: no layer's output has positions`);
}
