import { describe, expect, it } from "vitest";
import * as optim from "../../src/optim/index.js";
import { recordAssignments, Variable } from "../../src/runtime/variable.js";
import { tensor } from "../../src/tensor/creation.js";
import { expectClose } from "../support/close.js";
import { Stepper } from "../support/stepper.js";

const variable = (name: string, values: number[]) => new Variable([values.length], values, { name });

describe("Optimizer", () => {
  it("names everything it remembers", () => {
    const optimizer = optim.adam([variable("0.weight", [1]), variable("0.bias", [2])]);
    const variables = optimizer.variables();
    expect([...variables.keys()]).toEqual([
      "step",
      "learningRate",
      "firstMoment.0.weight",
      "firstMoment.0.bias",
      "secondMoment.0.weight",
      "secondMoment.0.bias",
    ]);
    expect([...variables.values()].some(({ trainable }) => trainable)).toBe(false);
  });

  it("names slots by position where parameters share a name", () => {
    const optimizer = optim.sgd([variable("a", [1]), variable("a", [2])], { momentum: 0.5 });
    expect([...optimizer.variables().keys()]).toEqual(["step", "learningRate", "momentum.0", "momentum.1"]);
  });

  it("keeps one number for each parameter where a rule asks for a scalar", () => {
    const weight = variable("weight", [1, 2, 3]);
    const slots = optim.nAdam([weight]).variables();
    expect(slots.get("firstMoment.weight")!.shape).toEqual([3]);
    expect(slots.get("momentumProduct.weight")!.shape).toEqual([]);
  });

  it("takes a new learning rate between steps", () => {
    const weight = variable("weight", [8]);
    const optimizer = optim.sgd([weight], { learningRate: 0.5 });
    const rate = optimizer.variables().get("learningRate")!;
    expect(new Stepper().get(rate)[0]).toBe(0.5);
    const step = () => optimizer.minimize(weight.value.sum());
    const stepper = new Stepper();
    stepper.update(step);
    expect(stepper.get(weight)[0]).toBe(7.5);
    optimizer.learningRate = 0.25;
    expect(optimizer.learningRate).toBe(0.25);
    const later = new Stepper();
    later.set(weight, stepper.get(weight));
    later.update(step);
    expect(later.get(weight)[0]).toBe(7.25);
    expect(() => {
      optimizer.learningRate = Number.NaN;
    }).toThrow("learningRate is NaN");
  });

  it("marks its nodes as the update of the parameter's layer", () => {
    const weight = variable("features.0.weight", [1]);
    const optimizer = optim.sgd([weight], { momentum: 0.5 });
    const { assignments } = recordAssignments(() => optimizer.minimize(weight.value.exp().sum()));
    expect(assignments.get(weight)?.origin).toEqual({ layer: "features.0", phase: "update" });
  });

  it("makes two steps within one function", () => {
    const weight = variable("weight", [1]);
    const optimizer = optim.sgd([weight], { learningRate: 0.5 });
    const stepper = new Stepper();
    stepper.update(() => {
      for (let i = 0; i < 2; i++) optimizer.minimize(weight.value.square().sum());
    });
    expect(stepper.get(weight)[0]).toBe(0);
    expect(stepper.get(optimizer.stepCount)[0]).toBe(2);
  });

  it("spares the parameters that a filter leaves out of weight decay", () => {
    const weight = new Variable([1, 1], 4, { name: "weight" });
    const bias = variable("bias", [4]);
    const optimizer = optim.sgd([weight, bias], {
      learningRate: 0.5,
      weightDecay: 0.5,
      decays: ({ shape }) => shape.length > 1,
    });
    const stepper = new Stepper();
    stepper.update(() => optimizer.step([tensor([[0]]), tensor([0])]));
    expect([stepper.get(weight)[0], stepper.get(bias)[0]]).toEqual([3, 4]);
  });

  it.each<[string, () => unknown]>([
    ["there are no parameters; build the model first", () => optim.sgd([])],
    [
      "running is not a trainable",
      () => optim.sgd([new Variable([1], 0, { name: "running", trainable: false })]),
    ],
    ["learningRate is -1", () => optim.adam([variable("w", [1])], { learningRate: -1 })],
    ["adam: beta2 is 1", () => optim.adam([variable("w", [1])], { beta2: 1 })],
    ["nesterov needs a momentum", () => optim.sgd([variable("w", [1])], { nesterov: true })],
    [
      "nesterov needs a momentum above 0 and no dampening",
      () => optim.sgd([variable("w", [1])], { momentum: 0.9, nesterov: true, dampening: 0.1 }),
    ],
    ["dampening is 2", () => optim.sgd([variable("w", [1])], { momentum: 0.9, dampening: 2 })],
    ["nAdam: beta1 is 1", () => optim.nAdam([variable("w", [1])], { beta1: 1 })],
    ["momentumDecay is -1", () => optim.nAdam([variable("w", [1])], { momentumDecay: -1 })],
    ["rAdam: epsilon is -1", () => optim.rAdam([variable("w", [1])], { epsilon: -1 })],
    ["adamax: beta2 is -1", () => optim.adamax([variable("w", [1])], { beta2: -1 })],
    ["windowedAdagrad: epsilon is 0", () => optim.windowedAdagrad([variable("w", [1])], { epsilon: 0 })],
    ["rprop: shrink is 1", () => optim.rprop([variable("w", [1])], { shrink: 1 })],
    ["rprop: grow is 1", () => optim.rprop([variable("w", [1])], { grow: 1 })],
    ["maximumStep is 0.1", () => optim.rprop([variable("w", [1])], { initialStep: 1, maximumStep: 0.1 })],
    ["clipByNorm: maximum is 0", () => optim.clipByNorm(0)],
    ["slot named momentum", () => optim.chain(optim.momentum(0.5), optim.momentum(0.5))],
    ["minimize: the loss is float32 [2]", () => optim.sgd([variable("w", [1])]).minimize(tensor([1, 2]))],
    ["step: 0 gradients for 1 parameters", () => optim.sgd([variable("w", [1])]).step([])],
    [
      "gradient 0 is [2], but parameter w is [1]",
      () => optim.sgd([variable("w", [1])]).step([tensor([1, 2])]),
    ],
  ])("refuses: %s", (message, make) => {
    expect(make).toThrow(message);
  });

  it("refuses a parameter twice", () => {
    const weight = variable("w", [1]);
    expect(() => optim.sgd([weight, weight])).toThrow("parameter w is listed twice");
  });
});

describe("clipping", () => {
  const directions = (transformation: optim.Transformation, ...gradients: number[][]) =>
    new Stepper().run(() => {
      const tensors = gradients.map((gradient) => tensor(gradient));
      const parameters = gradients.map((gradient, i) => variable(`w${i}`, gradient));
      return transformation.update(tensors, { parameters, step: tensor(1) }, {}).directions;
    });

  it("by norm scales all gradients together, and leaves small or zero ones as they are", () => {
    const [a, b] = directions(optim.clipByNorm(1), [3], [0, 4]);
    expectClose([...a!, ...b!], [0.6, 0, 0.8], 1e-6);
    expect(directions(optim.clipByNorm(10), [3], [0, 4])).toEqual([
      Float64Array.of(3),
      Float64Array.of(0, 4),
    ]);
    expect(directions(optim.clipByNorm(1), [0, 0])).toEqual([Float64Array.of(0, 0)]);
  });

  it("never makes a gradient that is not finite look healthy", () => {
    expect([...directions(optim.clipByNorm(1), [Number.NaN, 1])[0]!]).toEqual([Number.NaN, Number.NaN]);
    expect(directions(optim.clipByNorm(1), [Number.POSITIVE_INFINITY])[0]![0]).toBeNaN();
    expect([...directions(optim.clipByValue(1), [Number.NaN, 5, -5, 0.5])[0]!]).toEqual([
      Number.NaN,
      1,
      -1,
      0.5,
    ]);
  });
});

it("Rprop's steps grow while the sign stays, and rest once when it changes", () => {
  const weight = variable("w", [0]);
  const optimizer = optim.rprop([weight], { initialStep: 1, grow: 2, shrink: 0.25 });
  const stepper = new Stepper();
  const positions = [5, 5, -1, -1, -1].map((gradient) => {
    stepper.update(() => optimizer.step([tensor([gradient])]));
    return stepper.get(weight)[0];
  });
  expect(positions).toEqual([-1, -3, -3, -2.5, -1.5]);
});

describe("Adam's first steps", () => {
  it("move by the learning rate, whatever the gradient's size", () => {
    const weight = variable("w", [0, 0]);
    const optimizer = optim.adam([weight], { learningRate: 0.5, epsilon: 0 });
    const stepper = new Stepper();
    stepper.update(() => optimizer.step([tensor([1e-3, -1e3])]));
    expectClose(stepper.get(weight), [-0.5, 0.5], 1e-12);
  });
});
