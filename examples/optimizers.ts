import { compile, concatenate, data, losses, nn, optim, Variable } from "gradus";
import { type ChartSeries, defineExample, type ExampleContext, type TrainAndTest } from "gradus/example";
import { type Fit, first, fit } from "./kit/fit.js";
import { type Surface, surfaces } from "./kit/surfaces.js";

type Make = (parameters: readonly Variable[], learningRate: number) => optim.Optimizer;

/** Each with the rate that did best on digits, out of 1, 0.3, 0.1, 0.03, ... */
const contestants: Readonly<Record<string, { readonly make: Make; readonly rate: number }>> = {
  SGD: { make: (p, learningRate) => optim.sgd(p, { learningRate }), rate: 0.1 },
  momentum: { make: (p, learningRate) => optim.sgd(p, { learningRate, momentum: 0.9 }), rate: 0.03 },
  Nesterov: {
    make: (p, learningRate) => optim.sgd(p, { learningRate, momentum: 0.9, nesterov: true }),
    rate: 0.03,
  },
  Adagrad: { make: (p, learningRate) => optim.adagrad(p, { learningRate }), rate: 0.03 },
  "windowed Adagrad": { make: (p, learningRate) => optim.windowedAdagrad(p, { learningRate }), rate: 0.003 },
  Adadelta: { make: (p, learningRate) => optim.adadelta(p, { learningRate }), rate: 1 },
  RMSProp: { make: (p, learningRate) => optim.rmsProp(p, { learningRate }), rate: 0.003 },
  Adam: { make: (p, learningRate) => optim.adam(p, { learningRate }), rate: 0.003 },
  NAdam: { make: (p, learningRate) => optim.nAdam(p, { learningRate }), rate: 0.003 },
};

/** Where an optimizer goes on a surface, the loss at the end, and its mean on the way. */
interface Path {
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly loss: number;
  readonly mean: number;
}

async function walk(surface: Surface, make: Make, learningRate: number, steps: number): Promise<Path> {
  const place = new Variable([2], surface.start, { name: "place" });
  const optimizer = make([place], learningRate);
  const step = compile(() => {
    const loss = surface.loss(place.value);
    optimizer.minimize(loss);
    return concatenate([place.value, loss.reshape([1])]);
  });
  const points = [surface.start];
  let sum = 0;
  for (let i = 0; i < steps; i++) {
    const [x, y, loss] = await step().data();
    points.push([x!, y!]);
    sum += loss!;
  }
  return { points, loss: await surface.loss(place.value).item(), mean: sum / steps };
}

/** The best of several rates: the lowest on the way, because what leaps far may land well by chance. */
async function bestWalk(surface: Surface, make: Make, steps: number): Promise<Path> {
  const paths = [];
  for (let i = -8; i <= 2; i++) paths.push(await walk(surface, make, 10 ** (i / 2), steps));
  return paths.filter(({ mean }) => Number.isFinite(mean)).reduce((a, b) => (b.mean < a.mean ? b : a));
}

async function newtonWalk(surface: Surface, steps: number): Promise<Omit<Path, "mean">> {
  const place = new Variable([2], surface.start, { name: "place" });
  const optimizer = optim.lbfgs([place], { iterations: 1 });
  const loss = () => surface.loss(place.value);
  const points = [surface.start];
  for (let i = 0; i < steps; i++) {
    await optimizer.minimize(loss);
    const [x, y] = await place.data();
    points.push([x!, y!]);
  }
  return { points, loss: await loss().item() };
}

/** All of them on one surface, drawn over its contours. */
async function race(surface: Surface, { chart }: ExampleContext, steps: number) {
  const ends: Record<string, number> = {};
  const series: ChartSeries[] = [];
  const draw = (label: string, { points, loss }: Omit<Path, "mean">) => {
    ends[label] = loss;
    if (["Nesterov", "windowed Adagrad", "Adadelta", "NAdam"].includes(label)) return;
    series.push({ label, x: points.map(([x]) => x), y: points.map(([, y]) => y) });
  };
  for (const [label, { make }] of Object.entries(contestants)) {
    draw(label, await bestWalk(surface, make, steps));
  }
  draw("L-BFGS", await newtonWalk(surface, 30));
  await chart(surface.name, {
    title: `${steps} steps ${surface.title}`,
    x: { label: "x" },
    y: { label: "y" },
    series: [...series, { label: "", ...surface.contours }],
  });
  return ends;
}

function network(seed: number): nn.Sequential {
  const model = nn.sequential([nn.flatten(), nn.dense(64), nn.relu(), nn.dense(10)]);
  model.build([1, 28, 28], { seed });
  return model;
}

/** Losses of several runs, at each stretch of training: mean, least and greatest. */
async function learn(context: ExampleContext, sets: TrainAndTest, name: string, rate: number, seeds: number) {
  const runs: Fit[] = [];
  for (let i = 0; i < seeds; i++) {
    const seed = context.seed + i;
    const model = network(seed);
    const optimizer = contestants[name]!.make(model.parameters(), rate);
    runs.push(
      await fit({ ...context, seed }, model, sets, { optimizer, epochs: context.quick ? 1 : 3, label: name }),
    );
  }
  const stretches = runs[0]!.losses.map((_, i) => runs.map((run) => run.losses[i]!));
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    rate,
    losses: stretches.map(mean),
    low: stretches.map((values) => Math.min(...values)),
    high: stretches.map((values) => Math.max(...values)),
    accuracy: mean(runs.map((run) => run.evaluation.accuracy)),
  };
}

/**
 * The whole set at every step: L-BFGS, which wants that, beside others, by the number of times that loss and gradient are
 * evaluated. A little weight decay gives the loss a minimum to go to.
 */
async function learnInFullBatches(context: ExampleContext, sets: TrainAndTest, evaluations: number) {
  const { images, labels } = new data.Batches(sets.train, { size: sets.train.count, seed: 0 }).batch(0, 0);
  const task = () => {
    const model = network(context.seed);
    const parameters = model.parameters();
    const loss = () =>
      losses.crossEntropy(model.forward(images), labels).add(losses.l2(parameters).multiply(1e-3));
    return { parameters, loss };
  };
  const others: Record<string, Make> = {
    "momentum 0.1": (p) => optim.sgd(p, { learningRate: 0.1, momentum: 0.9 }),
    "Adam 0.01": (p) => optim.adam(p, { learningRate: 0.01 }),
    Rprop: (p) => optim.rprop(p, { initialStep: 0.001 }),
  };
  const curves: { label: string; x: number[]; y: number[] }[] = [];
  for (const [label, make] of Object.entries(others)) {
    const { parameters, loss } = task();
    const optimizer = make(parameters, 0);
    const step = compile(() => {
      const value = loss();
      optimizer.minimize(value);
      return value;
    });
    const y = [];
    for (let i = 0; i < evaluations; i++) y.push(await step().item());
    curves.push({ label, x: y.map((_, i) => i + 1), y });
  }
  const { parameters, loss } = task();
  const optimizer = optim.lbfgs(parameters, { iterations: 1 });
  const [x, y] = [[1], [await loss().item()]];
  while (x.at(-1)! < evaluations) {
    const result = await optimizer.minimize(loss);
    // Each call evaluates where it stands once more, which one long call would not.
    x.push(x.at(-1)! + result.evaluations - 1);
    y.push(result.loss);
    if (result.reason === "noDescent") break;
  }
  return [...curves, { label: "L-BFGS", x, y }];
}

export default defineExample({
  name: "optimizers",
  topic: "Training",
  rows: ["M21"],
  title: "momentum, adaptive steps and L-BFGS race on surfaces and on digits",
  claim:
    "Plain gradient descent zigzags across ravines, because one rate must suit all directions. Momentum averages the zigzag out. " +
    "Adagrad, RMSProp, Adadelta and Adam give each parameter a rate of its own, by the gradients that it has seen; they need less " +
    "tuning and leave saddles sooner. Methods of second order, such as L-BFGS, take curvature into account and need very few " +
    "steps, but every one of them needs the exact loss of all examples.",

  async run(context) {
    const { quick, table, chart, progress } = context;
    const steps = quick ? 100 : 300;
    const surfaceEnds: Record<string, Record<string, number>> = {};
    for (const [i, surface] of surfaces.entries()) {
      progress("surfaces", i / surfaces.length);
      surfaceEnds[surface.name] = await race(surface, context, steps);
    }
    const names = [...Object.keys(contestants), "L-BFGS"];
    table(
      [`loss after ${steps} steps`, ...surfaces.map(({ name }) => name)],
      names.map((name) => [
        name,
        ...surfaces.map((surface) => surfaceEnds[surface.name]![name]!.toPrecision(3)),
      ]),
    );

    const digits = await context.digits();
    const sets = { train: first(digits.train, quick ? 2000 : 8000), test: digits.test };
    const results: Record<string, Awaited<ReturnType<typeof learn>>> = {};
    for (const [name, { rate }] of Object.entries(contestants)) {
      let best = rate;
      if (!quick) {
        const trials = [];
        for (const tried of [rate / 3, rate, rate * 3])
          trials.push(await learn(context, sets, name, tried, 1));
        best = trials.reduce((a, b) => (b.losses.at(-1)! < a.losses.at(-1)! ? b : a)).rate;
      }
      results[name] = await learn(context, sets, name, best, quick ? 2 : 5);
    }
    table(
      ["", "rate", "loss at the end", "accuracy"],
      Object.entries(results).map(([name, { rate, losses, accuracy }]) => [
        name,
        rate.toPrecision(1),
        losses.at(-1)!.toFixed(3),
        `${(100 * accuracy).toFixed(1)}%`,
      ]),
    );
    const drawn = ["SGD", "momentum", "Adagrad", "Adadelta", "RMSProp", "Adam"];
    await chart("digits", {
      title: `Digits: ${quick ? 2 : 5} networks each, from the same weights and batches`,
      x: {
        label: `stretch of training (twenty a pass over ${sets.train.count.toLocaleString("en")} digits)`,
      },
      y: { label: "cross-entropy", scale: "log" },
      series: drawn.map((label) => {
        const { losses: y, low, high } = results[label]!;
        return { label, y, band: { low, high } };
      }),
    });

    const small = { train: first(digits.train, quick ? 500 : 2000), test: digits.test };
    const full = await learnInFullBatches(context, small, quick ? 100 : 500);
    await chart("full-batch", {
      title: `All ${small.train.count.toLocaleString("en")} digits at every step`,
      x: { label: "evaluations of loss and gradient" },
      y: { label: "cross-entropy + 0.001 |weights|² / 2", scale: "log" },
      series: full,
    });

    const ranked = Object.entries(results).sort(([, a], [, b]) => a.losses.at(-1)! - b.losses.at(-1)!);
    const [winner, last] = [ranked[0]!, ranked.at(-1)!];
    const lossOf = (label: string) => full.find((curve) => curve.label === label)!.y.at(-1)!;
    const ravine = surfaceEnds.ravine!;
    return {
      measured:
        `After ${steps} steps in the ravine, each at its best rate, SGD stands at ${ravine.SGD!.toPrecision(2)}, momentum at ` +
        `${ravine.momentum!.toPrecision(2)} and Adam at ${ravine.Adam!.toPrecision(2)}; L-BFGS is at ${ravine["L-BFGS"]!.toPrecision(2)} after 30. ` +
        `On digits ${winner[0]} ends lowest (${winner[1].losses.at(-1)!.toFixed(3)}, ${(100 * winner[1].accuracy).toFixed(1)}% right) and ` +
        `${last[0]} highest (${last[1].losses.at(-1)!.toFixed(3)}, ${(100 * last[1].accuracy).toFixed(1)}%). With all digits at every step, ` +
        `${quick ? 100 : 500} evaluations bring L-BFGS to ${lossOf("L-BFGS").toFixed(4)}, Adam to ${lossOf("Adam 0.01").toFixed(4)} and ` +
        `momentum to ${lossOf("momentum 0.1").toFixed(4)}.`,
      values: {
        steps,
        surfaces: surfaceEnds,
        digits: Object.fromEntries(
          Object.entries(results).map(([name, { rate, losses, accuracy }]) => [
            name,
            { rate, loss: losses.at(-1)!, accuracy },
          ]),
        ),
        fullBatch: Object.fromEntries(full.map(({ label, y }) => [label, y.at(-1)!])),
      },
    };
  },
});
