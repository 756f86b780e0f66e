import { grad } from "../autodiff/api.js";
import type { Module } from "../nn/module.js";
import type { Tensor } from "../tensor/tensor.js";
import { outputAt, outputsOf } from "./trace.js";

export interface ActivationsOptions {
  /** Which layers; default: all, and "" for the model's own output. */
  readonly paths?: readonly string[];
  /** A scalar of the model's output, such as a loss or the score of a class: by it, the gradients of all activations. */
  readonly gradientOf?: (output: Tensor) => Tensor;
}

/** A type, not an interface, so that compiled functions may return it. */
export type Activations = {
  /** What each layer gives for the batch, by its path. */
  readonly outputs: { readonly [path: string]: Tensor };
  /** How much the scalar changes with each of these values: by path, shaped as the outputs. Empty without `gradientOf`. */
  readonly gradients: { readonly [path: string]: Tensor };
};

/**
 * What happens inside a model on a batch of images `[N, ...]`. It only builds graph, so that it can be compiled together
 * with whatever is made of it:
 *
 * ```ts
 * const look = compile((images: Tensor) => inspect.activations(model, images, { paths: ["0", "3"] }).outputs);
 * ```
 *
 * @throws RangeError naming the layers there are, if one of `paths` is not among them
 */
export function activations(model: Module, images: Tensor, options: ActivationsOptions = {}): Activations {
  const all = outputsOf(model, images);
  const paths = options.paths ?? [...all.keys()];
  const outputs = paths.map((path) => outputAt(all, path, "activations"));
  const byPath = (tensors: readonly Tensor[]) =>
    Object.fromEntries(tensors.map((tensor, i) => [paths[i]!, tensor]));
  const gradients = options.gradientOf ? grad(options.gradientOf(all.get("")!), outputs) : [];
  return { outputs: byPath(outputs), gradients: byPath(gradients) };
}
