import { compile, inspect, losses, type Tensor } from "gradus";
import type { Lens } from "../lens.js";
import { describe, type Numbers, numbersOf } from "../numbers.js";

export interface PanelsParameters {
  /** Of an image of the test set. */
  readonly image: number;
  /** Layers whose panels are open. */
  readonly paths: readonly string[];
}

export interface Panel {
  readonly path: string;
  readonly activations: Numbers;
  readonly activationGradients: Numbers;
  /** By the variable's path. Only parameters: running statistics have no gradient. */
  readonly parameters: readonly {
    readonly path: string;
    readonly values: Numbers;
    readonly gradients: Numbers;
  }[];
}

export interface Panels {
  /** `[channels, height, width]`, as the network sees it. */
  readonly input: Numbers;
  readonly label: number;
  readonly panels: readonly Panel[];
}

/** What the layers give for one image, with all gradients of its loss: the panels of the page "Train". */
export const panels: Lens<PanelsParameters, Panels> = async ({ run, once }, { image, paths }) => {
  const parameters = [...run.model.variables()].filter(([, variable]) => variable.trainable);
  const look = once(`panels ${paths.join(" ")}`, () =>
    compile(
      (images: Tensor, labels: Tensor) => {
        const gradientOf = (output: Tensor) => losses.crossEntropy(output, labels);
        return {
          ...inspect.activations(run.model, images, { paths, gradientOf }),
          weights: inspect.parameterGradients(run.model, images, labels).gradients,
        };
      },
      { name: "panels" },
    ),
  );
  const index = Math.min(image, run.sets.test.count - 1);
  const { images, labels } = run.batchOf(run.sets.test, [index]);
  const { outputs, gradients, weights } = look(images, labels);
  return {
    input: await numbersOf(images, { withoutBatch: true }),
    label: run.sets.test.labels[index] as number,
    panels: await Promise.all(
      paths.map(async (path) => ({
        path,
        activations: await numbersOf(outputs[path] as Tensor, { withoutBatch: true }),
        activationGradients: await numbersOf(gradients[path] as Tensor, { withoutBatch: true }),
        parameters: await Promise.all(
          parameters
            .filter(([name]) => name.startsWith(`${path}.`) && !name.slice(path.length + 1).includes("."))
            .map(async ([name, variable]) => ({
              path: name,
              values: describe(Float32Array.from(await variable.data()), variable.shape),
              gradients: await numbersOf(weights[name] as Tensor),
            })),
        ),
      })),
    ),
  };
};
