import { inspect, nn, tensor } from "gradus";
import { describe, expect, it } from "vitest";
import {
  type ChainLayer,
  chains,
  isLinear,
  readChain,
  seenBy,
  stages,
  writeChain,
} from "../../lab/src/parts/convolution/chain.js";
import { chain, convolve, presets, toeplitz } from "../../lab/src/parts/convolution/compute.js";
import { axisOf, flipped, misfit, type Sliding, sumsAt } from "../../lab/src/parts/convolution/geometry.js";
import {
  edited,
  normalized,
  plainKernels,
  presetKernel,
  presetTitles,
  readKernels,
  resized,
  sizesOf,
  slicesFor,
  writeKernels,
} from "../../lab/src/parts/convolution/kernels.js";
import {
  draw,
  fromPixels,
  isGrid,
  pictures,
  readGrid,
  readNumber,
  toGrey,
  writeGrid,
} from "../../lab/src/parts/convolution/picture.js";

/** Whole numbers without a pattern, so that all sums are exact. */
const noise = (channels: number, height: number, width: number) =>
  draw(channels, height, width, (row, column, channel) => ((row * 7 + column * 13 + channel * 5) % 11) - 4);
const noisyKernel = (size: number, seed: number) =>
  Array.from({ length: size * size }, (_, i) => ((i * 5 + seed * 3) % 7) - 3);

const slidings: readonly Sliding[] = [
  { stride: 1, dilation: 1, padding: 0 },
  { stride: 2, dilation: 1, padding: 1 },
  { stride: 1, dilation: 2, padding: "same" },
  { stride: 3, dilation: 1, padding: "same" },
  { stride: 2, dilation: 2, padding: 3 },
];

describe("the sums that the convolution page shows", () => {
  it.each(slidings)("are the library's convolution, at every place: %o", async (sliding) => {
    for (const size of [1, 2, 3]) {
      for (const flip of [false, true]) {
        for (const each of [false, true]) {
          const picture = noise(3, 7, 6);
          const slices = [1, 2, 3].map((seed) => noisyKernel(size, seed));
          const result = await convolve({ picture, slices, sliding, flip, each });
          const axes = [axisOf(7, size, sliding), axisOf(6, size, sliding)] as const;
          expect([result.height, result.width]).toEqual(axes.map(({ output }) => output));
          const laid = flip ? slices.map(flipped) : slices;
          const sums = Array.from({ length: result.height * result.width }, (_, i) =>
            sumsAt(picture, laid, axes, [Math.floor(i / result.width), i % result.width]).map(
              ({ sum }) => sum,
            ),
          );
          const expected = each
            ? [0, 1, 2].flatMap((channel) => sums.map((one) => one[channel]))
            : sums.map((one) => one.reduce((a, b) => a + b));
          // Sums of zeros may be -0.
          expect(Array.from(result.data, (value) => value + 0)).toEqual(expected);
        }
      }
    }
  });

  it("say which products are of padding", () => {
    const axis = axisOf(3, 3, { stride: 1, dilation: 1, padding: 1 });
    const [channel] = sumsAt(noise(1, 3, 3), [noisyKernel(3, 1)], [axis, axis], [0, 0]);
    expect(channel!.terms.map(({ inside }) => inside)).toEqual([0, 0, 0, 0, 1, 1, 0, 1, 1].map(Boolean));
    expect(channel!.terms[0]).toMatchObject({ row: -1, column: -1, product: 0 });
  });

  it("gives the lecture's numbers for the lecture's example", async () => {
    const [lecture] = pictures;
    const { data } = await convolve({
      picture: lecture!.make(),
      slices: [plainKernels["lecture-3"]!],
      sliding: slidings[0]!,
      flip: false,
      each: false,
    });
    expect(Array.from(data).join("")).toBe("3223120210221003100010000");
  });

  it("says when a kernel does not fit", () => {
    const axis = axisOf(7, 3, { stride: 1, dilation: 4, padding: 0 });
    expect(misfit(axis)).toMatch("covers 9 numbers in a row, but the input has only 7");
    expect(misfit({ ...axis, output: 1 })).toBeUndefined();
  });
});

describe("the Toeplitz matrix of the convolution page", () => {
  it.each(slidings)("does what the convolution does: %o", async (sliding) => {
    const picture = noise(3, 6, 5);
    for (const each of [false, true]) {
      const slide = {
        picture,
        slices: [1, 2, 3].map((seed) => noisyKernel(2, seed)),
        sliding,
        flip: true,
        each,
      };
      const { rows, columns, values, product, difference } = await toeplitz(slide);
      const answer = await convolve(slide);
      const byHand = Array.from({ length: rows }, (_, row) =>
        picture.data.reduce((sum, x, column) => sum + x * values[row * columns + column]!, 0),
      );
      expect(byHand).toEqual(Array.from(answer.data));
      expect(Array.from(product)).toEqual(byHand);
      expect(difference).toBe(0);
    }
  });
});

describe("kernels", () => {
  it("are those of the library by name and size, and all have titles", async () => {
    const table = { ...plainKernels, ...(await presets()) };
    expect(table["sobelX-3"]).toEqual(Array.from(await inspect.kernels.sobel("x").data()));
    for (const key of Object.keys(table)) {
      expect(presetTitles[key.slice(0, key.lastIndexOf("-"))], key).toBeDefined();
      expect(Math.sqrt(table[key]!.length)).toBe(Number(key.slice(key.lastIndexOf("-") + 1)));
    }
    for (const name of Object.keys(presetTitles))
      expect(sizesOf(name, table).length, name).toBeGreaterThan(0);
    expect(presetKernel("gaussian", 2, table)?.size).toBe(3);
  });

  it("come back from an address as they went in", () => {
    const own = {
      preset: "",
      size: 2,
      slices: [
        [1, -0.5, 0, 3],
        [0, 0, 0, 0],
        [9, 9, 9, 0.125],
      ],
    };
    const kernels = [...readKernels("emboss-3", plainKernels), own];
    expect(readKernels(writeKernels(kernels), plainKernels)).toEqual(kernels);
  });

  it("leave out what cannot be read", () => {
    expect(readKernels("nothing-3~1,2,3~1,x,3,4~7", plainKernels)).toEqual([
      { preset: "", size: 1, slices: [[7]] },
    ]);
  });

  it("keep their middle in another size", () => {
    const three = { preset: "", size: 3, slices: [[1, 2, 3, 4, 5, 6, 7, 8, 9]] };
    const five = resized(three, 5);
    expect(five.slices[0]![12]).toBe(5);
    expect(resized(five, 3)).toEqual(three);
    expect(resized(three, 1).slices).toEqual([[5]]);
  });

  it("are normalized to the sum 1, or to absolute values of 1, and zeros stay", () => {
    const one = (slice: number[]) => normalized({ preset: "", size: 2, slices: [slice] }).slices[0];
    expect(one([1, 2, 3, 4])).toEqual([0.1, 0.2, 0.3, 0.4]);
    expect(one([1, -1, 2, -2])).toEqual([1 / 6, -1 / 6, 1 / 3, -1 / 3]);
    expect(one([0, 0, 0, 0])).toEqual([0, 0, 0, 0]);
  });

  it("change one number, and have numbers for every channel", () => {
    const kernel = edited({ preset: "box", size: 1, slices: [[1], [2], [3]] }, 1, 0, 7);
    expect(kernel).toEqual({ preset: "", size: 1, slices: [[1], [7], [3]] });
    expect(slicesFor(kernel, 1)).toEqual([[1]]);
    expect(slicesFor({ ...kernel, slices: [[4]] }, 3)).toEqual([[4], [4], [4]]);
  });
});

describe("pictures", () => {
  it("lie between 0 and 1, but for the grids of whole numbers", () => {
    for (const { id, make } of pictures) {
      const picture = make();
      expect(picture.data.length, id).toBe(picture.channels * picture.height * picture.width);
      const good = (value: number) => (isGrid(picture) ? Number.isInteger(value) : value >= 0 && value <= 1);
      expect(picture.data.every(good), id).toBe(true);
    }
  });

  it("come back from an address as they went in", () => {
    const grid = { ...noise(3, 4, 5), data: noise(3, 4, 5).data.map((value) => value / 8) };
    expect(readGrid(writeGrid(grid))).toEqual(grid);
  });

  it.each(["", "1,2_3", "1,x", "1~2", Array(13).fill(1).join(",")])("are not made of %j", (text) => {
    expect(readGrid(text)).toBeUndefined();
  });

  it("are laid on white, and become grey as the eye sees them", () => {
    const picture = fromPixels({
      height: 1,
      width: 2,
      channels: 4,
      data: Uint8ClampedArray.of(255, 0, 0, 255, 0, 0, 0, 0),
    });
    expect(Array.from(picture.data)).toEqual([1, 1, 0, 1, 0, 1]);
    expect(Array.from(toGrey(picture).data)).toEqual([Math.fround(0.299), 1]);
  });

  it("take numbers with a point or a comma", () => {
    expect([" 1.5", "1,5", "-2", "", "x"].map(readNumber)).toEqual([1.5, 1.5, -2, Number.NaN, Number.NaN]);
  });
});

describe("chains", () => {
  const layer = (size: number, rest: Partial<ChainLayer> = {}): ChainLayer => ({
    kind: "convolution",
    size,
    stride: 1,
    padding: 0,
    dilation: 1,
    preset: "box",
    ...rest,
  });
  const mixed = [
    layer(3, { padding: 2, dilation: 2 }),
    layer(2, { kind: "average", stride: 2, preset: "" }),
    layer(3, { stride: 2, padding: 1 }),
  ];

  it("grow the receptive field as in the lecture", () => {
    const field = (title: string) => {
      const { layers } = chains.find((one) => one.title === title)!;
      return stages(layers, 64).map((stage) => stage.field);
    };
    expect(field("three 3 x 3")).toEqual([1, 3, 5, 7]);
    expect(field("dilated 1, 2, 4, 8")).toEqual([1, 3, 7, 15, 31]);
    expect(field("convolve and pool, twice")).toEqual([1, 3, 4, 8, 10]);
    expect(stages(mixed, 20).at(-1)).toEqual({ output: 5, field: 10, jump: 4, start: -4 });
  });

  it("see what the library says that they see, at the borders too", async () => {
    const picture = noise(1, 20, 17);
    const kernels = mixed.map(({ kind, size }) => (kind === "convolution" ? noisyKernel(size, 1) : []));
    const [down, right] = [stages(mixed, 20).at(-1)!, stages(mixed, 17).at(-1)!];
    for (const unit of [
      [0, 0],
      [2, 3],
      [down.output - 1, right.output - 1],
    ] as const) {
      const { rows, columns, outputs } = await chain({ picture, layers: mixed, kernels, unit });
      const ends = (seen: number[]) => [seen[0], seen.at(-1)! + 1];
      expect(rows).toEqual(ends(seenBy(mixed, 20, unit[0])[0]!));
      expect(columns).toEqual(ends(seenBy(mixed, 17, unit[1])[0]!));
      expect(outputs.map(({ height }) => height)).toEqual(
        stages(mixed, 20)
          .slice(1)
          .map(({ output }) => output),
      );
    }
  });

  it("of linear layers are one kernel", async () => {
    const picture = noise(1, 24, 24);
    const kernels = mixed.map(({ kind, size }) => (kind === "convolution" ? noisyKernel(size, 2) : []));
    const { equivalent } = await chain({ picture, layers: mixed, kernels, unit: [0, 0] });
    expect(equivalent!.size).toBe(10);
    expect(equivalent!.difference).toBeLessThan(1e-4);
    const three = Array.from({ length: 3 }, () => layer(3));
    const ones = await chain({
      picture,
      layers: three,
      kernels: three.map(() => Array(9).fill(1)),
      unit: [0, 0],
    });
    const line = [1, 3, 6, 7, 6, 3, 1];
    expect(ones.equivalent!.values).toEqual(line.flatMap((a) => line.map((b) => a * b)));
  });

  it("with a maximum are not", async () => {
    const layers = [layer(3), layer(2, { kind: "maximum", stride: 2, preset: "" })];
    expect(isLinear(layers)).toBe(false);
    const answer = await chain({
      picture: noise(1, 8, 8),
      layers,
      kernels: [noisyKernel(3, 1), []],
      unit: [0, 0],
    });
    expect(answer.equivalent).toBeUndefined();
    const model = nn.sequential([nn.maxPool2d(2)]);
    model.build([1, 6, 6]);
    const before = answer.outputs[0]!;
    const pooled = await model.forward(tensor(before.data, { shape: [1, 1, 6, 6] })).data();
    expect(Array.from(answer.outputs[1]!.data)).toEqual(Array.from(pooled));
  });

  it("come back from an address as they went in, without what cannot be read", () => {
    expect(readChain(writeChain(mixed))).toEqual(mixed);
    expect(readChain("q.3.1.0.1.box~c.9.1.0.1.box~c.3~a.2.2.0.1.")).toEqual([
      { kind: "average", size: 2, stride: 2, padding: 0, dilation: 1, preset: "" },
    ]);
  });
});
