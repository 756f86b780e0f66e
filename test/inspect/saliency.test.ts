import { describe, expect, it } from "vitest";
import { compile, inspect, nn, type Tensor, tensor } from "../../src/index.js";
import { RandomStream } from "../../src/random/stream.js";
import { expectClose } from "../support/close.js";
import { fixture, fixtureImages, fixtureModel } from "./attribution-fixture.js";

const stream = new RandomStream(11);
const images = tensor(
  Float32Array.from({ length: 2 * 2 * 25 }, () => stream.normal()),
  { shape: [2, 2, 5, 5] },
);
const model = nn.sequential([nn.conv2d(3, 3), nn.tanh(), nn.flatten(), nn.dense(4)]);
model.build([2, 5, 5], { seed: 3 });

describe("saliency", () => {
  it("is the derivative of the class's score, by finite differences", async () => {
    const classes = [2, 0];
    const found = await inspect.saliency(model, images, { of: tensor(classes, { dtype: "int32" }) }).data();
    const values = await images.data();
    const score = compile((x: Tensor) => model.forward(x));
    const step = 2 ** -6;
    for (let i = 0; i < values.length; i += 7) {
      const at = async (change: number) => {
        const moved = Float32Array.from(values);
        moved[i]! += change;
        const image = Math.floor(i / 50);
        return (await score(tensor(moved, { shape: images.shape })).data())[4 * image + classes[image]!]!;
      };
      expect(found[i]).toBeCloseTo(((await at(step)) - (await at(-step))) / (2 * step), 3);
    }
  });

  it("is PyTorch's, for the class that the model sees", async () => {
    const found = compile((x: Tensor) => inspect.saliency(fixtureModel(), x))(fixtureImages);
    expect(found.shape).toEqual([2, 2, 12, 12]);
    expectClose(await found.data(), fixture.units[0]!.saliency, 1e-5);
  });

  it("takes the image in, and the greatest of the channels", async () => {
    const plain = inspect.saliency(model, images, { of: 1 });
    const timesInput = inspect.saliency(model, images, { of: 1, timesInput: true, channels: "maximum" });
    expect(timesInput.shape).toEqual([2, 1, 5, 5]);
    const [gradients, values] = await Promise.all([plain.data(), images.data()]);
    const product = gradients.map((gradient, i) => Math.abs(gradient * values[i]!));
    const greatest = Array.from({ length: 50 }, (_, i) => {
      const first = 50 * Math.floor(i / 25) + (i % 25);
      return Math.max(product[first]!, product[first + 25]!);
    });
    expectClose(await timesInput.data(), greatest, 1e-6);
  });

  it("smoothed is the mean over noisy copies, the same each time and other for other seeds", async () => {
    const smooth = (samples: number, deviation: number, seed = 0) =>
      inspect.saliency(model, images, { smooth: { samples, deviation, seed } }).data();
    const plain = await inspect.saliency(model, images).data();
    expectClose(await smooth(3, 0), plain, 1e-6);
    const run = compile((x: Tensor) =>
      inspect.saliency(model, x, { smooth: { samples: 5, deviation: 0.3 } }),
    );
    const [first, second] = [await run(images).data(), await run(images).data()];
    expect(first).toEqual(second);
    expect(await smooth(5, 0.3, 1)).not.toEqual(first);
    // The mean of the same linear function is the function: the noise averages to what it is.
    const linear = nn.sequential([nn.flatten(), nn.dense(2)]);
    linear.build([2, 5, 5], { seed: 1 });
    const flat = await inspect
      .saliency(linear, images, { of: 1, smooth: { samples: 4, deviation: 1 } })
      .data();
    expectClose(flat, await inspect.saliency(linear, images, { of: 1 }).data(), 1e-6);
    // More copies come nearer to the expectation than few.
    const many = Array.from(await smooth(256, 0.3, 7));
    const off = (x: ArrayLike<number>) => many.reduce((sum, value, i) => sum + (value - x[i]!) ** 2, 0);
    expect(off(await smooth(64, 0.3, 5))).toBeLessThan(off(await smooth(1, 0.3, 5)));
  });

  it("says what does not fit", () => {
    expect(() => inspect.saliency(model, images, { of: 4 })).toThrow(/no class 4.*0 to 3/);
    expect(() => inspect.saliency(model, images, { of: tensor([1, 2]) })).toThrow(/float32\[2\].*int32\[2\]/);
    const smooth = { samples: 0, deviation: 1 };
    expect(() => inspect.saliency(model, images, { smooth })).toThrow(/samples is 0/);
    expect(() => inspect.saliency(model, images, { smooth: { samples: 1, deviation: -1 } })).toThrow(
      /deviation is -1/,
    );
    const maps = nn.sequential([nn.conv2d(3, 3)]);
    maps.build([2, 5, 5]);
    expect(() => inspect.saliency(maps, images)).toThrow(/\[2, 3, 3, 3\].*\[N, classes\]/);
  });
});
