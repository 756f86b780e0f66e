import { compile, data, grad, losses, nn, optim, stack, type Tensor } from "gradus";
import { defineExample } from "gradus/example";
import { first, fit } from "./kit/fit.js";

const depth = 10;
const width = 64;

type Block = () => nn.Module;

const dense = (initializer: nn.Initializer) => nn.dense(width, { initializer });
const { xavierNormal, heNormal } = nn.init;

/** What each of the ten layers is made of. */
const blocks: Readonly<Record<string, Block>> = {
  sigmoid: () => nn.sequential([dense(xavierNormal), nn.sigmoid()]),
  "sigmoid, batch norm": () => nn.sequential([dense(xavierNormal), nn.batchNorm(), nn.sigmoid()]),
  "sigmoid, residual": () => nn.residual(nn.sequential([dense(xavierNormal), nn.sigmoid()])),
  ReLU: () => nn.sequential([dense(heNormal), nn.relu()]),
  "ReLU, batch norm": () => nn.sequential([dense(heNormal), nn.batchNorm(), nn.relu()]),
};

function network(block: Block, seed: number): nn.Sequential {
  // A first layer of the same width for all, so that shortcuts fit.
  const model = nn.sequential([
    nn.flatten(),
    dense(xavierNormal),
    nn.tanh(),
    ...Array.from({ length: depth }, block),
    nn.dense(10),
  ]);
  model.build([1, 28, 28], { seed });
  return model;
}

/** The length of the gradient with respect to the weights of each of the ten layers, on one batch. */
async function gradientNorms(model: nn.Module, { images, labels }: data.Batch): Promise<number[]> {
  const hidden = [...model.variables()].filter(([path]) => /^([3-9]|1[0-2])\..*0\.weight$/.test(path));
  const look = compile((x: Tensor, y: Tensor) => {
    const loss = losses.crossEntropy(model.forward(x, { training: true }), y);
    const gradients = grad(
      loss,
      hidden.map(([, weight]) => weight.value),
    );
    return stack(gradients.map((gradient) => gradient.norm()));
  });
  return Array.from(await look(images, labels).data());
}

export default defineExample({
  name: "vanishing-gradients",
  topic: "Training",
  rows: ["M26"],
  title: "what is left of the gradient after ten layers of sigmoids, or of ReLUs",
  claim:
    "On its way back through a sigmoid the gradient is multiplied by the sigmoid's slope, which is at most 1/4, so behind ten " +
    "layers hardly anything is left of it, and the first layers do not learn. The slope of ReLU is 1 wherever it is active. " +
    "Normalizing each layer's input keeps sigmoids where they are steep, and a residual connection lets the gradient pass by.",

  async run(context) {
    const { quick, seed, table, chart } = context;
    const digits = await context.digits();
    const sets = { train: first(digits.train, quick ? 1500 : 8000), test: digits.test };
    const batch = new data.Batches(sets.train, { size: 250, seed }).batch(0, 0);

    const results: Result[] = [];
    for (const [name, block] of Object.entries(blocks)) {
      const model = network(block, seed);
      const before = await gradientNorms(model, batch);
      const optimizer = optim.sgd(model.parameters(), { learningRate: 0.01, momentum: 0.9, clipNorm: 15 });
      const { evaluation, losses: curve } = await fit(context, model, sets, {
        optimizer,
        epochs: quick ? 4 : 10,
        label: name,
      });
      const after = await gradientNorms(model, batch);
      results.push({ name, before, after, curve, accuracy: evaluation.accuracy });
    }
    const left = ({ before }: Result) => before[0]! / before.at(-1)!;
    table(
      ["ten layers of", "gradient, layer 10", "layer 5", "layer 1", "1 against 10", "accuracy"],
      results.map((result) => [
        result.name,
        ...[9, 4, 0].map((layer) => result.before[layer]!.toPrecision(2)),
        left(result).toPrecision(2),
        percent(result.accuracy),
      ]),
    );
    for (const when of ["before", "after"] as const) {
      await chart(when, {
        title: `Gradients ${when} training`,
        x: { label: "layer" },
        y: { label: "norm of the gradient of its weights", scale: "log" },
        series: results.map((result) => ({
          label: result.name,
          x: result[when].map((_, i) => i + 1),
          y: result[when],
        })),
      });
    }
    await chart("learning", {
      title: `Ten layers of ${width} units learn digits`,
      x: {
        label: `stretch of training (twenty a pass over ${sets.train.count.toLocaleString("en")} digits)`,
      },
      y: { label: "cross-entropy", scale: "log" },
      series: results.map(({ name, curve }) => ({ label: name, y: curve })),
    });

    const tell = (result: Result) =>
      `${result.name}: ${left(result).toPrecision(2)} (${percent(result.accuracy)} right)`;
    return {
      measured:
        "Before training, the gradient of the first layer's weights is so many times that of the tenth's, and after it the network " +
        `reads so many of the test digits right: ${results.map(tell).join("; ")}.`,
      values: {
        networks: results.map(({ name, before, after, accuracy }) => ({ name, before, after, accuracy })),
      },
    };
  },
});

interface Result {
  readonly name: string;
  /** Norms by layer, before and after training. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly curve: readonly number[];
  readonly accuracy: number;
}

const percent = (share: number) => `${(100 * share).toFixed(1)}%`;
