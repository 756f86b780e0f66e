import { concatenate, grad, inspect, nn, ones, optim, stack, type Tensor, tensor } from "gradus";
import { defineExample, type ExampleContext } from "gradus/example";
import { rowsOf } from "./kit/digits.js";
import { first, fit } from "./kit/fit.js";

/** Ways to make a map smaller, by a window of `size` in both directions. */
const ways: Readonly<Record<string, (x: Tensor, size: number) => Tensor>> = {
  maximum: (x, size) => x.maxPool(size),
  average: (x, size) => x.averagePool(size),
  "L2 (root of mean square)": (x, size) => x.lpPool(2, size).divide(size),
  "every nth pixel": (x, size) => x.slice([], undefined, [1, 1, size, size]),
};

/** The same for a network: a convolution of five by five cells, and half as many positions in each direction. */
const layers: Readonly<Record<string, (filters: number) => nn.Module[]>> = {
  "maximum pooling": (filters) => [convolution(filters), nn.relu(), nn.maxPool2d(2)],
  "overlapping maximum pooling": (filters) => [
    convolution(filters),
    nn.relu(),
    nn.maxPool2d(3, {
      stride: 2,
      padding: [
        [0, 1],
        [0, 1],
      ],
    }),
  ],
  "average pooling": (filters) => [convolution(filters), nn.relu(), nn.averagePool2d(2)],
  "L2 pooling": (filters) => [convolution(filters), nn.relu(), nn.lpPool2d(2, 2)],
  "maxout, then strided": (filters) => [convolution(2 * filters, 2), nn.maxout(2)],
  "strided convolution": (filters) => [convolution(filters, 2), nn.relu()],
};
const convolution = (filters: number, stride = 1) => nn.conv2d(filters, 5, { padding: "same", stride });

/** Pictures of each way, and how much a shift of the digit by one pixel changes what is left of it. */
async function pictures({ table, picture }: ExampleContext, digits: Tensor) {
  const few = digits.slice([0], [4]);
  const byWay = Object.values(ways).flatMap((way) => [2, 4].map((size) => way(few, size).resize(28)));
  const sheet = concatenate([few, few, ...byWay]);
  await picture(
    "windows",
    inspect.tile(inspect.imagesOf(await sheet.data(), sheet.shape, { range: [0, 1] }), {
      columns: 8,
      scale: 3,
      gap: 4,
    }),
    `windows of 2 on the left, of 4 on the right; rows: the digits, ${Object.keys(ways).join(", ")}`,
  );

  const shifted = digits.pad([
    [0, 0],
    [0, 0],
    [0, 0],
    [1, -1],
  ]);
  const changes = Object.values(ways).map((way) => {
    const pooled = way(digits, 4);
    return way(shifted, 4).subtract(pooled).norm().divide(pooled.norm());
  });
  const values = await stack(changes).data();
  const rows = Object.keys(ways).map((name, i) => [name, values[i]!] as const);
  table(
    ["window of 4", "change when digits move by a pixel"],
    rows.map(([name, change]) => [name, percent(change)]),
  );
  return Object.fromEntries(rows);
}

/** Across channels: of edges in eight directions, the strongest at each position, whatever its direction. */
async function acrossChannels({ picture }: ExampleContext, digits: Tensor) {
  const across = tensor([-1, 0, 1, -2, 0, 2, -1, 0, 1], { shape: [3, 3] });
  const angles = Array.from({ length: 8 }, (_, i) => (i * Math.PI) / 4);
  const kernel = stack(
    angles.map((angle) => across.multiply(Math.cos(angle)).add(across.transpose().multiply(Math.sin(angle)))),
  ).reshape([8, 1, 3, 3]);
  const edges = (x: Tensor) => x.convolution(kernel, { padding: 1 }).relu();
  const strongest = nn.channelMaxPool(8);
  const energy = nn.channelLpPool(2, 8);
  for (const layer of [strongest, energy]) layer.build([8, 28, 28]);
  const one = edges(digits.slice([2], [3]));
  const pooled = concatenate([strongest.forward(one), energy.forward(one).divide(2)], 1);
  const all = concatenate([one, pooled], 1);
  await picture(
    "channels",
    inspect.tile(inspect.imagesOf(await all.data(), all.shape), { columns: 5, scale: 3, gap: 4 }),
    "edges of a digit in eight directions, and across them the strongest and the energy",
  );

  // Turned by a right angle, a digit gives other channels, but the same pooled map, turned.
  const turn = (x: Tensor) => x.transpose().flip(2);
  const change = (map: (x: Tensor) => Tensor) =>
    map(turn(digits))
      .subtract(turn(map(digits)))
      .norm()
      .divide(map(digits).norm())
      .item();
  return { before: await change(edges), after: await change((x) => strongest.forward(edges(x))) };
}

/** Which cells of a window get the gradient, if all hold the same value. */
async function ties({ say, table }: ExampleContext) {
  const x = ones([1, 1, 2, 2]);
  const names = Object.keys(ways).slice(0, 3);
  const gradients = names.map((name) => grad(ways[name]!(x, 2).sum(), [x])[0].reshape([4]));
  const rows = (await stack(gradients).array()) as number[][];
  say("\nThe gradient of a window of four equal values:");
  table(
    ["", "1", "2", "3", "4"],
    rows.map((row, i) => [names[i]!, ...row]),
  );
  return rows[0]!;
}

/** The same small network, made smaller in each way. */
async function accuracies(context: ExampleContext) {
  const digits = await context.digits();
  const sets = context.quick ? { train: first(digits.train, 1500), test: first(digits.test, 1000) } : digits;
  const seeds = Array.from({ length: context.quick ? 1 : 2 }, (_, i) => context.seed + i);
  const results: { name: string; parameters: number; accuracies: number[]; seconds: number }[] = [];
  for (const [name, smaller] of Object.entries(layers)) {
    const result = { name, parameters: 0, accuracies: [] as number[], seconds: 0 };
    for (const seed of seeds) {
      const model = nn.sequential([...smaller(8), ...smaller(16), nn.flatten(), nn.dense(10)]);
      model.build([1, 28, 28], { seed });
      const optimizer = optim.adam(model.parameters(), { learningRate: 2e-3 });
      const trained = await fit({ ...context, seed }, model, sets, {
        optimizer,
        epochs: context.quick ? 2 : 4,
        label: name,
      });
      result.parameters = model.parameters().reduce((sum, { size }) => sum + size, 0);
      result.accuracies.push(trained.evaluation.accuracy);
      result.seconds += trained.seconds / seeds.length;
    }
    results.push(result);
  }
  context.say(
    `\nOn ${sets.train.count} digits, ${seeds.length === 1 ? "one run" : `the mean of ${seeds.length} runs`} each:`,
  );
  context.table(
    ["28 x 28 to 7 x 7 by", "accuracy", "of each run", "parameters", "seconds"],
    results.map(({ name, parameters, accuracies, seconds }) => [
      name,
      percent(mean(accuracies)),
      accuracies.map(percent).join(", "),
      parameters,
      seconds.toFixed(1),
    ]),
  );
  return results;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const percent = (part: number) => `${(100 * part).toFixed(1)} %`;

export default defineExample({
  name: "pooling",
  topic: "Convolutional networks",
  rows: ["M10", "M11"],
  title: "maximum, average and L2 pooling, over positions and across channels, and other ways to get smaller",
  claim:
    "Pooling keeps what a feature detector has found near a place and forgets where exactly, so that small shifts of the input " +
    "matter less: by the maximum, the mean or the L2 norm of a window. Across channels, it forgets which of several detectors it " +
    "was. Maps also get smaller by averaging, which is a fixed uniform convolution, or by strided convolutions that are learned.",

  async run(context) {
    const { test } = await context.digits();
    const digits = (await rowsOf(first(test, context.quick ? 200 : 2000))).reshape([-1, 1, 28, 28]);
    const shift = await pictures(context, digits);
    const turn = await acrossChannels(context, digits);
    const firstOfEquals = await ties(context);
    const results = await accuracies(context);
    const [best, ...others] = [...results].sort((a, b) => mean(b.accuracies) - mean(a.accuracies));
    const worst = others.at(-1)!;
    return {
      measured:
        `When digits move by a pixel, windows of four change by ${percent(shift.maximum!)} under maximum pooling, ` +
        `${percent(shift.average!)} under averaging, and ${percent(shift["every nth pixel"]!)} if every fourth pixel is just picked. ` +
        `Turning digits by a right angle changes the edge channels by ${percent(turn.before)}, the maximum across them by ` +
        `${percent(turn.after)}. Of equal values, the gradient goes to ${firstOfEquals.indexOf(1) === 0 ? "the first" : "another than the first"}. ` +
        `Of ${results.length} ways to halve maps, ${best!.name} does best on the digits, ${percent(mean(best!.accuracies))}, and ${worst.name} ` +
        `worst, ${percent(mean(worst.accuracies))}.`,
      values: {
        shift,
        turn,
        ties: firstOfEquals,
        accuracies: Object.fromEntries(results.map(({ name, accuracies }) => [name, accuracies])),
      },
    };
  },
});
