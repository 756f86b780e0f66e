import { describe, expect, it } from "vitest";
import { compile, inspect, nn, type Tensor } from "../../src/index.js";
import { expectClose } from "../support/close.js";
import { fixture, fixtureImages, fixtureModel } from "./attribution-fixture.js";

const model = fixtureModel();

describe("gradCam", () => {
  it.each(fixture.maps)("is PyTorch's, for class $of and layer $path", async ({ of, path, ...expected }) => {
    const run = compile((x: Tensor) => ({
      small: inspect.gradCam(model, x, { of, path }),
      large: inspect.gradCam(model, x, { of, path, upsample: true }),
    }));
    const { small, large } = run(fixtureImages);
    expectClose(await small.data(), expected.gradCam, 1e-5);
    expect(large.shape).toEqual([2, 1, 12, 12]);
    expectClose(await large.data(), expected.upsampled, 1e-5);
  });

  it("says what does not fit", () => {
    expect(() => inspect.gradCam(model, fixtureImages, { path: "8" })).toThrow(/"8" is \[2, 3\].*positions/);
    expect(() => inspect.gradCam(model, fixtureImages, { path: "3", of: -1 })).toThrow(/no class -1/);
    expect(() => inspect.gradCam(model, fixtureImages, { path: "x" })).toThrow(/no layer "x"/);
  });
});

describe("classActivationMap", () => {
  it.each(fixture.maps)("is the dense layer's weights on the last maps: class $of", async ({ of, cam }) => {
    const found = compile((x: Tensor) => inspect.classActivationMap(model, x, { of }))(fixtureImages);
    expect(found.shape).toEqual([2, 1, 4, 4]);
    expectClose(await found.data(), cam, 1e-5);
  });

  it("adds up to the score of the class that the model sees, less the bias", async () => {
    const map = inspect.classActivationMap(model, fixtureImages);
    const scores = (await model.forward(fixtureImages).array()) as number[][];
    const means = (await map.mean([1, 2, 3]).array()) as number[];
    for (const [i, mean] of means.entries()) {
      const best = scores[i]!.indexOf(Math.max(...scores[i]!));
      expect(mean).toBeCloseTo(scores[i]![best]! - fixture.parameters["8.bias"]![best]!, 4);
    }
  });

  it("is refused where the ending is not linear, or nothing has positions", () => {
    const deep = nn.sequential([nn.conv2d(2, 3), nn.flatten(), nn.dense(4), nn.relu(), nn.dense(3)]);
    deep.build([2, 12, 12]);
    expect(() => inspect.classActivationMap(deep, fixtureImages)).toThrow(/not linear.*"0".*gradCam/);
    const flat = nn.sequential([nn.flatten(), nn.dense(3)]);
    flat.build([2, 12, 12]);
    expect(() => inspect.classActivationMap(flat, fixtureImages)).toThrow(/no layer's output has positions/);
  });
});
