import { type data, inspect, models, nn, optim, random, type Tensor } from "gradus";
import { defineExample, type ExampleContext } from "gradus/example";
import { first, fit } from "./kit/fit.js";
import { pixelsOf } from "./kit/pixels.js";

const channels = 16;
const convolution = (kernelSize: number | [number, number], dilation = 1) =>
  nn.conv2d(channels, kernelSize, { dilation, bias: false });

const stacks: readonly (readonly [string, readonly nn.Module[]])[] = [
  ["one 5x5", [convolution(5)]],
  ["two 3x3", [convolution(3), convolution(3)]],
  ["5x1, then 1x5", [convolution([5, 1]), convolution([1, 5])]],
  ["5x5 by channel, then 1x1", [nn.depthwiseConv2d(5, { bias: false }), convolution(1)]],
  ["one 7x7", [convolution(7)]],
  ["three 3x3", [convolution(3), convolution(3), convolution(3)]],
  ["four 3x3, dilated 1, 2, 4, 8", [1, 2, 4, 8].map((dilation) => convolution(3, dilation))],
];

/** Side of the square that the unit in the middle of a network's output sees. */
function sideOf(layers: readonly nn.Module[], size = 127): { side: number; weights: number } {
  const model = nn.sequential(layers);
  model.build([channels, size, size]);
  const { start, stop } = inspect.receptiveField(model)!;
  const weights = model.parameters().reduce((sum, parameter) => sum + parameter.size, 0);
  return { side: stop[1]! - start[1]!, weights };
}

/** Convolutions of 3x3 with ReLU, as they are before any training. */
function untrained(depth: number, seed: number): nn.Sequential {
  const model = nn.sequential(
    Array.from({ length: depth }, () => [nn.conv2d(8, 3, { padding: "same" }), nn.relu()]).flat(),
  );
  model.build([1, 63, 63], { seed });
  return model;
}

/** Classifies by the mean over positions, so that each unit of the last layer must see what there is to see. */
function digitNetwork(seed: number): nn.Sequential {
  const model = nn.sequential([
    ...[2, 1, 1, 1, 1, 1].flatMap((stride) => [
      nn.conv2d(12, 3, { stride, padding: "same" }),
      nn.batchNorm(),
      nn.relu(),
    ]),
    nn.globalAveragePool(),
    nn.dense(10),
  ]);
  model.build([1, 28, 28], { seed });
  return model;
}

/** The effective field as a picture, with the exact one as a frame around it. */
async function draw(values: Tensor, box: inspect.InputBox): Promise<data.PixelImage> {
  const [height, width] = values.shape as [number, number];
  const scale = 4;
  const map = inspect.heatMap(await values.sqrt().data(), { width, height, colors: "sequential" });
  const image = inspect.enlarge(map, scale);
  const [[top, left], [bottom, right]] = [box.start, box.stop].map((ends) =>
    ends.slice(1).map((at) => at * scale),
  ) as [[number, number], [number, number]];
  const mark = (x: number, y: number) => image.data.set([255, 255, 255], (y * image.width + x) * 3);
  for (let x = left; x < right; x++) for (const y of [top, bottom - 1]) mark(x, y);
  for (let y = top; y < bottom; y++) for (const x of [left, right - 1]) mark(x, y);
  return image;
}

/** Fields of units in the middle, after each of some layers, on the same images before and after training. */
async function beforeAndAfter(context: ExampleContext, layers: readonly string[]) {
  const { quick, seed } = context;
  const digits = await context.digits();
  const sets = { train: first(digits.train, quick ? 1000 : 6000), test: first(digits.test, 500) };
  const model = digitNetwork(seed);
  const images = pixelsOf(first(digits.test, 64));
  const measure = () =>
    Promise.all(layers.map((path) => inspect.effectiveReceptiveField(model, images, { path })));
  const before = await measure();
  const optimizer = optim.adam(model.parameters(), { learningRate: 5e-3 });
  const { evaluation } = await fit(context, model, sets, { optimizer, epochs: quick ? 2 : 4 });
  const after = await measure();
  const boxes = layers.map((path) => inspect.receptiveField(model, { path })!);
  return { before, after, boxes, accuracy: evaluation.accuracy };
}

export default defineExample({
  name: "receptive-fields",
  topic: "Convolutional networks",
  rows: ["M16", "M17"],
  title: "what a unit can see, and what it looks at",
  claim:
    "A unit sees a box of the input, its receptive field, which grows with every layer: two 3x3 convolutions see as much as one of " +
    "5x5, with fewer weights, and separable ones need fewer still; where dilation doubles, the field grows exponentially with " +
    "the number of layers. Within it, a unit of an untrained network looks at the middle: its effective field is much like a Gaussian, as " +
    "wide as the square root of the number of layers; training changes it.",

  async run(context) {
    const { quick, seed } = context;
    const rows = stacks.map(([name, layers]) => ({ name, ...sideOf(layers) }));
    context.table(
      ["layers", "sees", `weights (${channels} channels)`],
      rows.map(({ name, side, weights }) => [name, `${side}x${side}`, weights]),
    );

    const depths = [1, 2, 3, 4, 5];
    const grown = (layer: (i: number) => readonly nn.Module[]) =>
      depths.map((depth) => sideOf(Array.from({ length: depth }, (_, i) => layer(i)).flat(), 200).side);
    const plain = grown(() => [convolution(3)]);
    const dilated = grown((i) => [convolution(3, 2 ** i)]);
    const pooled = grown(() => [convolution(3), nn.maxPool2d(2)]);
    await context.chart("growth", {
      title: "Side of the receptive field by the number of 3x3 layers",
      x: { label: "layers" },
      y: { label: "pixels", scale: "log" },
      series: [
        { label: "plain", x: depths, y: plain },
        { label: "dilation doubled", x: depths, y: dilated },
        { label: "each pooled by 2", x: depths, y: pooled },
      ],
    });

    const resnet = models.resnetCifar(20);
    resnet.build([3, 32, 32]);
    const blocks = [...resnet.modules()]
      .filter(([, module]) => module.kind === "basicBlock")
      .map(([path]) => path);
    context.table(
      ["ResNet-20, after block", "rows seen by the unit in the middle"],
      blocks.map((path, i) => {
        const { start, stop } = inspect.receptiveField(resnet, { path })!;
        return [i + 1, `${start[1]} to ${stop[1]! - 1}`];
      }),
    );

    const layers = quick ? [2, 4, 8, 16] : [2, 4, 8, 12, 16, 24];
    const noise = new random.Generator(seed).normal([quick ? 16 : 64, 1, 63, 63]);
    const widths = [];
    for (const depth of layers) {
      const { width } = await inspect.effectiveReceptiveField(untrained(depth, seed), noise);
      widths.push(Math.hypot(...width) / Math.SQRT2);
    }
    const power = Math.log(widths.at(-1)! / widths[0]!) / Math.log(layers.at(-1)! / layers[0]!);
    await context.chart("effective", {
      title: "Untrained 3x3 layers: exact and effective field",
      x: { label: "layers", scale: "log" },
      y: { label: "pixels", scale: "log" },
      series: [
        { label: "half of the exact field", x: layers, y: layers.map((depth) => depth + 0.5) },
        { label: "standard deviation of the effective field", x: layers, y: widths },
      ],
    });

    const paths = ["2", "8", "14", "17"];
    const { before, after, boxes, accuracy } = await beforeAndAfter(context, paths);
    const maps = await Promise.all(
      [...before, ...after].map(({ values }, i) => draw(values, boxes[i % paths.length]!)),
    );
    await context.picture(
      "effective-fields",
      inspect.tile(maps, { columns: paths.length, gap: 6 }),
      "effective fields (frame: exact) after 1, 3, 5 and 6 layers: untrained above, trained on digits below",
    );
    const [untrainedSize, trainedSize] = [before.at(-1)!.size, after.at(-1)!.size];
    const exact = boxes.at(-1)!.stop[1]! - boxes.at(-1)!.start[1]!;

    const [five, two, separable] = rows.map(({ weights }) => weights) as [number, number, number];
    return {
      measured:
        `One 5x5 and two 3x3 layers see ${rows[0]!.side}x${rows[0]!.side} and ${rows[1]!.side}x${rows[1]!.side} pixels, with ${five} and ` +
        `${two} weights; 5x1 and 1x5 do with ${separable}. Five layers see ${plain.at(-1)} pixels, with doubling dilation ` +
        `${dilated.at(-1)}. From ${layers[0]} to ${layers.at(-1)} untrained layers the exact field grows ${(
          (2 * layers.at(-1)! + 1) / (2 * layers[0]! + 1)
        ).toFixed(
          1,
        )} times, the effective one as the number of layers to the power ${power.toFixed(2)}. In six layers ` +
        `that see ${exact} pixels, the effective field is ${untrainedSize.toFixed(1)} pixels wide before training on digits and ` +
        `${trainedSize.toFixed(1)} after (accuracy ${(100 * accuracy).toFixed(1)} percent).`,
      values: {
        stacks: rows,
        growth: { plain, dilated, pooled },
        effective: { layers, widths, power },
        trained: { exact, before: untrainedSize, after: trainedSize, accuracy },
      },
    };
  },
});
