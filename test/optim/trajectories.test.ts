import { beforeAll, describe, expect, it } from "vitest";
import * as losses from "../../src/losses/index.js";
import * as optim from "../../src/optim/index.js";
import { compile } from "../../src/runtime/compile.js";
import { useDevice } from "../../src/runtime/device.js";
import { Variable } from "../../src/runtime/variable.js";
import { tensor } from "../../src/tensor/creation.js";
import fixtures from "../fixtures/optimizers.json" with { type: "json" };
import { expectClose } from "../support/close.js";
import { Stepper } from "../support/stepper.js";

const optimizers: Record<string, (parameters: Variable[], options: object) => optim.Optimizer> = {
  sgd: optim.sgd,
  adadelta: optim.adadelta,
  adam: optim.adam,
  adamW: optim.adamW,
  adamax: optim.adamax,
  nAdam: optim.nAdam,
  rAdam: optim.rAdam,
  rmsProp: optim.rmsProp,
  adagrad: optim.adagrad,
  windowedAdagrad: optim.windowedAdagrad,
  rprop: optim.rprop,
};

const { problem, trajectories } = fixtures;

describe("optimizers follow PyTorch, step by step", () => {
  it("has trajectories for every optimizer", () => {
    expect(new Set(trajectories.map(({ optimizer }) => optimizer))).toEqual(new Set(Object.keys(optimizers)));
  });

  it.each(trajectories)("$optimizer $options", (fixture) => {
    const weight = new Variable([2, 3], problem.weight, { name: "weight" });
    const bias = new Variable([2], problem.bias, { name: "bias" });
    const optimizer = optimizers[fixture.optimizer]!([weight, bias], fixture.options);
    expect(optimizer.learningRate).toBe(fixture.learningRate);
    const stepper = new Stepper();
    // Neither is a float32 number, as the variables would hold it.
    stepper.set(optimizer.variables().get("learningRate")!, [fixture.learningRate]);
    const { initialStep = 0.01 } = fixture.options as { initialStep?: number };
    for (const [name, slot] of optimizer.variables()) {
      if (name.startsWith("stepSize.")) stepper.set(slot, new Array<number>(slot.size).fill(initialStep));
    }
    const input = tensor(Float64Array.from(problem.input), { shape: [4, 3] });
    const target = tensor(Float64Array.from(problem.target), { shape: [4, 2] });
    fixture.weight.forEach((expected, step) => {
      stepper.update(() => {
        const prediction = input.matmul(weight.value.transpose()).add(bias.value).tanh();
        optimizer.minimize(losses.meanSquaredError(prediction, target));
      });
      expectClose(stepper.get(weight), expected, 1e-10, `weight after step ${step + 1}`);
      expectClose(stepper.get(bias), fixture.bias[step]!, 1e-10, `bias after step ${step + 1}`);
    });
    expect(stepper.get(optimizer.stepCount)[0]).toBe(fixture.weight.length);
  });
});

// Bias corrections and the like are differences of nearly equal numbers: in float32 they must not lose their digits.
describe("on the wasm backend, in float32, too", () => {
  beforeAll(() => {
    useDevice({ backend: "wasm", threads: 1 });
  });

  const defaults = trajectories.filter(({ options }) => Object.keys(options).length <= 1);

  it.each(defaults)("$optimizer $options", async (fixture) => {
    const weight = new Variable([2, 3], problem.weight, { name: "weight" });
    const bias = new Variable([2], problem.bias, { name: "bias" });
    const optimizer = optimizers[fixture.optimizer]!([weight, bias], fixture.options);
    const input = tensor(Float64Array.from(problem.input), { shape: [4, 3] });
    const target = tensor(Float64Array.from(problem.target), { shape: [4, 2] });
    const step = compile(() => {
      const prediction = input.matmul(weight.value.transpose()).add(bias.value).tanh();
      optimizer.minimize(losses.meanSquaredError(prediction, target));
    });
    for (const expected of fixture.weight) {
      step();
      expectClose(await weight.data(), expected, 2e-6, "weight");
    }
  });
});
