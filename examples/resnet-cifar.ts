import { models, type nn, optim } from "gradus";
import { defineExample } from "gradus/example";
import { first, fit } from "./kit/fit.js";

const percent = (share: number) => `${(100 * share).toFixed(1)}%`;
const grouped = (value: number) => value.toLocaleString("en");

/** Images are cut to this size, each time at another place, and half of them mirrored: shifts and flips. */
const crop = 28;
const batches = { size: 32, crop, augment: { crop: true, mirror: true } };

/** Multiplications with additions that one image takes. */
const work = (network: nn.Module) => network.describe().reduce((sum, row) => sum + row.multiplyAdds, 0);

/** Weights decay, biases and the scales of normalization do not. */
const decays = ({ shape }: { readonly shape: readonly number[] }) => shape.length > 1;

/** As the paper trains its ResNets, but with a rate that falls along a cosine. */
const residual = (network: nn.Module) =>
  optim.sgd(network.parameters(), {
    learningRate: 0.1,
    momentum: 0.9,
    nesterov: true,
    weightDecay: 5e-4,
    decays,
  });

/** ConvNetJS's way would be Adadelta; Adam takes the same network further in few passes. */
const plain = (network: nn.Module) =>
  optim.adam(network.parameters(), { learningRate: 2e-3, weightDecay: 1e-4, decays });

export default defineExample({
  name: "resnet-cifar",
  topic: "Named networks",
  rows: ["M18", "M19"],
  title: "a residual network of 20 layers against ConvNetJS's three convolutions, on CIFAR-10",
  claim:
    "Shortcuts around every two layers let gradients through to the first ones, so that networks of twenty layers and more train " +
    "as easily as shallow ones, and recognize more: on small colour photographs ResNet-20 beats a network of three convolutions " +
    "after as many passes over the images. Each pass costs more, though: with little time, the small network may be ahead.",
  options: {
    epochs: { description: "passes over the training images (default: 10, quick: 3)", value: "number" },
  },

  async run(context) {
    const { quick, seed, chart, table } = context;
    const all = await context.cifar10();
    const sets = quick ? { train: first(all.train, 640), test: first(all.test, 200) } : all;
    const epochs = context.count("epochs") ?? (quick ? 3 : 10);

    const build = (network: nn.Module) => {
      network.build([3, crop, crop], { seed });
      return network;
    };
    const train = async (label: string, network: nn.Module, passes: number, optimizer: optim.Optimizer) => {
      const steps = passes * Math.floor(sets.train.count / batches.size);
      const schedule = optim.schedules.cosine({ rate: optimizer.learningRate, steps });
      const options = { label, optimizer, schedule, epochs: passes, batches: { ...batches, seed } };
      const { accuracies, evaluation, seconds } = await fit(context, network, sets, options);
      return { label, network, passes, accuracies, accuracy: evaluation.accuracy, seconds };
    };

    const [deep, small, again] = [
      build(models.resnetCifar(20, { width: quick ? 1 / 2 : 1 })),
      build(models.convnetjsCifar10()),
      build(models.convnetjsCifar10()),
    ] as const;
    const ratio = work(deep) / work(small);
    const longer = Math.round(epochs * ratio);
    const runs = [
      await train(quick ? "ResNet-20, half as wide" : "ResNet-20", deep, epochs, residual(deep)),
      await train("ConvNetJS's net", small, epochs, plain(small)),
      await train("ConvNetJS's net, longer", again, longer, plain(again)),
    ] as const;

    table(
      ["network", "parameters", "passes", "multiply-adds in all", "seconds", "test accuracy"],
      runs.map(({ label, network, passes, seconds, accuracy }) => [
        label,
        grouped(network.parameters().reduce((sum, { size }) => sum + size, 0)),
        passes,
        (3 * work(network) * passes * sets.train.count).toExponential(1),
        seconds.toFixed(0),
        percent(accuracy),
      ]),
    );
    await chart("accuracy", {
      title: "CIFAR-10: accuracy for computation",
      x: { label: "multiply-adds so far", scale: "log" },
      y: { label: "test accuracy" },
      series: runs.map(({ label, network, accuracies }) => ({
        label,
        x: accuracies.map((_, epoch) => 3 * work(network) * sets.train.count * (epoch + 1)),
        y: accuracies,
      })),
    });

    const [residualRun, sameEpochs, sameWork] = runs;
    const margin = (other: { readonly accuracy: number }) => {
      const points = 100 * (residualRun.accuracy - other.accuracy);
      return `${Math.abs(points).toFixed(1)} points ${points >= 0 ? "more" : "less"}`;
    };
    return {
      measured:
        `After ${epochs} passes over ${grouped(sets.train.count)} images, ${residualRun.label} recognizes ` +
        `${percent(residualRun.accuracy)} of ${grouped(sets.test.count)} others; ConvNetJS's net ${percent(sameEpochs.accuracy)}, so the ` +
        `residual network has ${margin(sameEpochs)}. A pass of it takes ${ratio.toFixed(0)} times the work; after ${longer} ` +
        `passes, as much computation, ConvNetJS's net has ${percent(sameWork.accuracy)}: the residual one has ${margin(sameWork)}.`,
      values: {
        epochs,
        longerEpochs: longer,
        residual: residualRun.accuracy,
        sameEpochs: sameEpochs.accuracy,
        sameWork: sameWork.accuracy,
        trainingSeconds: runs.map(({ seconds }) => seconds),
      },
    };
  },
});
