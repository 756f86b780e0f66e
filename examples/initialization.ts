import { compile, data, inspect, losses, nn, optim, stack, type Tensor } from "gradus";
import { defineExample, type ExampleContext, type TrainAndTest } from "gradus/example";
import { first, fit } from "./kit/fit.js";

const depth = 10;
const width = 100;

const initializers: Readonly<Record<string, nn.Initializer>> = {
  "too small": nn.init.normal(0, 0.01),
  "too large": nn.init.normal(0, 0.5),
  "uniform by fan-in": nn.init.fanInUniform,
  Xavier: nn.init.xavierNormal,
  He: nn.init.heNormal,
};
const activations = { ReLU: nn.relu, tanh: nn.tanh };

/** A deep network before training, layer by layer, and what it is good for after. */
type Deep = {
  readonly activation: string;
  readonly name: string;
  readonly outputs: readonly number[];
  readonly gradients: readonly number[];
  readonly accuracy: number;
};

/** The paths of the activations in a deep network: behind each dense layer. */
const paths = Array.from({ length: depth }, (_, i) => String(2 * i + 2));

function deepNetwork(activation: () => nn.Module, initializer: nn.Initializer, seed: number): nn.Sequential {
  const hidden = Array.from({ length: depth }, () => [nn.dense(width, { initializer }), activation()]);
  const model = nn.sequential([nn.flatten(), ...hidden.flat(), nn.dense(10, { initializer })]);
  model.build([1, 28, 28], { seed });
  return model;
}

/** Standard deviations of what each layer says, and of what each hears about the loss, before any training. */
async function signals(model: nn.Module, { images, labels }: data.Batch) {
  const spread = (tensors: { readonly [path: string]: Tensor }) =>
    stack(paths.map((path) => tensors[path]!.standardDeviation()));
  const look = compile((x: Tensor, y: Tensor) => {
    const { outputs, gradients } = inspect.activations(model, x, {
      paths,
      gradientOf: (output) => losses.crossEntropy(output, y, { reduction: "sum" }),
    });
    return { outputs: spread(outputs), gradients: spread(gradients) };
  });
  const { outputs, gradients } = look(images, labels);
  return { outputs: Array.from(await outputs.data()), gradients: Array.from(await gradients.data()) };
}

/** Trains one hidden layer from given weights, and says how much its units differ in the end. */
async function shallow(context: ExampleContext, sets: TrainAndTest, initializer: nn.Initializer) {
  const model = nn.sequential([
    nn.flatten(),
    nn.dense(16, { initializer }),
    nn.tanh(),
    nn.dense(10, { initializer }),
  ]);
  model.build([1, 28, 28], { seed: context.seed });
  const optimizer = optim.sgd(model.parameters(), { learningRate: 0.05, momentum: 0.9 });
  const { evaluation } = await fit(context, model, sets, { optimizer, epochs: 3, label: "one hidden layer" });
  const weight = model.variables().get("1.weight")!;
  const difference = await weight.value.max(0).subtract(weight.value.min(0)).max().item();
  const units = inspect.imagesOf(await weight.data(), [16, 1, 28, 28], { colors: "diverging" });
  return { accuracy: evaluation.accuracy, difference, units };
}

export default defineExample({
  name: "initialization",
  topic: "Training",
  rows: ["M23"],
  title: "the first weights: zeros, too small, too large, by fan-in, Xavier, He",
  claim:
    "Weights that all start at zero, or all alike, stay alike: every unit of a layer gets the same gradient, so the layer is " +
    "one unit many times. Random weights break the symmetry, but their size matters: if they are too small, signals and " +
    "gradients die out layer by layer, if they are too large, they explode or saturate. A variance of 1 / fan-in (Xavier, for tanh) or " +
    "2 / fan-in (He, for ReLU) carries signals of the same size through any number of layers.",

  async run(context) {
    const { quick, seed, table, chart, picture } = context;
    const digits = await context.digits();
    const sets = { train: first(digits.train, quick ? 1500 : 8000), test: digits.test };

    const starts = { zeros: nn.init.zeros, "all 0.005": nn.init.constant(0.005), He: nn.init.heNormal };
    const flat: ({ readonly name: string } & Awaited<ReturnType<typeof shallow>>)[] = [];
    for (const [name, start] of Object.entries(starts)) {
      flat.push({ name, ...(await shallow(context, sets, start)) });
    }
    table(
      ["one hidden layer", "greatest difference between two units", "accuracy"],
      flat.map(({ name, difference, accuracy }) => [name, difference.toPrecision(2), percent(accuracy)]),
    );
    await picture(
      "units",
      inspect.tile(
        flat.map(({ units }) => inspect.tile(units, { columns: 16, gap: 2 })),
        { columns: 1, gap: 6, scale: 2 },
      ),
      "The 16 units' weights after training, from zeros, from 0.005 everywhere, and from random values",
    );

    const batch = new data.Batches(sets.train, { size: 500, seed }).batch(0, 0);
    const deep: Deep[] = [];
    for (const [activation, layer] of Object.entries(activations)) {
      for (const [name, initializer] of Object.entries(initializers)) {
        const model = deepNetwork(layer, initializer, seed);
        const before = await signals(model, batch);
        const optimizer = optim.sgd(model.parameters(), { learningRate: 0.01, momentum: 0.9, clipNorm: 15 });
        const { evaluation } = await fit(context, model, sets, {
          optimizer,
          epochs: quick ? 3 : 5,
          label: `${name}, ${activation}`,
        });
        deep.push({ activation, name, ...before, accuracy: evaluation.accuracy });
      }
      const drawn = deep.filter((one) => one.activation === activation);
      for (const [what, label] of [
        ["outputs", "standard deviation of activations"],
        ["gradients", "standard deviation of gradients"],
      ] as const) {
        await chart(`${what}-${activation.toLowerCase()}`, {
          title: `${what === "outputs" ? "Forwards" : "Backwards"} through ${depth} layers of ${width} ${activation} units, untrained`,
          x: { label: "layer" },
          y: { label, scale: "log" },
          series: drawn.map((one) => ({ label: one.name, x: paths.map((_, i) => i + 1), y: one[what] })),
        });
      }
    }
    table(
      [`${depth} layers`, "", "activations, first", "last", "gradients, first", "last", "accuracy"],
      deep.map(({ activation, name, outputs, gradients, accuracy }) => [
        activation,
        name,
        ...[outputs, gradients].flatMap((sizes) =>
          [sizes[0]!, sizes.at(-1)!].map((size) => size.toPrecision(2)),
        ),
        percent(accuracy),
      ]),
    );

    const of = (activation: string, name: string) =>
      deep.find((one) => one.activation === activation && one.name === name)!;
    const change = (sizes: readonly number[]) => (sizes.at(-1)! / sizes[0]!).toPrecision(2);
    const [zeros, equal, random] = flat;
    return {
      measured:
        `From zeros and from equal weights the units differ by ${zeros!.difference.toPrecision(2)} and ${equal!.difference.toPrecision(2)} after training ` +
        `(${percent(zeros!.accuracy)} and ${percent(equal!.accuracy)} right), from random ones by ${random!.difference.toPrecision(2)} (${percent(random!.accuracy)}). ` +
        `From the first to the tenth ReLU layer activations change by a factor of ${change(of("ReLU", "too small").outputs)} with weights too small, ` +
        `${change(of("ReLU", "too large").outputs)} too large, ${change(of("ReLU", "uniform by fan-in").outputs)} uniform by fan-in, ` +
        `${change(of("ReLU", "Xavier").outputs)} with Xavier and ${change(of("ReLU", "He").outputs)} with He. Trained alike, they get ` +
        `${Object.keys(initializers)
          .map((name) => percent(of("ReLU", name).accuracy))
          .join(", ")} right; with tanh ` +
        `${Object.keys(initializers)
          .map((name) => percent(of("tanh", name).accuracy))
          .join(", ")}.`,
      values: {
        shallow: flat.map(({ name, difference, accuracy }) => ({ name, difference, accuracy })),
        deep,
      },
    };
  },
});

const percent = (share: number) => `${(100 * share).toFixed(1)}%`;
