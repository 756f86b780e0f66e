import { inspect, models, nn, optim, random, tensor } from "gradus";
import { defineExample, type ExampleContext, type TrainAndTest } from "gradus/example";
import { first, fit } from "./kit/fit.js";

/** Second layers that connect six maps of 14 x 14 with sixteen of 10 x 10, by windows of 5 x 5. */
const connections: Readonly<Record<string, () => nn.Module>> = {
  "every map with every map": () => nn.conv2d(16, 5),
  "LeNet-5's table": () => nn.connectedConv2d(models.lenetConnections, 5),
  "two groups": () => nn.conv2d(16, 5, { groups: 2 }),
  "depthwise, then 1 x 1": () => nn.separableConv2d(16, 5),
  "depthwise alone": () => nn.depthwiseConv2d(5, { multiplier: 3 }),
  "locally connected": () => nn.locallyConnected2d(16, 5),
};

/** Layers of one axis whose matrices show what is connected with what, and which weights are the same. */
const matrices: Readonly<Record<string, readonly [layer: nn.Module, inputShape: readonly number[]]>> = {
  convolution: [nn.conv1d(1, 5), [1, 24]],
  "stride 2": [nn.conv1d(1, 5, { stride: 2 }), [1, 24]],
  "dilation 3": [nn.conv1d(1, 5, { dilation: 3 }), [1, 24]],
  "padding same": [nn.conv1d(1, 5, { padding: "same" }), [1, 24]],
  "transposed, stride 2": [nn.convTranspose1d(1, 5, { stride: 2 }), [1, 10]],
  "locally connected": [nn.locallyConnected1d(1, 5), [1, 24]],
  "3 channels to 3": [nn.conv1d(3, 5, { padding: "same" }), [3, 8]],
  depthwise: [nn.depthwiseConv1d(5, { padding: "same" }), [3, 8]],
  "two axes, 5 x 5": [nn.conv2d(1, 3, { padding: "same" }), [1, 5, 5]],
};

/** Draws each layer's matrix, and multiplies an input by it: the greatest difference from what the layer gives. */
async function toeplitz({ seed, picture, say, table }: ExampleContext) {
  const source = new random.Generator(seed);
  const images = [];
  const rows: (string | number)[][] = [];
  let difference = 0;
  for (const [name, [layer, inputShape]] of Object.entries(matrices)) {
    layer.build(inputShape, { seed });
    const matrix = inspect.toeplitz(layer);
    const [outputs, inputs] = matrix.shape as [number, number];
    const values = await matrix.data();
    const x = tensor(await source.normal([1, ...inputShape]).data(), { shape: [1, ...inputShape] });
    const bias = layer.forward(x.multiply(0));
    const product = matrix
      .matmul(x.reshape([inputs]))
      .reshape(bias.shape)
      .add(bias);
    difference = Math.max(difference, await product.subtract(layer.forward(x)).abs().max().item());
    const weights = layer.parameters()[0]!.size;
    rows.push([name, `${outputs} x ${inputs}`, values.filter((value) => value !== 0).length, weights]);
    images.push(inspect.heatMap(values, { width: inputs, height: outputs, colors: "diverging" }));
  }
  say("Layers as matrices:");
  table(["layer", "matrix", "entries not 0", "weights"], rows);
  await picture(
    "matrices",
    inspect.tile(images, { columns: 3, scale: 8, gap: 12 }),
    `the matrices of: ${Object.keys(matrices).join(", ")}`,
  );
  return difference;
}

/** LeNet-5's table as a picture: which of six maps each of sixteen filters sees. */
async function drawTable({ picture }: ExampleContext) {
  const cells = [0, 1, 2, 3, 4, 5].flatMap((map) =>
    models.lenetConnections.map((seen) => Number(seen.includes(map))),
  );
  await picture(
    "table",
    inspect.tile(inspect.imagesOf(cells, [6 * 16, 1, 1, 1], { range: [0, 1] }), { columns: 16, scale: 20 }),
    "LeNet-5's table: the six maps from top to bottom, sixteen filters from left to right, white where connected",
  );
}

/** The same network with each of the second layers. */
async function compare(context: ExampleContext, sets: TrainAndTest) {
  const results: Record<string, { parameters: number; multiplyAdds: number; accuracy: number }> = {};
  for (const [name, second] of Object.entries(connections)) {
    const layer = second();
    const model = nn.sequential([
      nn.conv2d(6, 5, { padding: "same" }),
      nn.relu(),
      nn.maxPool2d(2),
      nn.sequential([layer]),
      nn.relu(),
      nn.maxPool2d(2),
      nn.flatten(),
      nn.dense(10),
    ]);
    model.build([1, 28, 28], { seed: context.seed });
    const { evaluation } = await fit(context, model, sets, {
      optimizer: optim.adam(model.parameters(), { learningRate: 2e-3 }),
      epochs: context.quick ? 2 : 6,
      label: name,
    });
    const rows = layer.describe();
    results[name] = {
      parameters: rows.reduce((sum, { parameters }) => sum + parameters, 0),
      multiplyAdds: rows.reduce((sum, { multiplyAdds }) => sum + multiplyAdds, 0),
      accuracy: evaluation.accuracy,
    };
  }
  context.say(
    `\nSix maps of 14 x 14 to sixteen of 10 x 10, in a network trained on ${sets.train.count} digits:`,
  );
  context.table(
    ["connections", "parameters", "multiply-adds", "accuracy"],
    Object.entries(results).map(([name, { parameters, multiplyAdds, accuracy }]) => [
      name,
      parameters,
      multiplyAdds.toLocaleString("en"),
      percent(accuracy),
    ]),
  );
  return results;
}

const percent = (part: number) => `${(100 * part).toFixed(1)} %`;

export default defineExample({
  name: "connection-tables",
  topic: "Convolutional networks",
  rows: ["M14"],
  title:
    "which maps are connected, and which weights are shared: tables, groups, local connections, Toeplitz matrices",
  claim:
    "Not every map needs to see every other: LeNet-5 connects its second layer by a table, which saves weights and makes maps " +
    "differ; grouped and depthwise convolutions do so by a rule. Nor must weights be shared: a locally connected layer has its own at each " +
    "position, many more for the same work. All are linear; as a matrix, a convolution is mostly zeros with equal diagonals (Toeplitz).",

  async run(context) {
    const difference = await toeplitz(context);
    await drawTable(context);
    const digits = await context.digits();
    const sets = context.quick
      ? { train: first(digits.train, 1500), test: first(digits.test, 1000) }
      : digits;
    const results = await compare(context, sets);
    const full = results["every map with every map"]!;
    const table = results["LeNet-5's table"]!;
    const local = results["locally connected"]!;
    return {
      measured:
        `The matrices of ${Object.keys(matrices).length} layers give what the layers give, to ${Number(difference.toPrecision(2))}. LeNet-5's table ` +
        `has ${table.parameters} parameters instead of ${full.parameters} and reaches ${percent(table.accuracy)} against ${percent(full.accuracy)}. ` +
        `Without sharing there are ${local.parameters.toLocaleString("en")}, ${(local.parameters / full.parameters).toFixed(0)} times as many for ` +
        `as many multiplications, and ${percent(local.accuracy)}.`,
      values: { difference, results },
    };
  },
});
