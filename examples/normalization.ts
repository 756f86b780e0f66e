import {
  concatenate,
  data,
  inspect,
  linspace,
  nn,
  ones,
  optim,
  random,
  stack,
  type Tensor,
  tensor,
} from "gradus";
import { defineExample, type ExampleContext, type TrainAndTest } from "gradus/example";
import { rowsOf } from "./kit/digits.js";
import { first, fit } from "./kit/fit.js";

/** Normalizations by mean and variance, each with the axes of `[N, C, H, W]` over which it takes them. */
const byAxes = {
  batch: { make: () => nn.batchNorm(), axes: [0, 2, 3], groups: "a channel" },
  layer: { make: () => nn.layerNorm({ axes: 3 }), axes: [1, 2, 3], groups: "an example" },
  instance: {
    make: () => nn.instanceNorm({ affine: true }),
    axes: [2, 3],
    groups: "a channel of an example",
  },
  channels: { make: () => nn.channelNorm(), axes: [1], groups: "a position" },
};

const normalizations: Readonly<Record<string, () => nn.Module[]>> = {
  none: () => [],
  batch: () => [nn.batchNorm()],
  layer: () => [nn.layerNorm({ axes: 3 })],
  group: () => [nn.groupNorm(2)],
  instance: () => [nn.instanceNorm({ affine: true })],
  channels: () => [nn.channelNorm()],
  "local response": () => [nn.localResponseNorm(5, { alpha: 1 })],
  "local contrast": () => [nn.localContrastNorm(5)],
};

/** Means of maps before and after each normalization: whose are 0? */
async function means({ seed, say, table }: ExampleContext, digits: Tensor) {
  const filters = nn.conv2d(8, 5, { stride: 2 });
  filters.build([1, 28, 28], { seed });
  // As if each digit had been taken in another light.
  const noise = new random.Generator(seed);
  const light = noise.uniform([digits.shape[0]!, 1, 1, 1]).multiply(2);
  const x = tensor(await filters.forward(digits.add(0.2).multiply(light)).data(), {
    shape: [digits.shape[0]!, 8, 12, 12],
  });
  const greatestMeans = (y: Tensor) =>
    Promise.all(Object.values(byAxes).map(({ axes }) => y.mean(axes).abs().max().item()));
  const rows = [["before", ...(await greatestMeans(x))]] as [string, ...number[]][];
  let zeros = 0;
  for (const [i, [name, { make }]] of Object.entries(byAxes).entries()) {
    const layer = make();
    layer.build(x.shape.slice(1));
    const found = await greatestMeans(layer.forward(x, { training: true }));
    zeros += Number(found[i]! < 1e-4);
    rows.push([name, ...found]);
  }
  say("The greatest mean, in magnitude, over all of ...");
  table(
    ["normalization", ...Object.values(byAxes).map(({ groups }) => groups)],
    rows.map(([name, ...found]) => [name, ...found.map((mean) => mean.toFixed(3))]),
  );
  return zeros;
}

/** A page of digits in light that falls off to the right, before and after local contrast normalization. */
async function unevenLight({ picture }: ExampleContext, digits: Tensor) {
  const page = digits.slice([0], [18]).reshape([3, 6, 28, 28]).permute([0, 2, 1, 3]).reshape([1, 1, 84, 168]);
  const light = linspace(0, -2.8, 168).exp();
  const lit = page.multiply(0.6).add(0.4).multiply(light);
  const layer = nn.localContrastNorm(9);
  layer.build([1, 84, 168]);
  const even = layer.forward(lit);
  await picture(
    "light",
    inspect.tile(
      [
        ...inspect.imagesOf(await lit.data(), lit.shape),
        ...inspect.imagesOf(await even.data(), even.shape, { range: [-3, 3] }),
      ],
      { columns: 1, scale: 3, gap: 6 },
    ),
    "a page in falling light, and after local contrast normalization",
  );
  // The contrast of the leftmost digits to that of the rightmost.
  const contrast = (x: Tensor, left: number) =>
    x.slice([0, 0, 0, left], [1, 1, 84, left + 28]).standardDeviation();
  const ratio = (x: Tensor) => contrast(x, 0).divide(contrast(x, 140)).item();
  return { before: await ratio(lit), after: await ratio(even) };
}

/** How a unit of activity 1 answers when its neighbours in other channels are active too. */
async function competition({ chart }: ExampleContext) {
  const neighbours = linspace(0, 10, 41);
  const unit = ones([41]);
  const x = stack([neighbours, neighbours, unit, neighbours, neighbours], 1).reshape([41, 5, 1]);
  const layer = nn.localResponseNorm(5, { alpha: 1 });
  layer.build([5, 1]);
  const y = Array.from(await layer.forward(x).slice([0, 2], [41, 3]).data());
  await chart("competition", {
    title: "Local response normalization",
    x: { label: "activity of the four neighbouring channels" },
    y: { label: "response of a unit of activity 1" },
    series: [{ label: "alpha 1, beta 0.75, k 1", x: await neighbours.data(), y }],
  });
  return { alone: y[0]!, among: y.at(-1)! };
}

/** Five convolutions and a dense layer, with the normalization between each convolution and its ReLU. */
function network(normalization: () => nn.Module[], initializer: nn.Initializer) {
  const stage = (stride: number) => [
    nn.conv2d(8, 3, { padding: 1, stride, initializer }),
    ...normalization(),
    nn.relu(),
  ];
  return nn.sequential([...[2, 1, 1, 2, 1].flatMap(stage), nn.flatten(), nn.dense(10)]);
}

/** He's initial values, and the same a fifth as large. */
const starts: Readonly<Record<string, nn.Initializer>> = {
  good: nn.init.heNormal,
  small: (...args) => nn.init.heNormal(...args).map((value) => value / 5),
};

async function training(context: ExampleContext, sets: TrainAndTest) {
  const epochs = context.quick ? 2 : 3;
  const accuracies: Record<string, Record<string, number>> = {};
  const series = [];
  let batchNormalized: nn.Module | undefined;
  for (const [name, make] of Object.entries(normalizations)) {
    accuracies[name] = {};
    for (const [start, initializer] of Object.entries(starts)) {
      const model = network(make, initializer);
      model.build([1, 28, 28], { seed: context.seed });
      const { losses, evaluation } = await fit(context, model, sets, {
        optimizer: optim.sgd(model.parameters(), { learningRate: 0.01, momentum: 0.9 }),
        epochs,
        label: name,
      });
      accuracies[name][start] = evaluation.accuracy;
      const x = losses.map((_, i) => (epochs * (i + 1)) / losses.length);
      if (start === "small") series.push({ label: name, x, y: losses });
      if (name === "batch") batchNormalized = model;
    }
  }
  context.say(
    `\nFive convolutions deep, on ${sets.train.count} digits; accuracy with good initial weights, and with weights a fifth as large:`,
  );
  context.table(
    ["normalization", "good", "small"],
    Object.entries(accuracies).map(([name, { good, small }]) => [name, percent(good!), percent(small!)]),
  );
  await context.chart("training", {
    title: "Training from small weights",
    x: { label: "epoch" },
    y: { label: "cross-entropy" },
    series,
  });
  return { accuracies, model: batchNormalized! };
}

/** Does an example's result depend on those it shares its batch with? In inference no, by the batch's own statistics yes. */
async function company(model: nn.Module, set: data.LabelledImages) {
  const imagesOf = async (part: data.LabelledImages) =>
    (await rowsOf(part)).subtract(0.5).reshape([part.count, 1, 28, 28]);
  const alone = await imagesOf(first(set, 8));
  const together = model.forward(alone);
  const singly = concatenate([0, 1, 2, 3].map((i) => model.forward(alone.slice([i], [i + 1]))));
  const difference = await together.slice([0], [4]).subtract(singly).abs().max().item();
  let right = { running: 0, batch: 0 };
  let count = 0;
  for (let digit = 0; digit < 10; digit++) {
    const own = Array.from(set.labels.keys())
      .filter((i) => set.labels[i] === digit)
      .slice(0, 50);
    const images = await imagesOf(data.subset(set, own));
    const correct = (training: boolean) =>
      model.forward(images, { training }).argmax(1).equal(digit).cast("int32").sum().item();
    right = { running: right.running + (await correct(false)), batch: right.batch + (await correct(true)) };
    count += own.length;
  }
  return { difference, running: right.running / count, batch: right.batch / count };
}

const percent = (part: number) => `${(100 * part).toFixed(1)} %`;

export default defineExample({
  name: "normalization",
  topic: "Convolutional networks",
  rows: ["M12", "M13"],
  title: "batch, layer, instance, group, local response and local contrast normalization",
  claim:
    "Normalizations give the values of a layer mean 0 and variance 1 over some of their axes, so that layers behind it train at " +
    "once, whatever the weights start from. By the statistics of the batch, or of the running mean of batches when the network " +
    "is used; by those of the example alone; or of the neighbourhood: local contrast normalization takes uneven light away, local " +
    "response normalization lets neighbouring channels compete.",

  async run(context) {
    const digits = await context.digits();
    const sets = {
      train: first(digits.train, context.quick ? 900 : 8000),
      test: first(digits.test, context.quick ? 500 : 2000),
    };
    const images = (await rowsOf(first(sets.test, 128))).reshape([-1, 1, 28, 28]);
    const zeros = await means(context, images);
    const light = await unevenLight(context, images);
    const response = await competition(context);
    const { accuracies, model } = await training(context, sets);
    const batchmates = await company(model, sets.test);
    const { none, batch } = accuracies as { none: Record<string, number>; batch: Record<string, number> };
    return {
      measured:
        `${zeros} of ${Object.keys(byAxes).length} normalizations leave means of 0 over the axes that are theirs. Light that falls off makes the ` +
        `left of a page ${light.before.toFixed(1)} times as contrasty as the right; after local contrast normalization it is ` +
        `${light.after.toFixed(2)} times. Among active neighbours, a unit's response falls from ${response.alone.toFixed(2)} to ` +
        `${response.among.toFixed(2)} by local response normalization. Small initial weights take a plain network from ${percent(none.good!)} to ` +
        `${percent(none.small!)}, one with batch normalization from ${percent(batch.good!)} to ${percent(batch.small!)}. With running statistics, an ` +
        `example's result changes by ${Number(batchmates.difference.toPrecision(2))} with its company; on batches of one class, ${percent(batchmates.running)} ` +
        `are right, by the batches' own statistics ${percent(batchmates.batch)}.`,
      values: { zeros, light, response, accuracies, batchmates },
    };
  },
});
