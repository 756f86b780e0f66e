import { type data, inspect, nn, type Tensor } from "gradus";
import { defineExample } from "gradus/example";
import { first } from "./kit/fit.js";
import { pixelsOf } from "./kit/pixels.js";

/** Layers to compare, each on digits surrounded by black, cut to 32 x 32. */
const subjects: readonly {
  readonly name: string;
  readonly borders?: boolean;
  readonly layers: () => nn.Module[];
}[] = [
  { name: "convolution", layers: () => [nn.conv2d(8, 5)] },
  {
    name: "three convolutions, ReLU",
    layers: () => [nn.conv2d(8, 3), nn.relu(), nn.conv2d(8, 3), nn.relu(), nn.conv2d(8, 3)],
  },
  {
    name: "padded convolution, with its borders",
    borders: true,
    layers: () => [nn.conv2d(8, 5, { padding: "same", biasInitializer: nn.init.constant(0.1) })],
  },
  { name: "convolution, max pooling by 2", layers: () => [nn.conv2d(8, 5), nn.relu(), nn.maxPool2d(2)] },
  { name: "convolution, mean pooling by 2", layers: () => [nn.conv2d(8, 5), nn.relu(), nn.averagePool2d(2)] },
  { name: "convolution of stride 2", layers: () => [nn.conv2d(8, 5, { stride: 2 })] },
  {
    name: "two of stride 2",
    layers: () => [nn.conv2d(8, 5, { stride: 2 }), nn.relu(), nn.conv2d(8, 3, { stride: 2 })],
  },
  { name: "dense", layers: () => [nn.flatten(), nn.dense(64)] },
];
const shifts = [0, 1, 2, 3, 4] as const;

/** Digits in the middle of larger black squares. */
function onBlack(set: data.LabelledImages, border: number): Tensor {
  const around = [border, border] as const;
  return pixelsOf(set).pad([[0, 0], [0, 0], around, around], -0.5);
}

export default defineExample({
  name: "equivariance",
  topic: "Convolutional networks",
  rows: ["M15"],
  title: "a convolution moves with its input; strides and dense layers do not",
  claim:
    "Shift the input of a convolution and its output shifts with it, by as much and exactly: the same weights are used everywhere, so " +
    "a pattern is found wherever it is. Pooling and strides keep only every second position, so that it holds for even shifts " +
    "alone; a dense layer, which has a weight of its own for every position, knows nothing of shifts.",

  async run(context) {
    const { quick, seed } = context;
    const digits = await context.digits();
    const images = onBlack(first(digits.test, quick ? 32 : 256), 6);
    const rows: { name: string; errors: number[] }[] = [];
    for (const [i, { name, layers, borders = false }] of subjects.entries()) {
      const model = nn.sequential(layers());
      model.build([1, 32, 32], { seed });
      const errors = [];
      for (const shift of shifts) {
        const { error } = await inspect.equivariance(model, images, { shift: [0, shift], borders });
        errors.push(error);
      }
      rows.push({ name, errors });
      context.progress("layers", (i + 1) / subjects.length);
    }
    context.table(
      ["|f(moved x) - moved f(x)| / |f(moved x)|", ...shifts.map((shift) => `shift ${shift}`)],
      rows.map(({ name, errors }) => [name, ...errors.map((error) => error.toFixed(6))]),
    );
    await context.chart("error", {
      title: "How far from moving with the input",
      x: { label: "shift in pixels" },
      y: { label: "relative error" },
      series: rows.map(({ name, errors }) => ({ label: name, x: shifts, y: errors })),
    });

    // What it looks like: a digit, the same one moved by three pixels, and what a convolution and a strided one make of both.
    const example = images.slice([0], [1]);
    const cuts = [0, 3].map((by) => example.slice([0, 0, 4, 5 - by], [1, 1, 36, 37 - by]));
    const seen = [];
    for (const layer of [nn.conv2d(1, 5), nn.conv2d(1, 5, { stride: 4 })]) {
      layer.build([1, 32, 32], { seed });
      for (const cut of cuts) seen.push(await picture(layer.forward(cut), 28));
    }
    const inputs = await Promise.all(cuts.map((cut) => picture(cut, 32, "grey")));
    await context.picture(
      "moved",
      inspect.tile([...inputs, ...seen], { columns: 2, scale: 4, gap: 6 }),
      "a digit and the same moved by 3: the input, a convolution, and one of stride 4",
    );

    const at = (index: number, shift: number) => rows[index]!.errors[shift]!;
    const exact = Math.max(...rows[0]!.errors, ...rows[1]!.errors);
    return {
      measured:
        `Convolutions and ReLU move with digits shifted by 1 to 4 pixels with an error of ${short(exact)}. With ` +
        `max pooling by 2 the error is ${at(3, 1).toFixed(3)} for a shift of 1 and ${short(at(3, 2))} for 2; with mean ` +
        `pooling ${at(4, 1).toFixed(3)} for 1; with two strides of 2 it is ${at(6, 1).toFixed(3)}, ${at(6, 2).toFixed(3)} and ` +
        `${at(6, 3).toFixed(3)} for 1, 2 and 3, and ${short(at(6, 4))} for 4. Zeros around pictures that are black (-0.5) cost the ` +
        `padded convolution ${at(2, 1).toFixed(3)}. The dense layer changes by ${at(7, 1).toFixed(3)} for a single pixel.`,
      values: { shifts, errors: Object.fromEntries(rows.map(({ name, errors }) => [name, errors])) },
    };
  },
});

const short = (error: number) => (error === 0 ? "exactly 0" : error.toExponential(1));

/** The first plane of a batch, enlarged to about `size` pixels. */
async function picture(
  x: Tensor,
  size: number,
  colors: "grey" | "diverging" = "diverging",
): Promise<data.PixelImage> {
  const [, , height, width] = x.shape as [number, number, number, number];
  const image = inspect.heatMap(await x.data(), { width, height, colors });
  return inspect.enlarge(image, Math.floor(size / width));
}
