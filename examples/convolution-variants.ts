import { arange, concatenate, type data, eye, inspect, nn, stack, type Tensor, tensor } from "gradus";
import { defineExample, type ExampleContext } from "gradus/example";
import { rowsOf } from "./kit/digits.js";
import { first } from "./kit/fit.js";

/** An edge kernel that looks different when it is flipped: Sobel's, left to right. */
const sobel = tensor([-1, 0, 1, -2, 0, 2, -1, 0, 1], { shape: [1, 1, 3, 3] });

const variants: readonly { readonly name: string; readonly options: nn.ConvOptions }[] = [
  { name: "valid", options: {} },
  { name: "same", options: { padding: "same" } },
  { name: "padding 4", options: { padding: 4 } },
  {
    name: "padding on one side",
    options: {
      padding: [
        [0, 12],
        [12, 0],
      ],
    },
  },
  { name: "stride 2", options: { padding: "same", stride: 2 } },
  { name: "stride 1 x 2", options: { padding: "same", stride: [1, 2] } },
  { name: "dilation 3", options: { padding: "same", dilation: 3 } },
  { name: "groups 4", options: { padding: "same", groups: 4 } },
];

/** `floor((n + before + after - dilation (k - 1) - 1) / stride) + 1`, axis by axis. */
function sizeByFormula([height, width]: readonly [number, number], layer: nn.Conv) {
  const { strides, padding, dilation } = layer.reach([4, height, width]) as nn.LayerWindow;
  return [height, width].map((extent, axis) => {
    const covered = dilation[axis]! * 2 + 1;
    return Math.floor((extent + padding[axis]![0] + padding[axis]![1] - covered) / strides[axis]!) + 1;
  });
}

/** In one dimension: what the flip means. A note, and the echoes of a room as a kernel. */
async function echoes({ chart }: ExampleContext) {
  const [length, delay] = [600, 90];
  const time = arange(length).subtract(240);
  const note = time.multiply(0.35).sin().multiply(time.multiply(-0.04).exp());
  const sound = time.greater(0).where(note, 0).reshape([1, 1, length]);
  const tap = (at: number) =>
    arange(2 * delay + 1)
      .equal(at)
      .cast("float32");
  const room = tap(0)
    .add(tap(delay).multiply(0.6))
    .add(tap(2 * delay).multiply(0.36))
    .reshape([1, 1, -1]);
  const after = { padding: [[2 * delay, 0]] } as const;
  const convolved = sound.trueConvolution(room, after);
  const correlated = sound.convolution(room, { padding: [[0, 2 * delay]] });
  const flipped = sound.convolution(room.flip(2), after);
  const curves = await Promise.all([sound, convolved, correlated].map((curve) => curve.data()));
  const [start, convolvedStart, correlatedStart] = curves.map((curve) =>
    Array.from(curve).findIndex((value) => Math.abs(value) > 0.01),
  ) as [number, number, number];
  await chart("sound", {
    title: "A note in a room",
    x: { label: "sample" },
    y: { label: "each curve one step lower" },
    series: ["the note", "convolved: echoes follow", "correlated: echoes come first"].map((label, i) => ({
      label,
      y: Array.from(curves[i]!, (value) => value - 2 * i),
    })),
  });
  return {
    convolved: convolvedStart - start,
    correlated: correlatedStart - start,
    withFlippedKernel: await largest(convolved.subtract(flipped)),
  };
}

/** A clip in which the upper digit moves right and the lower one left, a pixel a frame: `[1, 1, T, 56, W]`. */
function clip(upper: Tensor, lower: Tensor, frames: number) {
  const at = (digit: Tensor, x: number) =>
    digit.pad([
      [0, 0],
      [x, frames - x],
    ]);
  const steps = Array.from({ length: frames + 1 }, (_, t) =>
    concatenate([at(upper, t), at(lower, frames - t)]),
  );
  return stack(steps).reshape([1, 1, frames + 1, 56, 28 + frames]);
}

const largest = (x: Tensor) => x.abs().max().item();
const share = (part: number) => `${(100 * part).toFixed(0)} %`;

/** In two dimensions: what the options do to size, parameters and work, and to a picture `[1, 1, height, width]`. */
async function sizesAndEdges({ say, table, picture }: ExampleContext, page: Tensor) {
  const [height, width] = page.shape.slice(2) as [number, number];
  const rows: (string | number)[][] = [];
  const pictures: data.PixelImage[] = [];
  let agreeing = 0;
  for (const { name, options } of variants) {
    const layer = nn.conv2d(8, 3, options);
    const [, ...size] = layer.build([4, height, width]);
    agreeing += Number(String(size) === String(sizeByFormula([height, width], layer)));
    const [row] = layer.describe();
    rows.push([name, size.join(" x "), row!.parameters, row!.multiplyAdds.toLocaleString("en")]);
    if (options.groups !== undefined) continue;
    const edges = page.convolution(sobel, options);
    pictures.push(...inspect.imagesOf(await edges.data(), edges.shape, { colors: "diverging" }));
  }
  say(`Two dimensions: 3 x 3 kernels, 4 channels of ${height} x ${width} to 8:`);
  table(["", "output", "parameters", "multiply-adds"], rows);
  const names = variants.filter(({ options }) => options.groups === undefined).map(({ name }) => name);
  await picture(
    "edges",
    inspect.tile(pictures, { columns: 3, gap: 6, scale: height < 100 ? 2 : 1 }),
    `left-to-right edges: ${names.join(", ")}`,
  );
  return agreeing;
}

/** How much a convolution in two groups differs from two convolutions side by side. */
function groupsApart(maps: Tensor) {
  const [count, channels] = maps.shape as [number, number];
  const [inputs, filters] = [channels / 2, 4];
  const kernel = arange(2 * filters * inputs * 9)
    .multiply(0.7)
    .sin()
    .reshape([2 * filters, inputs, 3, 3]);
  const halves = [0, 1].map((half) => {
    const seen = maps.slice([0, half * inputs], [count, (half + 1) * inputs]);
    return seen.convolution(kernel.slice([half * filters], [(half + 1) * filters]));
  });
  return largest(maps.convolution(kernel, { groups: 2 }).subtract(concatenate(halves, 1)));
}

/**
 * In three dimensions: a kernel along a diagonal of time and place follows what moves at its speed.
 * @returns for each kernel, how much contrast is left of the digit moving right, and of the one moving left
 */
async function motion({ quick, say, table, picture }: ExampleContext, digits: Tensor) {
  const frames = quick ? 16 : 40;
  const [upper, lower] = [0, 1].map((i) => digits.slice([i], [i + 1]).reshape([28, 28]));
  const video = clip(upper!, lower!, frames);
  const right = eye(7).divide(7).reshape([1, 1, 7, 1, 7]);
  const followed = video.convolution(concatenate([right, right.flip(4)]), { padding: "same" });
  // Away from the clip's ends, where kernels miss frames.
  const contrast = (x: Tensor) => {
    const whole = x.slice([0, 0, 3], [1, x.shape[1]!, frames - 2]);
    const digit = whole.reshape([x.shape[1]!, frames - 5, 2, 28 * (28 + frames)]);
    return digit.square().mean([1, 3]);
  };
  const kept = (await contrast(followed).divide(contrast(video)).array()) as [number, number][];
  say("\nThree dimensions: contrast left of a digit by a kernel that follows a motion:");
  table(
    ["kernel follows", "digit moving right", "digit moving left"],
    kept.map((digit, i) => [["rightward", "leftward"][i]!, ...digit.map(share)]),
  );
  const columns = concatenate([video, followed], 1);
  const moments = [4, Math.round(frames / 2), frames - 4].map((t) => columns.slice([0, 0, t], [1, 3, t + 1]));
  const stills = concatenate(moments).reshape([9, 1, 56, 28 + frames]);
  const images = inspect.imagesOf(await stills.data(), stills.shape, { range: [0, 1] });
  await picture(
    "video",
    inspect.tile(images, { columns: 3, scale: 3, gap: 6 }),
    "three moments; columns: the clip, what follows right, what follows left",
  );
  return kept;
}

/** Brightness from 0 to 1, `[1, 1, height, width]`. */
function grey({ width, height, channels, data: pixels }: data.PixelImage) {
  const colors = tensor(pixels, { shape: [height, width, channels] }).slice(
    [],
    [height, width, Math.min(3, channels)],
  );
  return colors.mean(2).divide(255).reshape([1, 1, height, width]);
}

export default defineExample({
  name: "convolution-variants",
  topic: "Convolutional networks",
  rows: ["M8"],
  title: "stride, padding, dilation, groups; one, two and three dimensions; and the flip",
  claim:
    "A convolution slides one small kernel over its input: over time in sound and text, over two axes in pictures, three in " +
    "video. Stride, padding and dilation decide how many positions there are and how far apart the kernel reaches, groups which " +
    "channels meet. What networks call convolution is cross-correlation; that of mathematics flips the kernel first.",
  options: { image: { description: "a PNG or JPEG instead of a page of digits", value: "file" } },

  async run(context) {
    const flip = await echoes(context);
    context.say(
      `One dimension: convolved with a room's echoes, the note starts ${flip.convolved} samples after the note alone; ` +
        `correlated with them, ${-flip.correlated} samples before it.\n`,
    );
    const { test } = await context.digits();
    const digits = (await rowsOf(first(test, 12))).reshape([3, 4, 28, 28]);
    const path = context.option("image");
    const page = path
      ? grey(await context.image(path))
      : digits.permute([0, 2, 1, 3]).reshape([1, 1, 3 * 28, 4 * 28]);
    const sizesAgree = await sizesAndEdges(context, page);
    const apart = await groupsApart(digits);
    const kept = await motion(context, digits.reshape([12, 28, 28]));
    const [[right, other], [mirroredOther, mirrored]] = kept as [[number, number], [number, number]];
    return {
      measured:
        `${sizesAgree} of ${variants.length} variants have the size that the formula gives. Convolution and correlation with the flipped ` +
        `kernel differ by ${flip.withFlippedKernel}; echoes come ${-flip.correlated} samples early when the flip is left out. A convolution in ` +
        `two groups and two convolutions side by side differ by ${apart}. In the clip, the kernel that follows the right keeps ${share(right)} of ` +
        `the contrast of the digit that moves right and ${share(other)} of the other's; its mirror image ${share(mirroredOther)} and ` +
        `${share(mirrored)}. Single frames do not even tell which digit moves where.`,
      values: { sizesAgree, variants: variants.length, flip, groupsApart: apart, contrastKept: kept },
    };
  },
});
