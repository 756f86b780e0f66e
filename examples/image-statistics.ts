import { compile, data, inspect, random, type Tensor } from "gradus";
import { type ChartSeries, defineExample, type ExampleContext, type Json } from "gradus/example";
import { unitScaling } from "./kit/digits.js";
import { first } from "./kit/fit.js";
import { tensorOf } from "./kit/pictures.js";
import { pixelsOf } from "./kit/pixels.js";

/** Images `[N, C, H, W]` of one kind, from 0 to 1. */
interface Kind {
  readonly name: string;
  readonly images: Tensor;
}

const imagesOf = (set: data.LabelledImages, count: number) => pixelsOf(first(set, count), unitScaling);

/** CIFAR-10 where it is; it need not be. */
async function photographs(context: ExampleContext, count: number): Promise<Kind[]> {
  try {
    return [{ name: "CIFAR-10", images: imagesOf((await context.cifar10()).train, count) }];
  } catch (error) {
    if (!(error instanceof data.DataError) || error.source !== "cifar10") throw error;
    context.say("(With CIFAR-10 in --data, photographs would be among the images.)\n");
    return [];
  }
}

/** About `count` pixels, spread over all images, beside those `distance` to their right. */
async function pairs({ images }: Kind, distance: number, count: number): Promise<ChartSeries> {
  const { shape } = images;
  const width = shape[3]!;
  const some = (part: Tensor) => {
    // A prime step, or every pixel would be of the same few columns.
    const step = [1, 2, 7, 31, 101, 499, 2003, 9973, 49999].findLast(
      (prime) => prime <= Math.max(1, part.size / count),
    )!;
    return part.reshape([part.size]).slice([0], [part.size], [step]).data();
  };
  const x = await some(images.slice([0, 0, 0, 0], [...shape.slice(0, 3), width - distance]));
  const y = await some(images.slice([0, 0, 0, distance]));
  return { label: `${distance} apart`, mark: "points", x: x.subarray(0, count), y: y.subarray(0, count) };
}

export default defineExample({
  name: "image-statistics",
  topic: "Seeing inside",
  rows: ["M34"],
  title: "what a pixel tells of its neighbours: scatter of pairs, correlation by distance",
  claim:
    "Neighbouring pixels of real images are much alike, and the further apart two pixels are the less one tells of the other. Random " +
    "pixels have nothing of that. So real images fill a tiny part of all possible ones, and small kernels find much to work with.",
  options: {
    image: { description: "a PNG or JPEG file of your own, to be looked at as well", value: "file" },
  },

  async run(context) {
    const { quick, seed, chart, table } = context;
    const count = quick ? 500 : 4000;
    const digits = imagesOf((await context.digits()).train, count);
    const kinds: Kind[] = [
      { name: "random pixels", images: new random.Generator(seed).uniform(digits.shape) },
      { name: "digits", images: digits },
      ...(await photographs(context, count)),
    ];
    const path = context.option("image");
    if (path !== undefined) kinds.push({ name: "your image", images: tensorOf(await context.image(path)) });

    const correlations = [];
    for (const { name, images } of kinds) {
      const farthest = Math.min(20, ...images.shape.slice(2).map((extent) => extent - 1));
      const { horizontal, vertical } = compile((x: Tensor) => inspect.autocorrelation(x, farthest))(images);
      correlations.push({
        name,
        horizontal: Array.from(await horizontal.data()),
        vertical: Array.from(await vertical.data()),
      });
    }
    await chart("autocorrelation", {
      title: "Correlation of two pixels by their distance in a row",
      x: { label: "distance in pixels" },
      y: { label: "correlation" },
      series: correlations.map(({ name, horizontal }) => ({ label: name, y: horizontal })),
    });
    const distances = [1, 2, 4, 8, 16];
    table(
      ["correlation at a distance of", ...distances.map(String)],
      correlations.flatMap(({ name, horizontal, vertical }) => [
        [`${name}, in a row`, ...distances.map((d) => horizontal[d]?.toFixed(3) ?? "-")],
        [`${name}, in a column`, ...distances.map((d) => vertical[d]?.toFixed(3) ?? "-")],
      ]),
    );
    for (const kind of kinds) {
      const reach = Math.min(16, kind.images.shape[3]! - 1);
      await chart(`pairs-${kind.name.toLowerCase().replaceAll(" ", "-")}`, {
        title: `Brightness of two pixels: ${kind.name}`,
        x: { label: "one pixel" },
        y: { label: "a pixel to its right" },
        series: [await pairs(kind, reach, 700), await pairs(kind, 1, 700)],
      });
    }

    const told = correlations.map(({ name, horizontal }) => {
      const half = horizontal.findIndex((r) => r < 0.5);
      const fall = half < 0 ? "stays above one half" : `falls below one half at ${half}`;
      return `in ${name} it is ${horizontal[1]!.toFixed(2)} and ${fall}`;
    });
    const values: Record<string, Json> = {};
    for (const { name, ...both } of correlations) values[name] = both;
    return { measured: `The correlation of two pixels side by side: ${told.join("; ")}.`, values };
  },
});
