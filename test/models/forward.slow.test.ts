import { describe, expect, it } from "vitest";
import { grad } from "../../src/autodiff/api.js";
import * as models from "../../src/models/index.js";
import type { Module } from "../../src/nn/module.js";
import { concatenate, tensor } from "../../src/tensor/creation.js";
import cases from "../fixtures/models.json" with { type: "json" };
import { expectClose } from "../support/close.js";
import { Stepper } from "../support/stepper.js";
import { filling, initial } from "./filling.js";

/** The network of each fixture in models.json. */
const networks: Record<string, () => Module> = {
  lenet5: () => models.lenet5(),
  lenet: () => models.lenet(),
  convnetjsMnist: () => models.convnetjsMnist(),
  convnetjsCifar10: () => models.convnetjsCifar10({ width: 1 / 4 }),
  alexnet: () => models.alexnet({ width: 1 / 16, classes: 5 }),
  alexnetTorchvision: () => models.alexnet({ form: "torchvision", width: 1 / 16, classes: 5 }),
  vgg11: () => models.vgg(11, { width: 1 / 32, classes: 4 }),
  vgg16: () => models.vgg(16, { width: 1 / 32, classes: 4 }),
  vgg19: () => models.vgg(19, { width: 1 / 32, classes: 4 }),
  vgg11BatchNorm: () => models.vgg(11, { width: 1 / 32, classes: 4, batchNorm: true }),
  resnet18: () => models.resnet(18, { width: 1 / 16, classes: 5 }),
  resnet34: () => models.resnet(34, { width: 1 / 16, classes: 5 }),
  resnet50: () => models.resnet(50, { width: 1 / 32, classes: 5 }),
  resnet101: () => models.resnet(101, { width: 1 / 32, classes: 5 }),
  resnetCifar20A: () => models.resnetCifar(20, { width: 1 / 4 }),
  resnetCifar20B: () => models.resnetCifar(20, { width: 1 / 4, shortcut: "B" }),
  resnetCifar56: () => models.resnetCifar(56, { width: 1 / 8 }),
  googlenet: () => models.googlenet({ width: 1 / 16, classes: 4, auxiliary: true }),
  googlenetTorchvision: () =>
    models.googlenet({
      form: "torchvision",
      width: 1 / 16,
      classes: 4,
      auxiliary: true,
      dropout: 0,
      auxiliaryDropout: 0,
    }),
};

describe("named networks agree with PyTorch, given its weights by name", () => {
  it("has a network for every fixture", () => {
    expect(Object.keys(networks).sort()).toEqual(cases.map(({ name }) => name).sort());
  });

  it.each(cases)("$name", ({ name, training, shape, logits, gradientNorms }) => {
    const network = networks[name]!();
    network.build(shape.slice(1), { seed: 1 });
    const stepper = new Stepper();
    for (const [path, variable] of network.variables()) {
      if (variable.dtype === "float32") stepper.set(variable, initial(path, variable.shape));
    }
    const parameters = network.parameters();
    const x = tensor(
      filling("input", shape).map((value) => 4 * value),
      { shape },
    );
    const [output, ...gradients] = stepper.run(() => {
      const heads = network instanceof models.Googlenet ? network.heads(x, { training }) : undefined;
      const y = heads ? concatenate([heads.logits, ...heads.auxiliary], 1) : network.forward(x, { training });
      const cotangent = tensor(filling("cotangent", y.shape), { shape: y.shape });
      return [y, ...grad(y, parameters.map((parameter) => parameter.value), { cotangent })]; // biome-ignore format: one row
    });
    expectClose(output!, logits, 1e-8, "logits");
    const norms = gradients.map((gradient) => Math.hypot(...gradient));
    expectClose(norms, gradientNorms, 1e-8, "gradient norms");
  });
});
