import { compile, data, losses, nn, optim, type Tensor } from "gradus";
import { defineExample, type ExampleContext } from "gradus/example";
import { first } from "./kit/fit.js";

interface Descent {
  readonly name: string;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly epochs: number;
}

/** A place on the way down: the loss on all training digits. */
interface Place {
  readonly epochs: number;
  readonly seconds: number;
  readonly loss: number;
}

/** Goes down the loss of one network, always from the same weights, by gradients of `batchSize` digits. */
async function descend(
  { seed, signal, progress }: ExampleContext,
  digits: data.LabelledImages,
  { name, batchSize, learningRate, epochs }: Descent,
) {
  const model = nn.sequential([nn.flatten(), nn.dense(64), nn.relu(), nn.dense(10)]);
  model.build([1, 28, 28], { seed });
  const optimizer = optim.sgd(model.parameters(), { learningRate });
  const lossOf = (images: Tensor, labels: Tensor) => losses.crossEntropy(model.forward(images), labels);
  const look = compile(lossOf);
  const step = compile((images: Tensor, labels: Tensor) => {
    const loss = lossOf(images, labels);
    optimizer.minimize(loss);
    return loss;
  });

  const everything = new data.Batches(digits, { size: digits.count, seed }).batch(0, 0);
  const batches = new data.Batches(digits, { size: batchSize, seed, dropLast: true });
  const { perEpoch } = batches;
  const places: Place[] = [];
  let seconds = 0;
  let steps = 0;
  const mark = async () => {
    const loss = await look(everything.images, everything.labels).item();
    places.push({ epochs: steps / perEpoch, seconds, loss });
    progress(name, steps / (epochs * perEpoch));
  };
  await mark();
  for (let epoch = 0; epoch < epochs; epoch++) {
    signal.throwIfAborted();
    for (let i = 0; i < perEpoch; i++) {
      const { images, labels } = batches.batch(epoch, i);
      const before = performance.now();
      await step(images, labels).item();
      // The first step compiles.
      if (steps > 0) seconds += (performance.now() - before) / 1000;
      steps += 1;
      // Four times a pass, as far as there are so many steps.
      if (perEpoch < 4 || Math.floor((4 * (i + 1)) / perEpoch) > Math.floor((4 * i) / perEpoch)) await mark();
    }
  }
  return { name, steps, places };
}

export default defineExample({
  name: "gradient-descent",
  topic: "Training",
  rows: ["M20"],
  title: "full batch, stochastic and mini-batch descent down the same loss",
  claim:
    "The gradient of all examples points straight down the training loss, but one step costs a pass over everything. The " +
    "gradient of a single example points down only on average, and costs next to nothing: many rough steps get further than " +
    "few exact ones. A mini-batch of a few dozen examples is nearly as cheap a step, much less noisy, and " +
    "keeps the processor's vector units busy, so it is what everyone uses.",

  async run(context) {
    const { quick, table, chart } = context;
    const digits = await context.digits();
    const training = first(digits.train, quick ? 1000 : 8000);
    const epochs = quick ? 4 : 10;
    // Rates: the best of 0.003, 0.01, 0.02, 0.03, 0.1, 0.2, ... for each.
    const plans: readonly Descent[] = [
      { name: "full batch", batchSize: training.count, learningRate: 0.1, epochs: epochs * 15 },
      { name: "mini-batches of 32", batchSize: 32, learningRate: 0.1, epochs: epochs * 4 },
      { name: "one digit at a time", batchSize: 1, learningRate: 0.01, epochs },
    ];
    const runs = [];
    for (const plan of plans) runs.push(await descend(context, training, plan));

    const [full, mini, single] = runs as [Run, Run, Run];
    const lossAt = ({ places }: Run, epoch: number) => places.find((place) => place.epochs >= epoch)!.loss;
    const end = ({ places }: Run) => places.at(-1)!;
    const target = end(full).loss;
    const reaching = ({ places }: Run) => places.find(({ loss }) => loss <= target);
    const meanwhile = mini.places.findLast(({ seconds }) => seconds <= end(single).seconds)!;
    table(
      [
        "",
        "ms a step",
        "loss after 1 pass",
        `after ${epochs}`,
        `reaches ${target.toFixed(3)} after passes`,
        "seconds",
      ],
      runs.map((run) => [
        run.name,
        ((1000 * end(run).seconds) / (run.steps - 1)).toFixed(3),
        lossAt(run, 1).toFixed(3),
        lossAt(run, epochs).toFixed(3),
        reaching(run)?.epochs.toFixed(2) ?? "never",
        reaching(run)?.seconds.toFixed(2) ?? "never",
      ]),
    );
    for (const [name, label] of [
      ["epochs", "passes over the training digits"],
      ["seconds", "seconds spent in steps"],
    ] as const) {
      await chart(name, {
        title: `Three ways down the same loss, by ${name === "epochs" ? "examples seen" : "time"}`,
        x: { label, scale: "log" },
        y: { label: "cross-entropy on all training digits", scale: "log" },
        series: runs.map((run) => ({
          label: run.name,
          x: run.places.map((place) => place[name]),
          y: run.places.map((place) => place.loss),
        })),
      });
    }
    const after = (run: Run) => lossAt(run, epochs).toFixed(3);
    return {
      measured:
        `After ${epochs} passes over ${training.count.toLocaleString("en")} digits the loss is ${after(full)} with the full batch (${epochs} steps), ` +
        `${after(mini)} with mini-batches and ${after(single)} with one digit at a time. The full batch comes to ${target.toFixed(3)} in ` +
        `${end(full).epochs} passes, mini-batches in ${passes(reaching(mini))}, single digits in ${passes(reaching(single))}. By time it is ` +
        `otherwise: in the ${end(single).seconds.toFixed(2)} s that ${epochs} passes took one digit at a time, mini-batches made ` +
        `${meanwhile.epochs.toFixed(1)}, and came to ${meanwhile.loss.toFixed(3)} against ${end(single).loss.toFixed(3)}.`,
      values: {
        epochs,
        target,
        ways: runs.map((run) => ({
          name: run.name,
          steps: run.steps,
          loss: lossAt(run, epochs),
          passesToTarget: reaching(run)?.epochs ?? null,
          secondsToTarget: reaching(run)?.seconds ?? null,
        })),
      },
    };
  },
});

const passes = (place: Place | undefined) => place?.epochs.toFixed(2) ?? "none";

type Run = Awaited<ReturnType<typeof descend>>;
