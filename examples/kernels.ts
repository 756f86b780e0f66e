import { arange, compile, concatenate, inspect, stack, type Tensor, tensor, where } from "gradus";
import { defineExample } from "gradus/example";
import { unitScaling } from "./kit/digits.js";
import { first } from "./kit/fit.js";
import { tensorOf } from "./kit/pictures.js";
import { pixelsOf } from "./kit/pixels.js";

const { apply, box, directedEdge, gabor, gaussian, identity, sharpen, sobel } = inspect.kernels;
const { leftRightEdges, topBottomEdges } = inspect.kernels;

/** The lecture's picture, its kernel, and what it says comes out. */
const lecture = {
  picture: ["0000000", "0111110", "0100100", "0101000", "0110000", "0100000", "0000000"],
  kernel: ["000", "011", "010"],
  answer: ["32231", "20210", "22100", "31000", "10000"],
};

/** One channel of one image, from digits. */
const plane = (rows: readonly string[]) =>
  tensor(rows.map((row) => Array.from(row, Number))).reshape([1, 1, rows.length, rows[0]!.length]);

/** The steepest slope, whatever its direction: the length of the vector of both slopes. */
const steepness = (image: Tensor) =>
  apply(image, sobel("x"))
    .square()
    .add(apply(image, sobel("y")).square())
    .sqrt();

/** How each answer is drawn: as an image, from -1 to 1 around grey, or from 0 on. */
const filters: Readonly<Record<string, readonly ["image" | "signed" | "length", (image: Tensor) => Tensor]>> =
  {
    identity: ["image", (image) => apply(image, identity())],
    blur: ["image", (image) => apply(image, box(5))],
    "Gaussian blur": ["image", (image) => apply(image, gaussian(17, 3))],
    sharpen: ["image", (image) => apply(image, sharpen())],
    "left/right edges": ["signed", (image) => apply(image, leftRightEdges())],
    "top/bottom edges": ["signed", (image) => apply(image, topBottomEdges())],
    "Sobel steepness": ["length", steepness],
    "edges at 45 degrees": ["signed", (image) => apply(image, directedEdge(45, 7))],
    "Gabor at 0 degrees": ["signed", (image) => apply(image, gabor(21, { wavelength: 6 }))],
    "Gabor at 45 degrees": ["signed", (image) => apply(image, gabor(21, { wavelength: 6, angle: 45 }))],
    "Gabor at 90 degrees": ["signed", (image) => apply(image, gabor(21, { wavelength: 6, angle: 90 }))],
    "coarse Gabor": ["signed", (image) => apply(image, gabor(31, { wavelength: 12, angle: 135 }))],
  };

/** Four squares: rings that grow finer outwards, bars of all colours, a disc, and lines both ways. `[1, 3, 256, 256]` */
function testCard(): Tensor {
  const side = 128;
  const x = arange(side).cast("float32").reshape([1, side]).broadcastTo([side, side]);
  const y = x.transpose();
  const square = (from: Tensor) => from.subtract(side / 2 - 0.5).square();
  const radius = square(x).add(square(y)).sqrt();
  const grey = (values: Tensor) => stack([values, values, values]);

  const rings = grey(
    radius
      .square()
      .multiply(Math.PI / 220)
      .cos()
      .multiply(0.5)
      .add(0.5),
  );
  const bar = x.divide(16).floor();
  const isEven = (value: Tensor) => value.remainder(2).equal(0).cast("float32");
  const bars = stack([isEven(bar.divide(2).floor()), bar.less(4).cast("float32"), isEven(bar)]);
  const sky = y.divide(side);
  const inside = radius.less(44);
  const disc = stack([
    where(inside, 1, sky.multiply(0.3)),
    where(inside, 0.6, sky.multiply(0.5)),
    where(inside, 0.1, sky),
  ]);
  const lines = grey(
    isEven(
      where(x.less(side / 2), x, y)
        .divide(4)
        .floor(),
    ),
  );
  return concatenate([concatenate([rings, bars], 2), concatenate([disc, lines], 2)], 1).expandDimensions(0);
}

/** Mean difference between neighbours in a row. */
function roughness(image: Tensor): Tensor {
  const { shape } = image;
  const width = shape[3]!;
  const right = image.slice([0, 0, 0, 1]);
  return right
    .subtract(image.slice([0, 0, 0, 0], [...shape.slice(0, 3), width - 1]))
    .abs()
    .mean();
}

export default defineExample({
  name: "kernels",
  topic: "Convolutional networks",
  rows: ["M9"],
  title: "nine numbers made by hand blur an image, sharpen it, or find its edges",
  claim:
    "A convolution lays a small kernel over every place of an image and adds up what it covers, each pixel times its weight. Before " +
    "networks learned their kernels they were made by hand: a few numbers suffice to blur, to sharpen, and to find edges in any direction.",
  options: {
    image: { description: "a PNG or JPEG file of your own, instead of the test card", value: "file" },
  },

  async run(context) {
    const { say, picture } = context;
    const answer = plane(lecture.picture).convolution(plane(lecture.kernel)).squeeze();
    const numbers = ((await answer.array()) as number[][]).map((row) => row.join(""));
    say("The lecture's picture, its kernel, and what comes out:\n");
    say(
      lecture.picture
        .map((row, i) => `  ${row}   ${lecture.kernel[i] ?? "   "}   ${numbers[i] ?? ""}`)
        .join("\n"),
    );

    const path = context.option("image");
    const card = testCard();
    const image = path === undefined ? card : tensorOf(await context.image(path));
    const [, channels, height, width] = image.shape as [number, number, number, number];
    say(
      `\nOn ${path ?? "the test card"}, ${width} x ${height}, each kernel on ${channels === 3 ? "red, green and blue" : "its one channel"}:`,
    );
    const names = Object.keys(filters);
    const pictures = [];
    for (const [kind, filter] of Object.values(filters)) {
      const look = compile((input: Tensor) => {
        const filtered = filter(input);
        return { filtered, greatest: filtered.abs().max() };
      });
      const { filtered, greatest } = look(image);
      const most = await greatest.item();
      const range = { image: [0, 1], signed: [-most, most], length: [0, most] } as const;
      pictures.push(...inspect.imagesOf(await filtered.data(), image.shape, { range: range[kind] }));
    }
    for (const row of [0, 1, 2]) say(`  row ${row + 1}: ${names.slice(4 * row, 4 * row + 4).join(", ")}`);
    await picture("kernels", inspect.tile(pictures, { columns: 4, gap: 6 }), names.join(", "));

    const { test } = await context.digits();
    const digits = pixelsOf(first(test, 10), unitScaling);
    const angles = [0, 45, 90, 135, 180, 225, 270, 315];
    const edges = angles.map((angle) => apply(digits, directedEdge(angle, 5)).relu());
    const columns = concatenate([digits, ...edges.map((edge) => edge.multiply(2.5))], 1);
    const tiles = inspect.imagesOf(await columns.data(), columns.shape, { range: [0, 1] });
    const caption = `digits, and their edges that grow lighter towards ${angles.join(", ")} degrees`;
    await picture("directed-edges", inspect.tile(tiles, { columns: 9, scale: 3 }), caption);

    // How strongly a kernel answers to the test card's upright lines, and to its level ones.
    const half = (start: number) => card.slice([0, 0, 128, start], [1, 3, 256, start + 64]);
    const strength = (kernel: Tensor, start: number) => apply(half(start), kernel).abs().mean().item();
    const leftRight = {
      upright: await strength(leftRightEdges(), 128),
      level: await strength(leftRightEdges(), 192),
    };
    const topBottom = {
      upright: await strength(topBottomEdges(), 128),
      level: await strength(topBottomEdges(), 192),
    };
    const before = await roughness(image).item();
    const change = async (kernel: Tensor) => (await roughness(apply(image, kernel)).item()) / before;
    const blurred = await change(gaussian(17, 3));
    const sharpened = await change(sharpen());

    const same = numbers.join("/") === lecture.answer.join("/");
    const fixed = ({ upright, level }: { upright: number; level: number }) =>
      `${upright.toFixed(2)} and ${level.toFixed(2)}`;
    return {
      measured:
        `The 7 x 7 picture gives ${numbers.join(" / ")}, ${same ? "as in the lecture" : "not what the lecture says"}. ` +
        `To upright and level lines the left/right kernel answers with ${fixed(leftRight)} on average, the top/bottom kernel with ` +
        `${fixed(topBottom)}. On ${path ?? "the test card"} the Gaussian leaves ${(100 * blurred).toFixed(0)} % of the difference between ` +
        `neighbours, and sharpening multiplies it by ${sharpened.toFixed(1)}.`,
      values: { lecture: numbers, leftRight, topBottom, blurred, sharpened },
    };
  },
});
