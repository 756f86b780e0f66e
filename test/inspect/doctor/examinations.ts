import type { inspect } from "../../../src/index.js";

/** A layer with nothing wrong; `changes` make it otherwise. */
export function layer(
  path: string,
  kind: string,
  changes: Partial<inspect.LayerExamination> = {},
): inspect.LayerExamination {
  return {
    path,
    kind,
    units: 20,
    finite: true,
    mean: 0.1,
    standardDeviation: 1,
    minimum: -2,
    maximum: 3,
    sparsity: 0.4,
    dead: kind === "relu" ? 0 : null,
    saturated: kind === "tanh" ? 0.1 : null,
    correlation: 0.2,
    gradientNorm: 0.5,
    ...changes,
  };
}

/** A matrix of weights with nothing wrong. */
export function weight(
  layerPath: string,
  changes: Partial<inspect.ParameterExamination> = {},
): inspect.ParameterExamination {
  return {
    name: `${layerPath}.weight`,
    layer: layerPath,
    shape: [20, 20],
    norm: 5,
    gradientNorm: 1,
    updateRatio: 1e-3,
    unitDifference: 1.4,
    gradientUnitDifference: 1.4,
    ...changes,
  };
}

/** A network of three layers with weights, in which nothing is wrong. */
export function examination(changes: Partial<inspect.Examination> = {}): inspect.Examination {
  return {
    examples: 200,
    classes: 10,
    imagesFinite: true,
    loss: 0.5,
    accuracy: 0.85,
    commonestPrediction: 0.12,
    layers: [
      layer("0", "dense"),
      layer("1", "relu"),
      layer("2", "dense"),
      layer("3", "tanh"),
      layer("4", "dense"),
    ],
    parameters: [weight("0"), weight("2"), weight("4")],
    ...changes,
  };
}
