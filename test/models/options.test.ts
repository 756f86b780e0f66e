import { describe, expect, it } from "vitest";
import * as models from "../../src/models/index.js";
import * as nn from "../../src/nn/index.js";
import { RandomStream } from "../../src/random/stream.js";
import { tensor } from "../../src/tensor/creation.js";
import { Stepper } from "../support/stepper.js";

const images = (...shape: number[]) => {
  const stream = new RandomStream(3);
  return tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => stream.normal()),
    { shape },
  );
};

describe("options", () => {
  it("a ResNet's blocks can start as their shortcuts", () => {
    const network = models.resnetCifar(8, { zeroInitResidual: true, width: 1 / 4 });
    network.build([3, 8, 8]);
    const stepper = new Stepper();
    const values = (path: string) => [...stepper.get(network.variables().get(path)!)];
    expect(values("layer1.0.bn2.weight")).toEqual([0, 0, 0, 0]);
    expect(values("layer1.0.bn1.weight")).toEqual([1, 1, 1, 1]);
    const x = images(2, 3, 8, 8);
    const outputs = new Map<string, ReturnType<typeof network.forward>>();
    network.forward(x, { onOutput: (path, output) => outputs.set(path, output) });
    const [before, after] = stepper.run(() => [outputs.get("relu")!, outputs.get("layer1")!]);
    expect(after).toEqual(before);
  });

  it("LeNet-5 surrounds smaller images with the background", () => {
    const network = models.lenet5({ background: -0.1 });
    expect(network.build([1, 28, 28])).toEqual([10]);
    const x = images(2, 1, 28, 28);
    const padded = x.pad([[0, 0], [0, 0], [2, 2], [2, 2]], -0.1); // biome-ignore format: one row
    const stepper = new Stepper();
    const [small, large] = stepper.run(() => [network.forward(x), network.forward(padded)]);
    expect(small).toEqual(large);
    expect(network.describe()[0]!.receptiveField?.start).toEqual([-2, -2]);
    expect(() => models.lenet5().build([1, 33, 32])).toThrow(
      "layer border: lenet5: an example is [1, 33, 32], but must be [1, 32, 32], or smaller",
    );
    expect(() => models.lenet5().build([1024])).toThrow("lenet5: an example is [1024]");
  });

  it("LeNet-5's codes tell the digits apart", () => {
    const network = models.lenet5();
    network.build([1, 32, 32]);
    const codes = new Stepper().get(network.variables().get("output.weight")!);
    const code = (digit: number) => codes.subarray(84 * digit, 84 * (digit + 1));
    for (let a = 0; a < 10; a++) {
      expect(new Set(code(a))).toEqual(new Set([-1, 1]));
      for (let b = 0; b < a; b++) {
        const different = code(a).filter((value, i) => value !== code(b)[i]).length;
        expect(different, `${a} and ${b}`).toBeGreaterThanOrEqual(5);
      }
    }
    expect(network.parameters().map(({ name }) => name)).not.toContain("output.weight");
  });

  it("the heads of a GoogLeNet are its logits, and those on the way", () => {
    const network = models.googlenet({ width: 1 / 32, classes: 3, auxiliary: true });
    network.build([3, 128, 128]);
    const x = images(2, 3, 128, 128);
    const heads = network.heads(x);
    expect(heads.auxiliary.map(({ shape }) => shape)).toEqual([[2, 3], [2, 3]]); // biome-ignore format: one row
    expect(network.forward(x).node).toBe(heads.logits.node);
    expect(models.googlenet({ width: 1 / 32 }).heads).toBeTypeOf("function");
  });

  it("parts of networks are at hand", () => {
    const { parts } = models.resnet(18, { width: 1 / 16 });
    const trunk = nn.sequential([parts.conv1, parts.bn1, parts.relu, parts.maxpool, parts.layer1]);
    expect(trunk.build([3, 32, 32])).toEqual([4, 8, 8]);
  });

  it.each<[string, () => unknown]>([
    ["vgg: depth is 12; it must be one of 11, 13, 16, 19", () => models.vgg(Number("12") as 11)],
    ["resnet: depth is 20; it must be one of 18, 34, 50, 101, 152", () => models.resnet(Number("20") as 18)],
    ["resnetCifar: depth is 21; it must be 6 n + 2: 8, 14, 20", () => models.resnetCifar(21)],
    ["resnetCifar: depth is 2;", () => models.resnetCifar(2)],
    ["resnetCifar: depth is 2.5", () => models.resnetCifar(2.5)],
    [
      "width is 0; it multiplies the numbers of channels, so it must be positive",
      () => models.vgg(11, { width: 0 }),
    ],
    ["width is NaN", () => models.resnet(18, { width: Number.NaN })],
    ["dense: units is 0", () => models.convnetjsMnist({ classes: 0 })],
    ["dropout: rate is 1", () => models.alexnet({ dropout: 1 })],
    ["lenet5: classes is 26, but the codes", () => models.lenet5({ classes: 26 })],
  ])("%s", (message, make) => {
    expect(make).toThrow(message);
  });

  it("inputs that are too small are refused by the layer that they do not fit", () => {
    expect(() => models.vgg(11).build([3, 16, 16])).toThrow(/layer features\.20: maxPool: /);
    expect(() => models.alexnet().build([3, 32, 32])).toThrow(/layer features\.\d+: maxPool: /);
  });
});
