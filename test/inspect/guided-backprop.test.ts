import { describe, expect, it } from "vitest";
import { compile, inspect, nn, type Tensor, tensor } from "../../src/index.js";
import { RandomStream } from "../../src/random/stream.js";
import { expectClose } from "../support/close.js";
import { fixture, fixtureImages, fixtureModel } from "./attribution-fixture.js";

const kinds = ["guidedBackprop", "deconvnet"] as const;
type Kind = (typeof kinds)[number];

describe.each(kinds)("%s", (kind) => {
  it.each(fixture.units)("is what PyTorch's hooks give: $unit", async (expected) => {
    const model = fixtureModel();
    const found = compile((x: Tensor) => inspect[kind](model, x, expected.unit))(fixtureImages);
    expectClose(await found.data(), expected[kind], 1e-5);
    expect(expected[kind]).not.toEqual(expected.saliency);
  });

  it("is what plain loops give, with dead ReLUs, switches and a hidden layer", async () => {
    for (const seed of [1, 2, 3]) {
      const stream = new RandomStream(seed);
      const model = nn.sequential([
        nn.sequential([nn.conv2d(2, 3), nn.relu(), nn.maxPool2d(2)]),
        nn.flatten(),
        nn.sequential([nn.dense(5), nn.relu()]),
        nn.dense(3),
      ]);
      model.build([1, 6, 6], { seed });
      const weights: Record<string, Float32Array> = {};
      for (const [path, variable] of model.variables()) {
        weights[path] = Float32Array.from({ length: variable.size }, () => stream.normal());
        variable.write(weights[path]);
      }
      const image = Float32Array.from({ length: 36 }, () => stream.normal());
      for (const of of [0, 1, 2]) {
        const found = inspect[kind](model, tensor(image, { shape: [1, 1, 6, 6] }), { channel: of });
        expectClose(await found.data(), byLoops(kind, weights, image, of), 1e-5);
      }
    }
  });
});

/** The signal of class `of`, backwards through dense, ReLU, dense, pooling by 2, ReLU and a 3 x 3 convolution, in float64. */
function byLoops(
  kind: Kind,
  weights: Record<string, Float32Array>,
  image: Float32Array,
  of: number,
): number[] {
  const [kernel, offset] = [weights["0.0.weight"]!, weights["0.0.bias"]!];
  const [first, bias] = [weights["2.0.weight"]!, weights["2.0.bias"]!];
  const back = (signal: number, x: number) => Math.max(0, signal) * (kind === "deconvnet" || x > 0 ? 1 : 0);
  const convolved = Array.from({ length: 32 }, (_, at) => {
    const [channel, y, x] = [at >> 4, (at >> 2) & 3, at & 3];
    let sum = offset[channel]!;
    for (let i = 0; i < 9; i++) {
      sum += kernel[9 * channel + i]! * image[6 * (y + Math.floor(i / 3)) + x + (i % 3)]!;
    }
    return sum;
  });
  const switches = Array.from({ length: 8 }, (_, at) => {
    const corner = 16 * (at >> 2) + 8 * ((at >> 1) & 1) + 2 * (at & 1);
    const window = [corner, corner + 1, corner + 4, corner + 5];
    const best = Math.max(...window.map((i) => Math.max(0, convolved[i]!)));
    return window.find((i) => Math.max(0, convolved[i]!) === best)!;
  });
  const hidden = Array.from({ length: 5 }, (_, unit) =>
    switches.reduce((sum, at, i) => sum + first[8 * unit + i]! * Math.max(0, convolved[at]!), bias[unit]!),
  );
  const atHidden = hidden.map((x, unit) => back(weights["3.weight"]![5 * of + unit]!, x));
  const atConvolved = new Array<number>(32).fill(0);
  switches.forEach((at, i) => {
    atConvolved[at]! += atHidden.reduce((sum, signal, unit) => sum + signal * first[8 * unit + i]!, 0);
  });
  const atImage = new Array<number>(36).fill(0);
  convolved.forEach((value, at) => {
    const signal = back(atConvolved[at]!, value);
    for (let i = 0; i < 9; i++) {
      atImage[6 * (((at >> 2) & 3) + Math.floor(i / 3)) + (at & 3) + (i % 3)]! +=
        signal * kernel[9 * (at >> 4) + i]!;
    }
  });
  return atImage;
}

describe("the unit", () => {
  const model = fixtureModel();

  it("may be another one for each image", async () => {
    const each = await inspect
      .guidedBackprop(model, fixtureImages, { path: "4", channel: tensor([2, 0], { dtype: "int32" }) })
      .data();
    for (const [image, channel] of [2, 0].entries()) {
      const all = await inspect.guidedBackprop(model, fixtureImages, { path: "4", channel }).data();
      expect(each.slice(288 * image, 288 * (image + 1))).toEqual(all.slice(288 * image, 288 * (image + 1)));
    }
  });

  it("is the first of equals", async () => {
    const flat = nn.sequential([nn.conv2d(1, 1, { initializer: nn.init.ones }), nn.relu()]);
    flat.build([1, 2, 3]);
    const image = tensor([1, 3, 2, 3, 1, 3], { shape: [1, 1, 2, 3] });
    expect(Array.from(await inspect.deconvnet(flat, image).data())).toEqual([0, 1, 0, 0, 0, 0]);
  });

  it("must exist", () => {
    const look = (unit: inspect.UnitSelection) => inspect.guidedBackprop(model, fixtureImages, unit);
    expect(() => look({ path: "9" })).toThrow(/guidedBackprop.*no layer "9"/);
    expect(() => look({ channel: 3 })).toThrow(/unit \[3\].*\[3\]/);
    expect(() => look({ path: "4", channel: 1, position: [4, 0] })).toThrow(/unit \[1, 4, 0\].*\[5, 4, 4\]/);
    expect(() => look({ path: "4", position: [1] })).toThrow(/unit \[0, 1\]/);
    expect(() => look({ channel: tensor([1, 1]) })).toThrow(/int32\[2\]/);
  });
});
