import type { Module } from "../nn/module.js";
import type { Optimizer } from "../optim/optimizer.js";
import { compile } from "../runtime/compile.js";
import type { Tensor } from "../tensor/tensor.js";
import { isFinite32 } from "./finite.js";

/** A scalar from the model's output and the labels. */
export type Loss = (output: Tensor, labels: Tensor) => Tensor;

/**
 * One compiled training step. A step whose loss is not finite changes nothing: every variable keeps its value,
 * so the state that led there can be examined and is not lost.
 */
export function trainStep(model: Module, optimizer: Optimizer, loss: Loss) {
  return compile(
    (images: Tensor, labels: Tensor) => {
      const variables = [...model.variables().values(), ...optimizer.variables().values()];
      const before = variables.map((variable) => variable.value);
      const output = model.forward(images, { training: true });
      const value = loss(output, labels);
      optimizer.minimize(value);
      const finite = isFinite32(value);
      for (const [i, variable] of variables.entries()) {
        const old = before[i] as Tensor;
        const updated = variable.value;
        if (updated.node !== old.node) variable.assign(finite.where(updated, old));
      }
      return { loss: value, correct: output.argmax(1).equal(labels).cast("int32").sum() };
    },
    { name: "train" },
  );
}
