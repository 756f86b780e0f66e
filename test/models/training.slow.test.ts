import { beforeAll, describe, expect, it } from "vitest";
import * as losses from "../../src/losses/index.js";
import * as models from "../../src/models/index.js";
import type { Module } from "../../src/nn/module.js";
import * as optim from "../../src/optim/index.js";
import { RandomStream } from "../../src/random/stream.js";
import { compile } from "../../src/runtime/compile.js";
import { useDevice } from "../../src/runtime/device.js";
import type { Shape } from "../../src/shape/shape.js";
import { sizeOf } from "../../src/shape/shape.js";
import { tensor } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";

const small = { width: 1 / 8, classes: 4 } as const;
const smooth = { ...small, dropout: 0 } as const;

/** Every named network, at a size that trains in a moment, and its input. */
const networks: readonly (readonly [name: string, make: () => Module, input: Shape])[] = [
  ["LeNet-5", () => models.lenet5(), [1, 32, 32]],
  ["modern LeNet", () => models.lenet(), [1, 28, 28]],
  ["ConvNetJS's MNIST net", () => models.convnetjsMnist(), [1, 24, 24]],
  ["ConvNetJS's CIFAR-10 net", () => models.convnetjsCifar10(), [3, 32, 32]],
  ["AlexNet", () => models.alexnet(smooth), [3, 67, 67]],
  ["VGG-11", () => models.vgg(11, smooth), [3, 32, 32]],
  ["VGG-16", () => models.vgg(16, { ...smooth, batchNorm: true }), [3, 32, 32]],
  ["VGG-19", () => models.vgg(19, { ...smooth, batchNorm: true }), [3, 32, 32]],
  ["GoogLeNet", () => models.googlenet({ ...smooth, auxiliary: true, auxiliaryDropout: 0 }), [3, 128, 128]],
  ["torchvision's GoogLeNet", () => models.googlenet({ ...small, form: "torchvision" }), [3, 64, 64]],
  ["ResNet-18", () => models.resnet(18, small), [3, 64, 64]],
  ["ResNet-34", () => models.resnet(34, { ...small, zeroInitResidual: true }), [3, 64, 64]],
  ["ResNet-50", () => models.resnet(50, small), [3, 64, 64]],
  ["ResNet-101", () => models.resnet(101, { ...small, zeroInitResidual: true }), [3, 64, 64]],
  ["ResNet-20", () => models.resnetCifar(20, { width: 1 / 2 }), [3, 32, 32]],
  ["ResNet-56", () => models.resnetCifar(56, { width: 1 / 2, shortcut: "B" }), [3, 32, 32]],
];

const batch = 8;

/** Mean of the classifiers' cross-entropies, the auxiliary ones weighted as in GoogLeNet's paper. */
function lossOf(network: Module, images: Tensor, labels: Tensor): Tensor {
  if (!(network instanceof models.Googlenet))
    return losses.crossEntropy(network.forward(images, { training: true }), labels);
  const { logits, auxiliary } = network.heads(images, { training: true });
  return auxiliary.reduce(
    (sum, head) => sum.add(losses.crossEntropy(head, labels).multiply(0.3)),
    losses.crossEntropy(logits, labels),
  );
}

describe("named networks train", () => {
  beforeAll(() => {
    useDevice({ backend: "wasm", threads: 2 });
  });

  it.each(networks)("%s", async (_, make, input) => {
    const network = make();
    network.build(input, { seed: 1 });
    const stream = new RandomStream(5);
    const images = tensor(
      Float32Array.from({ length: batch * sizeOf(input) }, () => stream.normal()),
      { shape: [batch, ...input] },
    );
    const labels = tensor(Int32Array.from({ length: batch }, (_, i) => i % 4));
    const optimizer = optim.adam(network.parameters(), { learningRate: 1e-3 });
    const step = compile(() => {
      const loss = lossOf(network, images, labels);
      optimizer.minimize(loss);
      return loss;
    });
    const seen: number[] = [];
    for (let i = 0; i < 10; i++) seen.push(await step().item());
    expect(seen.every(Number.isFinite)).toBe(true);
    expect(seen.at(-1)).toBeLessThan(0.6 * seen[0]!);
  });
});
