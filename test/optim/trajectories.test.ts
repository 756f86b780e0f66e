import { describe, expect, it } from "vitest";
import * as losses from "../../src/losses/index.js";
import * as optim from "../../src/optim/index.js";
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
  rmsProp: optim.rmsProp,
  adagrad: optim.adagrad,
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
    stepper.set(optimizer.variables().get("learningRate")!, [fixture.learningRate]);
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
