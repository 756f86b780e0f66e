import { describe, expect, it } from "vitest";
import { expectAsFixture } from "../support/layer-fixture.js";
import { fixtures, layers } from "./layer-cases.js";

describe("layers agree with PyTorch", () => {
  it("has a layer for every fixture", () => {
    expect(Object.keys(layers).sort()).toEqual(fixtures.map(({ name }) => name).sort());
  });

  it.each(fixtures)("$name", (fixture) => {
    const own = (path: string) => (fixture.name === "conv2dUnequalPadding" ? path.replace("1.", "") : path);
    expectAsFixture(layers[fixture.name]!(), fixture, own);
  });
});
