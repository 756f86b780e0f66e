import { compile, data, grad, losses, nn, optim, type Tensor, train } from "gradus";
import { defineExample, type ExampleContext, RunError } from "gradus/example";
import { first } from "./kit/fit.js";

const rate = 0.2;

/** By the number of steps of the whole training. */
const schedules: Readonly<Record<string, (steps: number) => optim.Schedule | optim.Plateau>> = {
  constant: () => optim.schedules.constant(rate),
  "halved at plateaus": () => optim.plateau({ rate, patience: 0, factor: 0.5 }),
  "a tenth each third": (steps) => optim.schedules.stepDecay({ rate, every: Math.ceil(steps / 3) }),
  cosine: (steps) => optim.schedules.cosine({ rate, steps }),
  "warm-up, cosine": (steps) => {
    const up = Math.round(steps / 10);
    return optim.schedules.warmup({
      steps: up,
      schedule: optim.schedules.cosine({ rate, steps: steps - up }),
    });
  },
};

interface Sets {
  readonly train: data.LabelledImages;
  /** Whose loss tells a plateau. */
  readonly validation: data.LabelledImages;
  readonly test: data.LabelledImages;
}

/** Trains one network, and notes rates and losses on the way. */
async function follow(
  { signal, progress }: ExampleContext,
  sets: Sets,
  name: string,
  seed: number,
  epochs: number,
) {
  const model = nn.sequential([
    nn.conv2d(8, 5, { stride: 2, padding: "same" }),
    nn.relu(),
    nn.conv2d(16, 5, { stride: 2, padding: "same" }),
    nn.relu(),
    nn.flatten(),
    nn.dense(10),
  ]);
  model.build([1, 28, 28], { seed });
  const optimizer = optim.sgd(model.parameters(), { learningRate: rate });
  // Small batches, whose noise a large rate does not average out.
  const batches = { size: 8, seed };
  const schedule = schedules[name]!(epochs * Math.floor(sets.train.count / batches.size));
  const { train: examples, validation } = sets;
  const rates: number[] = [];
  const losses: number[] = [];
  const passes: number[] = [];
  for await (const event of train.train({
    model,
    optimizer,
    schedule,
    data: examples,
    validation,
    batches,
    epochs,
    signal,
  })) {
    if (event.event === "progress") progress(name, event.fraction);
    if (event.event === "failed") throw new RunError(event.message);
    if (event.event !== "interval") continue;
    passes.push(event.epochs);
    rates.push(event.learningRate);
    losses.push(event.loss);
  }
  const { accuracy, loss } = await new train.Evaluator(model).evaluate(sets.test);
  return { passes, rates, losses, accuracy, loss };
}

/** Reads a digit row by row, and says what it was at the end: a network 28 layers deep whose layers share their weights. */
class RowReader extends nn.Module {
  readonly kind = "rowReader";
  readonly input = nn.dense(48);
  // A little too large, so that what a row says grows on its way through the others.
  readonly recurrent = nn.dense(48, { bias: false, initializer: nn.init.normal(0, 0.2) });
  readonly output = nn.dense(10);

  protected override compute(images: Tensor, options: nn.ForwardOptions): Tensor {
    const [batch, , rows, columns] = images.shape;
    const inputs = this.input.forward(images.reshape([batch!, rows!, columns!]), options);
    const row = (i: number) => inputs.slice([0, i], [batch!, i + 1]).squeeze(1);
    let state = row(0).relu();
    for (let i = 1; i < rows!; i++) state = row(i).add(this.recurrent.forward(state, options)).relu();
    return this.output.forward(state, options);
  }
}

/** Trains a row reader, and notes how long its gradients are before anything clamps them. */
async function read(
  { seed, progress }: ExampleContext,
  digits: data.LabelledImages,
  clip: object,
  epochs: number,
) {
  const model = new RowReader();
  model.build([1, 28, 28], { seed });
  const parameters = model.parameters();
  const optimizer = optim.sgd(parameters, { learningRate: 0.03, ...clip });
  const step = compile((images: Tensor, labels: Tensor) => {
    const loss = losses.crossEntropy(model.forward(images), labels);
    const gradients = grad(
      loss,
      parameters.map(({ value }) => value),
    );
    optimizer.step(gradients);
    const norm = gradients.map((gradient) => gradient.square().sum()).reduce((a, b) => a.add(b));
    return { loss, norm: norm.sqrt() };
  });
  const [lossesOf, norms]: [number[], number[]] = [[], []];
  for await (const { images, labels, epoch } of data.batches(digits, {
    size: 32,
    seed,
    epochs,
    dropLast: true,
  })) {
    const { loss, norm } = step(images, labels);
    lossesOf.push(await loss.item());
    norms.push(await norm.item());
    progress("recurrent network", epoch / epochs);
  }
  const late = lossesOf.slice(-Math.ceil(lossesOf.length / 10));
  return { losses: lossesOf, norms, end: mean(late) };
}

export default defineExample({
  name: "schedules",
  topic: "Training",
  rows: ["M22"],
  title: "learning rates that fall, and gradients clamped at norm 15",
  claim:
    "A large learning rate gets near a minimum fast, but then leaps about it; a small one arrives slowly. So begin large and let it " +
    "fall: halve it whenever the validation loss no longer improves, or by a plan (steps, a cosine), perhaps after a short " +
    "warm-up. In deep and recurrent networks gradients can explode: one step along such a gradient destroys what was " +
    "learned. Clamping the gradient to a norm of 15 keeps its direction and makes the step harmless.",

  async run(context) {
    const { quick, seed, table, chart } = context;
    const digits = await context.digits();
    const all = first(digits.train, quick ? 1500 : 8000);
    const parts = data.stratifiedSplit(all.labels, all.classes.length, 0.2, seed);
    const sets = {
      train: data.subset(all, parts.train),
      validation: data.subset(all, parts.test),
      test: digits.test,
    };
    const [epochs, networks] = quick ? [6, 2] : [10, 4];
    const results = [];
    for (const name of Object.keys(schedules)) {
      const runs: Awaited<ReturnType<typeof follow>>[] = [];
      for (let i = 0; i < networks; i++) runs.push(await follow(context, sets, name, seed + i, epochs));
      results.push({
        name,
        ...runs[0]!,
        losses: runs[0]!.losses.map((_, i) => mean(runs.map((run) => run.losses[i]!))),
        accuracy: mean(runs.map((run) => run.accuracy)),
        loss: mean(runs.map((run) => run.loss)),
      });
    }
    table(
      ["schedule", "rate at the end", "training loss", "test loss", "accuracy"],
      results.map(({ name, rates, losses, loss, accuracy }) => [
        name,
        rates.at(-1)!.toPrecision(2),
        losses.at(-1)!.toFixed(4),
        loss.toFixed(3),
        percent(accuracy),
      ]),
    );
    await chart("rates", {
      title: "Five schedules",
      x: { label: "passes over the training digits" },
      y: { label: "learning rate" },
      series: results.map(({ name, passes, rates }) => ({ label: name, x: passes, y: rates })),
    });
    await chart("losses", {
      title: "What they do to the training loss",
      x: { label: "passes over the training digits" },
      y: { label: "cross-entropy", scale: "log" },
      series: results.map(({ name, passes, losses }) => ({ label: name, x: passes, y: losses })),
    });

    const passes = quick ? 6 : 3;
    const free = await read(context, all, {}, passes);
    const clamped = await read(context, all, { clipNorm: 15 }, passes);
    const steps = free.norms.map((_, i) => i + 1);
    for (const [name, label, pick] of [
      ["norms", "norm of the gradient", "norms"],
      ["recurrent", "cross-entropy", "losses"],
    ] as const) {
      await chart(name, {
        title: "A recurrent network that reads digits row by row",
        x: { label: "step" },
        y: { label, scale: "log" },
        series: [
          { label: "as they are", x: steps, y: free[pick] },
          { label: "clamped to norm 15", x: steps, y: clamped[pick] },
        ],
      });
    }
    const longSteps = clamped.norms.filter((norm) => norm > 15).length;
    const greatest = Math.max(...free.norms.filter(Number.isFinite));
    const lost = free.losses.findIndex((loss) => !Number.isFinite(loss)) + 1;
    const [constant] = results;
    const best = results.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
    return {
      measured:
        `With a constant rate of ${rate} the networks read ${percent(constant!.accuracy)} of the test digits right after ${epochs} passes. ` +
        `${results
          .slice(1)
          .map(({ name, accuracy }) => `${name}: ${percent(accuracy)}`)
          .join("; ")}. ` +
        `The best is "${best.name}". The recurrent network's gradient grew up to a norm of ${greatest.toPrecision(2)} where nothing clamped it, and ` +
        `${lost > 0 ? `from step ${lost} on its loss was no number any more` : `its loss ended at ${free.end.toFixed(2)}`}. Clamped at 15, ` +
        `which touched ${longSteps} of ${steps.length} steps, it went on to ${clamped.end.toFixed(2)} (a guess has ${Math.log(10).toFixed(2)}).`,
      values: {
        schedules: results.map(({ name, accuracy, loss, losses, rates }) => ({
          name,
          accuracy,
          loss,
          trainingLoss: losses.at(-1)!,
          lastRate: rates.at(-1)!,
        })),
        recurrent: {
          steps: steps.length,
          longSteps,
          greatestNorm: greatest,
          lostAtStep: lost > 0 ? lost : null,
          loss: free.end,
          clampedLoss: clamped.end,
        },
      },
    };
  },
});

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

const percent = (share: number) => `${(100 * share).toFixed(1)}%`;
