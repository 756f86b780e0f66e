import { describe, expect, it } from "vitest";
import * as nn from "../../src/nn/index.js";
import * as optim from "../../src/optim/index.js";
import { buildOptimizer, buildSchedule } from "../../src/recipe/optimizer.js";
import { optimizer as schema } from "../../src/recipe/optimizers.js";
import { parseRecipe } from "../../src/recipe/parse.js";
import { useDevice } from "../../src/runtime/device.js";
import type { Variable } from "../../src/runtime/variable.js";
import { tensor } from "../../src/tensor/creation.js";
import { build, small, thrownBy } from "./support.js";

useDevice({ backend: "reference" });

type Options = Record<string, number | boolean>;
type Make = (parameters: readonly Variable[], options: object) => optim.Optimizer;

/** Each type of optimizer with all of its options, and the library's function. */
const cases: Record<string, [make: Make, options: Options]> = {
  sgd: [optim.sgd, { momentum: 0.8, nesterov: true, dampening: 0 }],
  adadelta: [optim.adadelta, { rho: 0.8, epsilon: 1e-3 }],
  adam: [optim.adam, { beta1: 0.5, beta2: 0.6, epsilon: 0.1, amsgrad: true }],
  adamw: [optim.adamW, { beta1: 0.5, beta2: 0.6, epsilon: 0.1, amsgrad: true }],
  adamax: [optim.adamax, { beta1: 0.5, beta2: 0.6, epsilon: 0.1 }],
  nadam: [optim.nAdam, { beta1: 0.5, beta2: 0.6, epsilon: 0.1, momentumDecay: 0.1 }],
  radam: [optim.rAdam, { beta1: 0.5, beta2: 0.6, epsilon: 0.1 }],
  rmsprop: [optim.rmsProp, { decay: 0.7, epsilon: 0.1, centered: true, momentum: 0.5 }],
  adagrad: [optim.adagrad, { initialAccumulator: 0.5, epsilon: 0.1, learningRateDecay: 0.5 }],
  windowedAdagrad: [optim.windowedAdagrad, { rho: 0.5, epsilon: 0.1 }],
  rprop: [optim.rprop, { initialStep: 0.1, shrink: 0.4, grow: 1.5, minimumStep: 0.05, maximumStep: 0.2 }],
};

/** The parameters after three steps on the length of a small network's output. */
async function trained(make: (model: nn.Module) => optim.Optimizer): Promise<Float32Array[]> {
  const model = nn.dense(2, { biasInitializer: nn.init.ones });
  model.build([3], { seed: 5 });
  const optimizer = make(model);
  const x = tensor([1, -2, 0.5, 2, 1, -1], { shape: [2, 3] });
  for (let step = 0; step < 3; step++) optimizer.minimize(model.forward(x).square().sum());
  return Promise.all(model.parameters().map(async ({ value }) => Float32Array.from(await value.data())));
}

describe("optimizers of recipes", () => {
  it("are all looked at here", () => {
    expect(schema.options.map((option) => option.shape.type.value).sort()).toEqual(Object.keys(cases).sort());
  });

  it.each(Object.entries(cases))("step as the library's: %s", async (type, [make, options]) => {
    const common = { learningRate: 0.1, weightDecay: 0.2 };
    const recipe = parseRecipe({ ...small, clipNorm: 3, optimizer: { type, ...common, ...options } }, "r");
    const made = await trained((model) => buildOptimizer(recipe, model));
    const decays = ({ shape }: { readonly shape: readonly number[] }) => shape.length > 1;
    const all = { ...common, ...options, clipNorm: 3, decays };
    expect(made).toEqual(await trained((model) => make(model.parameters(), all)));
  });

  it.each(Object.entries(cases))("have the library's defaults: %s", async (type, [make]) => {
    const recipe = parseRecipe({ ...small, optimizer: { type, learningRate: 0.1 } }, "r");
    const made = await trained((model) => buildOptimizer(recipe, model));
    const decays = ({ shape }: { readonly shape: readonly number[] }) => shape.length > 1;
    expect(made).toEqual(await trained((model) => make(model.parameters(), { learningRate: 0.1, decays })));
  });

  it("whose options exclude each other are refused at their place", () => {
    const optimizer = { type: "sgd", learningRate: 0.1, nesterov: true };
    const recipe = parseRecipe({ ...small, optimizer }, "r");
    const error = thrownBy(() => buildOptimizer(recipe, build({})));
    expect(error).toMatchObject({ name: "RecipeError", path: ["optimizer"] });
    expect(String(error)).toMatch(/recipe small: optimizer: sgd: nesterov needs a momentum above 0/);
  });
});

describe("schedules of recipes", () => {
  const rates = (schedule: object, steps: number[]) => {
    const recipe = parseRecipe({ ...small, epochs: 4, schedule }, "r");
    const built = buildSchedule(recipe, buildOptimizer(recipe, build({})), 10);
    return typeof built === "function" ? steps.map(built) : built;
  };

  it("follow the epochs", () => {
    expect(rates({ type: "constant" }, [0, 39])).toEqual([0.1, 0.1]);
    expect(rates({ type: "step", everyEpochs: 2, factor: 0.5 }, [0, 19, 20, 39])).toEqual([
      0.1, 0.1, 0.05, 0.05,
    ]);
    const cosine = rates({ type: "cosine", finalFactor: 0.1 }, [0, 20, 40]) as number[];
    for (const [i, rate] of [0.1, 0.055, 0.01].entries()) expect(cosine[i]).toBeCloseTo(rate, 12);
    expect(rates({ type: "plateau", patienceEpochs: 2, factor: 0.5 }, [])).toMatchObject({ rate: 0.1 });
  });
});
