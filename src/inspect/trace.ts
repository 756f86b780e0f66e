import { inputSlot, node } from "../graph/build.js";
import type { Node } from "../graph/types.js";
import type { Module } from "../nn/module.js";
import { recordAssignments } from "../runtime/variable.js";
import { formatShape, type Shape, ShapeError } from "../shape/shape.js";
import { Tensor } from "../tensor/tensor.js";

/**
 * Runs a model and collects the output of each module by path; "" is the model itself. A module that runs several times
 * has its last output. If `path` is given, what comes behind it may fail: it need not fit an input of another size.
 */
export function outputsOf(model: Module, x: Tensor, path = ""): Map<string, Tensor> {
  const outputs = new Map<string, Tensor>();
  const record = (at: string, output: Tensor) => void outputs.set(at, output);
  try {
    // An evaluation changes no variables.
    recordAssignments(() => record("", model.forward(x, { onOutput: record })));
  } catch (error) {
    if (path === "" || !outputs.has(path)) throw error;
  }
  return outputs;
}

/** The output of the module at `path` for one symbolic example, on which nothing is computed. */
export function trace(
  model: Module,
  path: string,
  inputShape: Shape,
  caller: string,
): { input: Node; output: Tensor } {
  const slot = inputSlot("input", { shape: [1, ...inputShape], dtype: "float32" });
  const input = node("input", [], { slot });
  return { input, output: outputAt(outputsOf(model, new Tensor(input), path), path, caller) };
}

/** The output of the module at `path`. @throws RangeError naming the paths there are */
export function outputAt(outputs: ReadonlyMap<string, Tensor>, path: string, caller: string): Tensor {
  const output = outputs.get(path);
  if (output !== undefined) return output;
  const paths = [...outputs.keys()].filter((known) => known !== "").map((known) => `"${known}"`);
  throw new RangeError(
    `${caller}: the model has no layer "${path}"; there are ${paths.join(", ") || "none"}, and "" for its output`,
  );
}

/** The index of one unit in an example of this shape: as given, or the first channel's in the middle. */
export function unitIndex(
  shape: Shape,
  unit: readonly number[] | undefined,
  caller: string,
): readonly number[] {
  const index =
    unit ?? shape.map((extent, axis) => (axis === 0 && shape.length > 1 ? 0 : Math.floor(extent / 2)));
  const fits =
    index.length === shape.length &&
    index.every((at, axis) => Number.isInteger(at) && at >= 0 && at < shape[axis]!);
  if (fits) return index;
  throw new ShapeError(
    `${caller}: unit ${formatShape(index)} is not in an output of shape ${formatShape(shape)}; give one index for each axis`,
  );
}
