import { grad } from "../autodiff/api.js";
import type { Node } from "../graph/types.js";
import { topological } from "../graph/walk.js";
import type { Module } from "../nn/module.js";
import { relu } from "../tensor/activations.js";
import { lessEqual, where } from "../tensor/elementwise.js";
import type { Tensor } from "../tensor/tensor.js";
import { outputAt, outputsOf } from "./trace.js";
import { type UnitSelection, unitScores } from "./unit-scores.js";

/**
 * What in the image makes a unit respond, as guided backpropagation shows it: the unit's gradient by the image, but at
 * every ReLU only what is positive goes on, and only where the ReLU was,
 *
 *     signal before ReLU = max(signal, 0) where x > 0, else 0
 *
 * Every `relu` counts, layers and those inside of other modules alike; not `relu6` and its like, and none in loops. It
 * only builds graph, so that it can be compiled.
 *
 * @param images `[N, ...]`
 * @returns shaped as the images
 * @throws RangeError if there is no such layer, ShapeError if there is no such unit
 *
 * Source: Springenberg et al., "Striving for simplicity: the all convolutional net", 2014, section 3.4.
 */
export function guidedBackprop(model: Module, images: Tensor, unit: UnitSelection = {}): Tensor {
  return backwards(model, images, unit, "guidedBackprop", (signal, x) =>
    where(lessEqual(x, 0), 0, relu(signal)),
  );
}

/**
 * What in the image makes a unit respond, as the deconvolutional network shows it: the unit's gradient by the image, but
 * at every ReLU what is positive goes on, wherever the ReLU was,
 *
 *     signal before ReLU = max(signal, 0)
 *
 * Max pooling hands the signal to where the maximum was (the switches of the paper), convolutions are transposed, as in
 * every gradient. The signal begins as 1 where the paper has the activation itself, by which the result can be multiplied.
 * For the rest see `guidedBackprop`.
 *
 * Source: Zeiler and Fergus, "Visualizing and understanding convolutional networks", 2013, section 2.1.
 */
export function deconvnet(model: Module, images: Tensor, unit: UnitSelection = {}): Tensor {
  return backwards(model, images, unit, "deconvnet", relu);
}

function backwards(
  model: Module,
  images: Tensor,
  unit: UnitSelection,
  caller: string,
  throughRelu: (signal: Node, x: Node) => Node,
): Tensor {
  const { path = "" } = unit;
  const output = outputAt(outputsOf(model, images, path), path, caller);
  const scores = unitScores(output, unit, caller).sum();
  const rules = new Map(
    rectifiers(scores.node).map(({ node, x }) => [
      node,
      (signal: Node) => [undefined, undefined, throughRelu(signal, x)],
    ]),
  );
  return grad(scores, [images], { rules })[0];
}

/** The ReLUs from which a node is computed: equal nodes are one object, so they are known by what they would be built as. */
function rectifiers(root: Node): { node: Node; x: Node }[] {
  return topological([root]).flatMap((node) => {
    const x = node.op === "where" ? node.inputs[2]! : undefined;
    return x?.dtype === "float32" && relu(x) === node ? [{ node, x }] : [];
  });
}
