import { describe, expect, it } from "vitest";
import { grad } from "../../src/autodiff/api.js";
import * as nn from "../../src/nn/index.js";
import { tensor } from "../../src/tensor/creation.js";
import cases from "../fixtures/layers.json" with { type: "json" };
import { expectClose } from "../support/close.js";
import { Stepper } from "../support/stepper.js";

/** The layer of each fixture in layers.json. */
const layers: Record<string, () => nn.Module> = {
  conv1d: () => nn.conv1d(3, 3, { stride: 2, padding: 1, dilation: 2 }),
  conv2d: () => nn.conv2d(3, [3, 2]),
  conv2dSame: () => nn.conv2d(2, 4, { padding: "same" }),
  conv2dGroups: () => nn.conv2d(4, 3, { stride: [2, 1], padding: [1, 2], groups: 2, bias: false }),
  conv2dUnequalPadding: () => nn.conv2d(2, 3, { padding: [[1, 0], [0, 2]] }), // biome-ignore format: one row
  conv3d: () => nn.conv3d(2, 2, { padding: 1, stride: 2 }),
  dense: () => nn.dense(3),
  denseNoBias: () => nn.dense(2, { bias: false }),
  flatten: () => nn.flatten(),
  relu: () => nn.relu(),
  sigmoid: () => nn.sigmoid(),
  tanh: () => nn.tanh(),
  leakyRelu: () => nn.leakyRelu(0.125),
  elu: () => nn.elu(0.75),
  gelu: () => nn.gelu(),
  geluTanh: () => nn.gelu("tanh"),
  silu: () => nn.silu(),
  softplus: () => nn.softplus(),
  softmax: () => nn.softmax(),
  maxPool1d: () => nn.maxPool1d(3, { stride: 2, padding: 1 }),
  maxPool2d: () => nn.maxPool2d(2),
  maxPool2dOverlapping: () => nn.maxPool2d([3, 2], { stride: [2, 1] }),
  maxPool3d: () => nn.maxPool3d(2),
  averagePool1d: () => nn.averagePool1d(3),
  averagePool2d: () => nn.averagePool2d(3, { stride: 2, padding: 1 }),
  averagePool3d: () => nn.averagePool3d(2),
  globalAveragePool: () => nn.globalAveragePool(),
  batchNormTraining: () => nn.batchNorm(),
  batchNormInference: () => nn.batchNorm(),
  batchNormFlat: () => nn.batchNorm({ epsilon: 0.001, momentum: 0.25 }),
  batchNormPlain: () => nn.batchNorm({ affine: false }),
  network: () =>
    nn.sequential([
      nn.conv2d(2, 3, { padding: "same" }),
      nn.relu(),
      nn.maxPool2d(2),
      nn.sequential([nn.conv2d(3, 2), nn.tanh()]),
      nn.flatten(),
      nn.dense(3),
    ]),
};

describe("layers agree with PyTorch", () => {
  it("has a layer for every fixture", () => {
    expect(Object.keys(layers).sort()).toEqual(cases.map(({ name }) => name).sort());
  });

  it.each(cases)("$name", (fixture) => {
    const layer = layers[fixture.name]!();
    expect(layer.build(fixture.shape.slice(1), { seed: 1 })).toEqual(fixture.outputShape.slice(1));
    const stepper = new Stepper();
    const variables = layer.variables();
    const initial = Object.entries<number[]>(fixture.variables);
    const own = (path: string) => (fixture.name === "conv2dUnequalPadding" ? path.replace("1.", "") : path);
    expect([...variables.keys()]).toEqual(initial.map(([path]) => own(path)));
    for (const [path, values] of initial) stepper.set(variables.get(own(path))!, values);

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
    Object.entries<number[]>(fixture.gradients).forEach(([path, values], i) => {
      expectClose(gradients[i]!, values, 1e-10, `gradient of ${path}`);
    });
    for (const [path, values] of Object.entries<number[]>(fixture.variablesAfter)) {
      expectClose(stepper.get(variables.get(own(path))!), values, 1e-10, `${path} afterwards`);
    }
  });
});
