import { grad } from "../autodiff/api.js";
import type { Module } from "../nn/module.js";
import { formatShape, ShapeError } from "../shape/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { type ClassOptions, classScores } from "./class-scores.js";
import { outputAt, outputsOf } from "./trace.js";

export interface ActivationMapOptions extends ClassOptions {
  /** Whether the map is enlarged to the size of the images, bilinearly; default false. */
  readonly upsample?: boolean;
}

export interface GradCamOptions extends ActivationMapOptions {
  /** A layer whose output has positions, such as the last convolution. */
  readonly path: string;
}

/**
 * Where a layer speaks for a class, in any network: its channels, weighted by how much the class's score grows with each,
 *
 *     map = max(0, sum over k of w[k] A[k]),   w[k] = mean over positions of d score / d A[k]
 *
 * It only builds graph, so that it can be compiled.
 *
 * @param model its output are logits `[N, classes]`
 * @param images `[N, C, ...]`
 * @returns `[N, 1, ...positions]` of the layer, or of the images with `upsample`
 * @throws RangeError if there is no such layer or class, ShapeError if the layer has no positions
 *
 * Source: Selvaraju et al., "Grad-CAM: visual explanations from deep networks via gradient-based localization", 2017,
 * section 3.
 */
export function gradCam(model: Module, images: Tensor, options: GradCamOptions): Tensor {
  const caller = "gradCam";
  const outputs = outputsOf(model, images);
  const features = outputAt(outputs, options.path, caller);
  if (features.rank < 3) {
    throw new ShapeError(
      `${caller}: the output of "${options.path}" is ${formatShape(features.shape)}, but must be [N, channels, ...positions]`,
    );
  }
  const scores = classScores(outputs.get("")!, options.of, caller);
  const [gradient] = grad(scores.sum(), [features]);
  const positions = features.shape.map((_, axis) => axis).slice(2);
  const weights = gradient.mean(positions, true);
  return sized(features.multiply(weights).sum(1, true).relu(), images, options);
}

/** A map, enlarged to the size of the images if that is wanted. */
export function sized(map: Tensor, images: Tensor, { upsample = false }: ActivationMapOptions): Tensor {
  return upsample ? map.resize(images.shape.slice(2), { mode: "linear" }) : map;
}
