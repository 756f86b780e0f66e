import { describe, expect, it } from "vitest";
import { compile, inspect, losses, nn, optim, type Tensor, tensor } from "../../src/index.js";
import { RandomStream } from "../../src/random/stream.js";
import { expectClose } from "../support/close.js";

const stream = new RandomStream(41);
const noise = (size: number) => Float32Array.from({ length: size }, () => stream.normal());
const images = tensor(noise(4 * 25), { shape: [4, 1, 5, 5] });
const labels = tensor([0, 2, 1, 1], { dtype: "int32" });
const build = () => {
  const model = nn.sequential([nn.conv2d(2, 3), nn.batchNorm(), nn.relu(), nn.flatten(), nn.dense(3)]);
  model.build([1, 5, 5], { seed: 8 });
  return model;
};

describe("parameterGradients", () => {
  it("are by path what a step of gradient descent takes away", async () => {
    const model = build();
    const look = compile((x: Tensor, y: Tensor) =>
      inspect.parameterGradients(model, x, y, { training: true }),
    );
    const { loss, parameters, gradients } = look(images, labels);
    const read = async (tensors: { readonly [path: string]: Tensor }) =>
      new Map(
        await Promise.all(Object.entries(tensors).map(async ([path, x]) => [path, await x.data()] as const)),
      );
    const [before, by] = [await read(parameters), await read(gradients)];
    expect([...by.keys()]).toEqual(["0.weight", "0.bias", "1.weight", "1.bias", "4.weight", "4.bias"]);
    const variables = model.variables();
    expect(await variables.get("1.runningMean")?.data()).toEqual(
      await build().variables().get("1.runningMean")?.data(),
    );
    const optimizer = optim.sgd(model.parameters(), { learningRate: 1 });
    const step = compile((x: Tensor, y: Tensor) => {
      const value = losses.crossEntropy(model.forward(x, { training: true }), y);
      optimizer.minimize(value);
      return value;
    });
    expect(await step(images, labels).item()).toBe(await loss.item());
    for (const [path, values] of before) {
      const expected = values.map((value, i) => value - by.get(path)![i]!);
      expectClose(await variables.get(path)!.data(), expected, 1e-5, path);
    }
  });

  it("are of the loss that is given, for the model as it is used", async () => {
    const model = build();
    const loss = (output: Tensor) => output.sum();
    const { gradients, loss: sum } = inspect.parameterGradients(model, images, labels, { loss });
    expect(await sum.item()).toBeCloseTo(await model.forward(images).sum().item(), 4);
    expectClose(await gradients["4.bias"]!.data(), [4, 4, 4], 1e-6);
  });
});
