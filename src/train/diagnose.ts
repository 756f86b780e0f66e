import type { Module } from "../nn/module.js";
import { compile } from "../runtime/compile.js";
import type { Variable } from "../runtime/variable.js";
import type { Tensor } from "../tensor/tensor.js";
import { isFinite32 } from "./finite.js";

/** The first place where a forward pass leaves the finite numbers. */
export interface NonFinite {
  /** Path of the layer; empty if the input or the loss itself is meant. */
  readonly layer: string;
  /** One sentence: what is not finite, and what went into it. */
  readonly message: string;
}

/** Runs `build` and sets the variables that it assigned back, so that a compiled function changes nothing. */
function withoutAssigning<T>(variables: Iterable<Variable>, build: () => T): T {
  const before = [...variables].map((variable) => ({ variable, value: variable.value }));
  const result = build();
  for (const { variable, value } of before) variable.assign(value);
  return result;
}

/**
 * Runs a model on a batch, layer by layer, and names the first layer whose output holds NaN or an infinity. Variables
 * stay as they are.
 *
 * @returns undefined if everything is finite
 */
export async function firstNonFinite(
  model: Module,
  loss: (output: Tensor, labels: Tensor) => Tensor,
  images: Tensor,
  labels: Tensor,
): Promise<NonFinite | undefined> {
  const layers: { path: string; kind: string }[] = [];
  const countBad = (tensor: Tensor) => isFinite32(tensor).not().cast("int32").sum();
  const greatest = (tensor: Tensor) => (tensor.size === 0 ? tensor.sum() : tensor.abs().max());
  const inspect = compile(
    (x: Tensor, y: Tensor) =>
      withoutAssigning(model.variables().values(), () => {
        const counts: Tensor[] = [countBad(x)];
        const sizes: Tensor[] = [greatest(x)];
        const output = model.forward(x, {
          training: true,
          onOutput: (path, value, module) => {
            layers.push({ path, kind: module.kind });
            counts.push(countBad(value));
            sizes.push(greatest(value));
          },
        });
        counts.push(countBad(loss(output, y)));
        return { counts, sizes };
      }),
    { name: "diagnose" },
  );
  const { counts, sizes } = inspect(images, labels);
  const bad = await Promise.all(counts.map((count) => count.item()));
  const first = bad.findIndex((count) => count > 0);
  if (first < 0) return undefined;
  if (first === 0) return { layer: "", message: "the batch's images hold values that are not finite" };
  const inputs = await (sizes[first - 1] as Tensor).item();
  const layer = layers[first - 1];
  if (layer === undefined) {
    return {
      layer: "",
      message: `the loss is not finite, though the model's output is (its greatest absolute value is ${inputs.toPrecision(3)})`,
    };
  }
  const module = model.modules().get(layer.path);
  const details: string[] = [];
  for (const [name, variable] of module?.variables() ?? []) {
    if (variable.dtype !== "float32") continue;
    const data = await variable.data();
    let largest = 0; // becomes NaN or infinite if any element is
    for (const value of data) largest = Math.max(largest, Math.abs(value));
    details.push(
      Number.isFinite(largest)
        ? `its ${name} reaches ${largest.toPrecision(3)}`
        : `its ${name} is not finite`,
    );
  }
  details.push(`its input reaches ${inputs.toPrecision(3)}`);
  return {
    layer: layer.path,
    message: `the first output that is not finite is that of layer ${layer.path} (${layer.kind}); ${details.join(", ")}`,
  };
}
