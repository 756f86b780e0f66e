import { expect } from "vitest";
import { grad } from "../../src/autodiff/api.js";
import type * as nn from "../../src/nn/index.js";
import { tensor } from "../../src/tensor/creation.js";
import { expectClose } from "./close.js";
import { Stepper } from "./stepper.js";

/** What PyTorch gives for one layer; see fixtures/layer_case.py. */
export interface LayerFixture {
  readonly name: string;
  readonly training: boolean;
  readonly shape: readonly number[];
  readonly input: readonly number[];
  readonly variables: object;
  readonly outputShape: readonly number[];
  readonly output: readonly number[];
  readonly cotangent: readonly number[];
  readonly inputGradient: readonly number[];
  readonly gradients: object;
  readonly variablesAfter: object;
}

/**
 * Runs a layer on the fixture's input, in float64: names and values of its variables, its output, and the gradients by
 * input and parameters must be PyTorch's.
 *
 * @param rename from a variable's name in the fixture to its name here
 */
export function expectAsFixture(
  layer: nn.Module,
  fixture: LayerFixture,
  rename = (path: string) => path,
): void {
  expect(layer.build(fixture.shape.slice(1), { seed: 1 })).toEqual(fixture.outputShape.slice(1));
  const stepper = new Stepper();
  const variables = layer.variables();
  const initial = Object.entries<number[]>({ ...fixture.variables });
  expect([...variables.keys()]).toEqual(initial.map(([path]) => rename(path)));
  for (const [path, values] of initial) stepper.set(variables.get(rename(path))!, values);

  const x = tensor(Float64Array.from(fixture.input), { shape: fixture.shape });
  const cotangent = tensor(Float64Array.from(fixture.cotangent), { shape: fixture.outputShape });
  const parameters = layer.parameters();
  const [output, inputGradient, ...gradients] = stepper.run(() => {
    const y = layer.forward(x, { training: fixture.training });
    expect(y.shape).toEqual(fixture.outputShape);
    return [y, ...grad(y, [x, ...parameters.map((parameter) => parameter.value)], { cotangent })];
  });
  expectClose(output!, fixture.output, 1e-10, "output");
  expectClose(inputGradient!, fixture.inputGradient, 1e-10, "input gradient");
  Object.entries<number[]>({ ...fixture.gradients }).forEach(([path, values], i) => {
    expectClose(gradients[i]!, values, 1e-10, `gradient of ${path}`);
  });
  const after = Object.entries<number[]>({ ...fixture.variables, ...fixture.variablesAfter });
  for (const [path, values] of after) {
    expectClose(stepper.get(variables.get(rename(path))!), values, 1e-10, `${path} afterwards`);
  }
}
