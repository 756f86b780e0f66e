import { hinge } from "../losses/hinge.js";
import { Dense } from "../nn/dense.js";
import { lbfgs } from "../optim/lbfgs.js";
import { compile } from "../runtime/compile.js";
import { formatShape, ShapeError } from "../shape/shape.js";
import { oneHot } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";

export interface LinearSvmOptions {
  /** Number of classes. */
  readonly classes: number;
  /** What a violated margin costs against a large weight; default 1. */
  readonly cost?: number;
  /** Greatest number of steps of L-BFGS; default 200. */
  readonly iterations?: number;
}

/**
 * A linear support vector machine: for each class a weight vector that tells it from all others,
 *
 *     minimize over w, b: |w|^2 / 2 + cost * sum over examples of max(0, 1 - y (w x + b))^2,   y = 1 or -1
 *
 * where x are the features less their mean, divided by their root mean square length, so that a cost means the same for
 * features of any number and size. The classes are problems of their own, solved together by L-BFGS.
 *
 * ```ts
 * const svm = await inspect.linearSvm(features, labels, { classes: 10 });
 * const accuracy = await losses.accuracy(svm.forward(others), otherLabels).item();
 * ```
 *
 * @param features float32 `[N, values]`
 * @param labels int32 `[N]`
 * @returns a layer from features as given to scores `[N, classes]`
 * @throws ShapeError if features and labels do not fit
 *
 * Source: Fan et al., "LIBLINEAR: a library for large linear classification", 2008, section 2 (L2-loss, one against the
 * rest). Squared, the margin's cost is smooth, as L-BFGS needs.
 */
export async function linearSvm(features: Tensor, labels: Tensor, options: LinearSvmOptions): Promise<Dense> {
  const { classes, cost = 1, iterations = 200 } = options;
  const [count, width] = features.shape;
  const fits =
    features.rank === 2 && features.dtype === "float32" && labels.dtype === "int32" && labels.rank === 1;
  if (!fits || labels.shape[0] !== count || count === 0) {
    throw new ShapeError(
      `linearSvm: features are ${features.dtype} ${formatShape(features.shape)} and labels ${labels.dtype} ` +
        `${formatShape(labels.shape)}, but must be float32 [N, values] and int32 [N]`,
    );
  }
  if (!(cost > 0)) throw new RangeError(`linearSvm: cost is ${cost}, but must be above 0`);
  const scale = compile((x: Tensor) => {
    const mean = x.mean(0);
    const centred = x.subtract(mean);
    const length = centred.square().sum(1).mean().sqrt().maximum(1e-12);
    return { mean, length, scaled: centred.divide(length) };
  });
  const { mean, length, scaled } = scale(features);
  await scaled.data();
  const layer = new Dense(classes, { initializer: (shape) => new Float32Array(shape[0]! * shape[1]!) });
  layer.build([width!]);
  const signs = oneHot(labels, classes).multiply(2).subtract(1);
  const { weight, bias } = layer;
  await lbfgs([weight, bias!], { iterations }).minimize(() => {
    const violations = hinge(layer.forward(scaled), signs, { reduction: "none" }).square().sum();
    return weight.value.square().sum().divide(2).add(violations.multiply(cost)).divide(count!);
  });
  // For features as given, instead of the scaled ones.
  const restore = compile(() => {
    const direction = weight.value.divide(length);
    bias!.assign(bias!.value.subtract(direction.matmul(mean)));
    weight.assign(direction);
    return direction;
  });
  await restore().data();
  return layer;
}
