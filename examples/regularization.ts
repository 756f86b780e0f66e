import { data, inspect, nn, optim, train } from "gradus";
import { defineExample, type ExampleContext } from "gradus/example";
import { first, fit } from "./kit/fit.js";

/** What stands against memorizing. */
interface Means {
  readonly weightDecay?: number;
  readonly dropout?: number;
  readonly spatialDropout?: number;
  readonly patienceEpochs?: number;
  readonly augment?: readonly data.Augmentation[];
}

const augment = [data.shift(2), data.elastic({ alpha: 34, sigma: 4 })];

const methods: Readonly<Record<string, Means>> = {
  nothing: {},
  "weight decay": { weightDecay: 3 },
  dropout: { dropout: 0.5 },
  "spatial dropout": { spatialDropout: 0.2 },
  "early stopping": { patienceEpochs: 5 },
  "shifts, elastic": { augment },
  "all but stopping": { weightDecay: 1, dropout: 0.3, spatialDropout: 0.1, augment },
};

function network({ dropout, spatialDropout }: Means, seed: number): nn.Sequential {
  const convolution = (filters: number) => [
    nn.conv2d(filters, 5, { stride: 2, padding: "same" }),
    nn.relu(),
    ...(spatialDropout ? [nn.spatialDropout(spatialDropout)] : []),
  ];
  const dropping = () => (dropout ? [nn.dropout(dropout)] : []);
  const model = nn.sequential([
    ...convolution(12),
    ...convolution(24),
    nn.flatten(),
    ...dropping(),
    nn.dense(128),
    nn.relu(),
    ...dropping(),
    nn.dense(10),
  ]);
  model.build([1, 28, 28], { seed });
  return model;
}

/** Trains one network on a few digits, and tests it on these and on others. */
async function learn(
  context: ExampleContext,
  few: data.LabelledImages,
  test: data.LabelledImages,
  [name, means]: readonly [string, Means],
  epochs: number,
) {
  const { seed } = context;
  const model = network(means, seed);
  const decays = ({ shape }: { readonly shape: readonly number[] }) => shape.length > 1;
  const weightDecay = means.weightDecay ?? 0;
  const optimizer = optim.adamW(model.parameters(), { learningRate: 2e-3, weightDecay, decays });
  // Early stopping has to pay for its validation with a fifth of the digits.
  const parts = data.stratifiedSplit(few.labels, few.classes.length, 0.2, seed);
  const heldOut = data.subset(few, parts.test);
  const { patienceEpochs } = means;
  await fit(
    context,
    model,
    { train: patienceEpochs ? data.subset(few, parts.train) : few, test: heldOut },
    {
      optimizer,
      epochs,
      label: name,
      batches: { size: 25, seed, ...(means.augment ? { augment: means.augment } : {}) },
      ...(patienceEpochs ? { earlyStopping: { patienceEpochs } } : {}),
    },
  );
  const evaluator = new train.Evaluator(model);
  return { known: await evaluator.evaluate(few), unknown: await evaluator.evaluate(test) };
}

/** A few digits, and what augmentation makes of each in the first passes. */
async function drawAugmented({ picture, seed }: ExampleContext, digits: data.LabelledImages): Promise<void> {
  const scaling = { scale: 1 / 255, offset: 0 };
  const shown = first(digits, 12);
  const options = { size: shown.count, seed, shuffle: false, scaling };
  const original = new data.Batches(shown, options);
  const changed = new data.Batches(shown, { ...options, augment });
  const rows = [original.batch(0, 0), ...Array.from({ length: 6 }, (_, epoch) => changed.batch(epoch, 0))];
  const images = [];
  for (const { images: batch } of rows) {
    images.push(...inspect.imagesOf(await batch.data(), batch.shape, { range: [0, 1] }));
  }
  await picture(
    "augmented",
    inspect.tile(images, { columns: shown.count, gap: 1, scale: 2 }),
    "Digits (above), and what shifts and elastic distortions make of them in six passes",
  );
}

export default defineExample({
  name: "regularization",
  topic: "Training",
  rows: ["M24"],
  title: "few digits: weight decay, dropout, early stopping and augmentation against memorizing",
  claim:
    "A network with many weights and few examples learns them by heart: all right on what it was trained on, much less on " +
    "anything else. Small weights (decay), units that cannot rely on each other (dropout, or whole maps of them: spatial " +
    "dropout), stopping when held-out examples get worse, and examples that are shifted and distorted anew at each pass narrow " +
    "the gap. More examples, real or made, help the most.",

  async run(context) {
    const { quick, seed, table, chart } = context;
    const digits = await context.digits();
    const [count, epochs, repeats] = quick ? [150, 40, 1] : [300, 100, 4];
    await drawAugmented(context, digits.train);

    const results = [];
    for (const method of Object.entries(methods)) {
      const runs: Awaited<ReturnType<typeof learn>>[] = [];
      for (let i = 0; i < repeats; i++) {
        // Other digits and other first weights each time, the same for all methods.
        const at = data.subset(
          digits.train,
          Array.from({ length: count }, (_, n) => i * count + n),
        );
        runs.push(await learn({ ...context, seed: seed + i }, at, digits.test, method, epochs));
      }
      const training = mean(runs.map(({ known }) => known.accuracy));
      const test = mean(runs.map(({ unknown }) => unknown.accuracy));
      results.push({ name: method[0], training, test, loss: mean(runs.map(({ unknown }) => unknown.loss)) });
    }
    table(
      [`${count} digits`, "training", "test", "gap", "test loss"],
      results.map(({ name, training, test, loss }) => [
        name,
        percent(training),
        percent(test),
        percent(training - test),
        loss.toFixed(3),
      ]),
    );
    await chart("accuracy", {
      title: `${count} digits to learn from`,
      x: { label: "against memorizing", categories: results.map(({ name }) => name) },
      y: { label: "share of digits read right" },
      series: [
        { label: "digits trained on", y: results.map(({ training }) => training), mark: "bars" },
        { label: "other digits", y: results.map(({ test }) => test), mark: "bars" },
      ],
    });
    const [none, ...others] = results;
    const best = others.reduce((a, b) => (b.test > a.test ? b : a));
    return {
      measured:
        `Trained on ${count} digits with nothing against it, the network reads ${percent(none!.training)} of these and ${percent(none!.test)} of ` +
        `${digits.test.count.toLocaleString("en")} others right: a gap of ${percent(none!.training - none!.test)}. On the others it gets, with ` +
        `${others.map(({ name, test }) => `${name}, ${percent(test)}`).join("; ")}. ` +
        `"${best.name}" does best: it leaves out ${percent(1 - (1 - best.test) / (1 - none!.test))} of the mistakes.`,
      values: { count, methods: results },
    };
  },
});

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

const percent = (share: number) => `${(100 * share).toFixed(1)}%`;
