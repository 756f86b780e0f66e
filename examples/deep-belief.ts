import {
  compile,
  concatenate,
  inspect,
  losses,
  nn,
  oneHot,
  optim,
  random,
  type Tensor,
  tensor,
  Variable,
  zeros,
} from "gradus";
import { defineExample, type ExampleContext } from "gradus/example";
import { learnContrastively } from "./kit/contrastive.js";
import { digitJudge, rowsOf } from "./kit/digits.js";
import { labelsOf } from "./kit/pixels.js";

const side = 28;
const classes = 10;
const perClass = 10;

/** The values of a tensor, computed once, as a tensor of its own. */
async function computed(x: Tensor): Promise<Tensor> {
  return tensor(await x.data(), { shape: x.shape });
}

/**
 * Images from the machine on top, whose class units are held: after `sweeps` of its chains, the features go down
 * through the machines below. Gives `[classes * perClass, pixels]`, class by class.
 */
async function imagine(below: readonly nn.Rbm[], top: nn.Rbm, sweeps: number): Promise<Tensor> {
  const wanted = Int32Array.from({ length: classes * perClass }, (_, i) => Math.floor(i / perClass));
  const labels = oneHot(tensor(wanted), classes);
  const features = top.inputShape[0]! - classes;
  const state = new Variable([wanted.length, features + classes], 0, { trainable: false });
  const begin = compile(() => {
    const random = top.sampleVisible(zeros([wanted.length, top.units]));
    state.assign(concatenate([random.slice([], [wanted.length, features]), labels], 1));
  });
  const sweep = compile(() => {
    state.assign(top.gibbs(state.value, 10, labels));
    const probabilities = top.visible(top.hidden(state.value)).slice([], [wanted.length, features]);
    return below.reduceRight((units, machine) => machine.visible(units), probabilities);
  });
  begin();
  let images = sweep();
  for (let done = 10; done < sweeps; done += 10) images = sweep();
  return images;
}

/** Teaches a classifier the labels of the first `count` rows, and gives its accuracy on the others. */
async function fineTune(
  network: nn.Module,
  data: LabelledRows,
  test: LabelledRows,
  count: number,
  seed: number,
) {
  const optimizer = optim.adam(network.parameters(), { learningRate: 3e-3 });
  const step = compile((batch: Tensor) => {
    const logits = network.forward(data.rows.gather(batch), { training: true });
    const loss = losses.crossEntropy(logits, data.labels.gather(batch));
    optimizer.minimize(loss);
    return loss;
  });
  const stream = new random.RandomStream(seed);
  for (let i = 0; i < 300; i++) {
    await step(tensor(Int32Array.from({ length: 50 }, () => stream.integer(count)))).item();
  }
  return accuracyOf(network.forward(test.rows), test.labels);
}

interface LabelledRows {
  readonly rows: Tensor;
  readonly labels: Tensor;
}

const accuracyOf = (logits: Tensor, labels: Tensor) => losses.accuracy(logits, labels).item();

export default defineExample({
  name: "deep-belief",
  topic: "Unsupervised learning",
  rows: ["M38"],
  title: "a deep belief net imagines digits of a class, and learns from few labels",
  claim:
    "Restricted Boltzmann machines can be stacked: the hidden units of one are data for the next, learnt one after the other without " +
    "labels. With class units beside its features, the machine on top learns images together with their classes; held at a class, " +
    "it imagines digits of that class, and the machines below draw them. The same layers, fine-tuned by backpropagation, " +
    "classify better from few labels than a network that starts at random.",

  async run(context: ExampleContext) {
    const { quick, seed, progress } = context;
    const digits = await context.digits();
    const [train, test] = await Promise.all(
      [digits.train, digits.test].map(async (set) => ({
        rows: await rowsOf(set),
        labels: labelsOf(set),
      })),
    );
    const { judge, accuracy: judgeAccuracy } = await digitJudge(context, digits);

    // One machine after the other, each on the features of the one below.
    const sizes = quick ? [200, 200] : [500, 500];
    const below: nn.Rbm[] = [];
    let features = train!.rows;
    for (const [i, size] of sizes.entries()) {
      const machine = nn.rbm(size);
      machine.build(features.shape.slice(1), { seed });
      const label = `machine ${i + 1} of ${sizes.length + 1}`;
      await learnContrastively(context, machine, features, {
        epochs: quick ? 4 : 20,
        learningRate: 0.1,
        label,
      });
      below.push(machine);
      features = await computed(machine.forward(features));
    }
    const testFeatures = await computed(below.reduce((units, machine) => machine.forward(units), test!.rows));

    const top = nn.rbm(quick ? 400 : 2000, { classes });
    top.build([features.shape[1]! + classes], { seed });
    await learnContrastively(
      context,
      top,
      await computed(concatenate([features, oneHot(train!.labels, classes)], 1)),
      {
        epochs: quick ? 10 : 30,
        learningRate: 0.1,
        persistent: true,
        label: `machine ${sizes.length + 1} of ${sizes.length + 1}`,
      },
    );
    const byEnergy = await accuracyOf(top.classLogits(testFeatures), test!.labels);

    const images = await imagine(below, top, quick ? 600 : 3000);
    const pictures = inspect.imagesOf(await images.data(), [images.shape[0]!, 1, side, side], {
      range: [0, 1],
    });
    await context.picture(
      "imagined",
      inspect.tile(pictures, { columns: perClass, scale: 2 }),
      "imagined, a row for each class",
    );
    const seen = await judge(images);
    const recognized =
      seen.classes.filter((seenClass, i) => seenClass === Math.floor(i / perClass)).length /
      seen.classes.length;

    // The same layers, learnt before or at random, with an output for the classes.
    const counts = quick ? [100, 1000] : [100, 300, 1000];
    const results = [];
    for (const [i, labels] of counts.entries()) {
      progress("fine-tuning", i / counts.length);
      const layers = () => sizes.map((size) => nn.rbm(size, { initializer: nn.init.xavierUniform }));
      const [learnt, random] = [layers(), layers()];
      const accuracies = [];
      for (const hidden of [learnt, random]) {
        const network = nn.sequential([...hidden, nn.dense(classes, { initializer: nn.init.xavierUniform })]);
        network.build([side * side], { seed });
        for (const [at, layer] of hidden === learnt ? learnt.entries() : []) {
          layer.weight.write(await below[at]!.weight.data());
          layer.bias.write(await below[at]!.bias.data());
        }
        accuracies.push(await fineTune(network, train!, test!, labels, seed));
      }
      results.push({ labels, pretrained: accuracies[0]!, random: accuracies[1]! });
    }

    const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
    context.table(
      ["labels", "pre-trained", "from random weights"],
      results.map(({ labels, pretrained, random }) => [labels, percent(pretrained), percent(random)]),
    );
    await context.chart("few-labels", {
      title: "Digits never seen, classified after fine-tuning with few labels",
      x: { label: "labels", scale: "log" },
      y: { label: "accuracy in percent" },
      series: [
        { label: "pre-trained", x: counts, y: results.map(({ pretrained }) => 100 * pretrained) },
        { label: "from random weights", x: counts, y: results.map(({ random }) => 100 * random) },
      ],
    });
    const gains = results.map(
      ({ labels, pretrained, random }) =>
        `${percent(pretrained)} against ${percent(random)} with ${labels} labels`,
    );
    return {
      measured:
        `Of ${seen.classes.length} digits imagined with a class held, a classifier that is right for ${percent(judgeAccuracy)} of real ones ` +
        `recognizes ${percent(recognized)} as that class, where chance would be 10 %. The machines themselves, asked which class gives ` +
        `a digit never seen the lowest free energy, are right for ${percent(byEnergy)}. Fine-tuned, the layers learnt without labels ` +
        `reach ${gains.join(", ")}; the second figure is that of the same network from random weights.`,
      values: { recognized, judgeAccuracy, freeEnergyAccuracy: byEnergy, fineTuning: results },
    };
  },
});
