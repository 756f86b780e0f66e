import { grad } from "../autodiff/api.js";
import { crossEntropy } from "../losses/cross-entropy.js";
import type { Module } from "../nn/module.js";
import { recordAssignments } from "../runtime/variable.js";
import type { Tensor } from "../tensor/tensor.js";

export interface ParameterGradientsOptions {
  /** A scalar of the model's output and the labels; default `losses.crossEntropy`. */
  readonly loss?: (output: Tensor, labels: Tensor) => Tensor;
  /** Whether the model runs as while fitting: dropout drops, batch normalization uses the batch. Default false. */
  readonly training?: boolean;
}

/** A type, not an interface, so that compiled functions may return it. */
export type ParameterGradients = {
  readonly loss: Tensor;
  /** The trainable variables' values by their path in the model, such as `0.weight`. */
  readonly parameters: { readonly [path: string]: Tensor };
  /** How much the loss changes with each of these values: by path, shaped as the parameters. */
  readonly gradients: { readonly [path: string]: Tensor };
};

/**
 * The weights of a model and what a batch says of them: the gradient of its loss by each, as `activations` has it for what
 * layers compute. It only builds graph, so that it can be compiled, and changes no variables, with `training` neither.
 *
 * ```ts
 * const { gradients } = inspect.parameterGradients(model, images, labels);
 * return Object.values(gradients).map((gradient) => gradient.norm());
 * ```
 */
export function parameterGradients(
  model: Module,
  images: Tensor,
  labels: Tensor,
  options: ParameterGradientsOptions = {},
): ParameterGradients {
  const { loss: lossOf = crossEntropy, training = false } = options;
  const trainable = [...model.variables()].filter(([, variable]) => variable.trainable);
  const { result: loss } = recordAssignments(() => lossOf(model.forward(images, { training }), labels));
  const values = trainable.map(([, variable]) => variable.value);
  const byPath = (tensors: readonly Tensor[]) =>
    Object.fromEntries(tensors.map((tensor, i) => [trainable[i]![0], tensor]));
  return { loss, parameters: byPath(values), gradients: byPath(grad(loss, values)) };
}
