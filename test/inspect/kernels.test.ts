import { describe, expect, test } from "vitest";
import { compile, inspect, ShapeError, type Tensor, tensor } from "../../src/index.js";

const { kernels } = inspect;

const rows = async (kernel: Tensor) => {
  const [height, width] = kernel.shape as [number, number];
  const values = await kernel.data();
  return Array.from({ length: height }, (_, y) => Array.from(values.subarray(y * width, (y + 1) * width)));
};
const sum = (kernel: Tensor) => kernel.sum().item();

/** A plane that grows lighter by 1 a pixel towards an angle. */
function ramp(angle: number, side = 21): Tensor {
  const [cos, sin] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
  const values = Float32Array.from(
    { length: side ** 2 },
    (_, i) => cos * (i % side) + sin * Math.floor(i / side),
  );
  return tensor(values, { shape: [1, 1, side, side] });
}

/** The answer in the middle of an image, away from its border. */
async function middle(image: Tensor, kernel: Tensor): Promise<number> {
  const { shape } = image;
  const [y, x] = [Math.floor(shape[2]! / 2), Math.floor(shape[3]! / 2)];
  return kernels
    .apply(image, kernel)
    .slice([0, 0, y, x], [1, 1, y + 1, x + 1])
    .item();
}

describe("blurring kernels", () => {
  test("identity leaves every channel of every image alone", async () => {
    const values = Float32Array.from({ length: 2 * 3 * 4 * 5 }, (_, i) => Math.sin(i));
    const images = tensor(values, { shape: [2, 3, 4, 5] });
    expect(await kernels.apply(images, kernels.identity(5)).data()).toEqual(values);
  });

  test("sum to 1, so that what is flat stays, at the border too", async () => {
    for (const kernel of [kernels.identity(1), kernels.box(5), kernels.gaussian(7, 1.5), kernels.sharpen()]) {
      expect(await sum(kernel)).toBeCloseTo(1, 6);
      const flat = kernels.apply(tensor(new Float32Array(16).fill(3), { shape: [1, 1, 4, 4] }), kernel);
      for (const value of await flat.data()) expect(value).toBeCloseTo(3, 5);
    }
  });

  test("a Gaussian falls off as it should, and is one line times another", async () => {
    const [first, , middleRow] = await rows(kernels.gaussian(5, 1.3));
    expect(first![2]! / middleRow![2]!).toBeCloseTo(Math.exp(-4 / (2 * 1.3 ** 2)), 5);
    expect(first![0]! * middleRow![2]!).toBeCloseTo(first![2]! * middleRow![0]!, 7);
  });
});

describe("kernels for edges", () => {
  test("do not answer to what is flat", async () => {
    const all = [
      kernels.leftRightEdges(),
      kernels.topBottomEdges(),
      kernels.sobel("x"),
      kernels.sobel("y"),
      kernels.directedEdge(30, 7),
      kernels.gabor(11, { angle: 20, phase: 40 }),
    ];
    for (const kernel of all) expect(await sum(kernel)).toBeCloseTo(0, 5);
  });

  test("answer to a slope along their axis by its steepness, and not to one across", async () => {
    expect(await middle(ramp(0), kernels.leftRightEdges())).toBeCloseTo(6, 4);
    expect(await middle(ramp(90), kernels.leftRightEdges())).toBeCloseTo(0, 4);
    expect(await middle(ramp(90), kernels.topBottomEdges())).toBeCloseTo(6, 4);
    expect(await middle(ramp(0), kernels.sobel("x"))).toBeCloseTo(8, 4);
    expect(await middle(ramp(90), kernels.sobel("x"))).toBeCloseTo(0, 4);
    expect(await middle(ramp(90), kernels.sobel("y"))).toBeCloseTo(8, 4);
  });

  test.each([0, 45, 90, 135, 180, 200, 300])(
    "in the direction of %d degrees measure the slope that way",
    async (angle) => {
      const kernel = kernels.directedEdge(angle, 7);
      expect(await middle(ramp(angle), kernel)).toBeCloseTo(1, 4);
      expect(await middle(ramp(angle + 180), kernel)).toBeCloseTo(-1, 4);
      expect(await middle(ramp(angle + 90), kernel)).toBeCloseTo(0, 4);
    },
  );

  test("in any direction are a weighted sum of two at right angles", async () => {
    const [x, y] = [kernels.directedEdge(0, 5), kernels.directedEdge(90, 5)];
    const turned = await rows(kernels.directedEdge(30, 5));
    const steered = await rows(x.multiply(Math.cos(Math.PI / 6)).add(y.multiply(Math.sin(Math.PI / 6))));
    for (const [i, row] of turned.entries())
      for (const [j, value] of row.entries()) expect(value).toBeCloseTo(steered[i]![j]!, 6);
  });
});

describe("Gabor kernels", () => {
  /** Waves of a wavelength that follow each other in a direction. */
  const waves = (angle: number, length: number) =>
    ramp(angle, 41)
      .multiply((2 * Math.PI) / length)
      .cos();

  /** How strongly a kernel answers to an image, on average. */
  const strength = (image: Tensor, kernel: Tensor) => kernels.apply(image, kernel).square().mean().item();

  test("answer most to waves of their own length and direction", async () => {
    const kernel = kernels.gabor(17, { angle: 30, wavelength: 6 });
    const own = await strength(waves(30, 6), kernel);
    for (const [angle, length] of [
      [75, 6],
      [120, 6],
      [30, 3],
      [30, 14],
    ] as const) {
      expect(await strength(waves(angle, length), kernel)).toBeLessThan(own / 4);
    }
  });

  test("are bright lines with phase 0, edges with phase 90", async () => {
    const line = await rows(kernels.gabor(9, { wavelength: 4 }));
    expect(line[4]![4]).toBeGreaterThan(0);
    expect(line[4]![2]).toBeLessThan(0);
    for (const [x, value] of line[4]!.entries()) expect(value).toBeCloseTo(line[4]![8 - x]!, 6);
    const edge = await rows(kernels.gabor(9, { wavelength: 4, phase: 90 }));
    for (const [x, value] of edge[4]!.entries()) expect(value).toBeCloseTo(-edge[4]![8 - x]!, 6);
  });

  test("are turned by their angle", async () => {
    const options = { wavelength: 5, phase: 30 };
    const [upright, level] = [
      await rows(kernels.gabor(9, options)),
      await rows(kernels.gabor(9, { ...options, angle: 90 })),
    ];
    for (let y = 0; y < 9; y++)
      for (let x = 0; x < 9; x++) expect(level[y]![x]).toBeCloseTo(upright[8 - x]![y]!, 6);
  });
});

describe("bad kernels", () => {
  test("sizes without a middle, and widths that are none, are refused", () => {
    expect(() => kernels.box(4)).toThrow("box: size is 4, but must be an odd integer");
    expect(() => kernels.gaussian(0)).toThrow("gaussian: size is 0");
    expect(() => kernels.gaussian(5, 0)).toThrow("gaussian: sigma is 0, but must be above 0");
    expect(() => kernels.directedEdge(0, 1)).toThrow("directedEdge: size is 1; an edge needs at least 3");
    expect(() => kernels.gabor(5, { wavelength: Number.NaN })).toThrow("gabor: wavelength is NaN");
    expect(() => kernels.gabor(5, { aspectRatio: -1 })).toThrow("gabor: aspectRatio is -1");
  });

  test("images and kernels of other shapes are refused", () => {
    const image = tensor(new Float32Array(9), { shape: [3, 3] });
    expect(() => kernels.apply(image, kernels.box(3))).toThrow(ShapeError);
    const batch = image.reshape([1, 1, 3, 3]);
    expect(() => kernels.apply(batch, tensor([[1, 2]]))).toThrow(
      "the kernel is [1, 2], but must be [height, width], both odd",
    );
  });
});

test("the lecture's picture of 7 x 7 gives the lecture's 5 x 5 numbers", async () => {
  const image = ["0000000", "0111110", "0100100", "0101000", "0110000", "0100000", "0000000"];
  const kernel = ["000", "011", "010"];
  const planes = (lines: string[]) =>
    tensor(lines.map((line) => Array.from(line, Number))).reshape([1, 1, lines.length, lines.length]);
  const answer = await rows(planes(image).convolution(planes(kernel)).reshape([5, 5]));
  expect(answer.map((row) => row.join(""))).toEqual(["32231", "20210", "22100", "31000", "10000"]);
});

test("kernels may be made within compiled functions", async () => {
  const blur = compile((image: Tensor) => kernels.apply(image, kernels.gaussian(3, 1)));
  const image = ramp(0, 5);
  expect(await blur(image).data()).toEqual(await kernels.apply(image, kernels.gaussian(3, 1)).data());
});
