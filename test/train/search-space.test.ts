import { describe, expect, expectTypeOf, it } from "vitest";
import { choice, grid, integer, logUniform, sample, uniform } from "../../src/train/search-space.js";

describe("grid", () => {
  it("lists every combination, the last name fastest", () => {
    const candidates = grid({ units: choice(8, 16), activation: choice("relu", "tanh"), bias: choice(true) });
    expectTypeOf(candidates[0]!.activation).toEqualTypeOf<"relu" | "tanh">();
    expect(candidates).toEqual([
      { units: 8, activation: "relu", bias: true },
      { units: 8, activation: "tanh", bias: true },
      { units: 16, activation: "relu", bias: true },
      { units: 16, activation: "tanh", bias: true },
    ]);
  });
});

describe("sample", () => {
  const space = { rate: logUniform(1e-4, 1e-1), decay: uniform(0, 2), layers: integer(1, 3) };
  const many = sample(space, 3000, 1);
  const share = (test: (settings: (typeof many)[number]) => boolean) =>
    many.filter(test).length / many.length;

  it("stays within the ranges and covers them evenly", () => {
    expect(share(({ rate }) => rate >= 1e-4 && rate <= 1e-1)).toBe(1);
    // A third for each order of magnitude.
    expect(share(({ rate }) => rate < 1e-3)).toBeCloseTo(1 / 3, 1);
    expect(share(({ rate }) => rate > 1e-2)).toBeCloseTo(1 / 3, 1);
    expect(share(({ decay }) => decay < 0.5)).toBeCloseTo(1 / 4, 1);
    for (const layers of [1, 2, 3]) expect(share((one) => one.layers === layers)).toBeCloseTo(1 / 3, 1);
  });

  it("keeps the first combinations when more are asked for, and depends on the seed", () => {
    expect(sample(space, 5, 1)).toEqual(many.slice(0, 5));
    expect(sample(space, 5, 2)).not.toEqual(many.slice(0, 5));
  });
});

it("refuses ranges that are none", () => {
  expect(() => logUniform(0, 1)).toThrow("low is 0; it must be above 0");
  expect(() => uniform(2, 1)).toThrow("from 2 to 1");
  expect(() => uniform(0, Number.POSITIVE_INFINITY)).toThrow("must be finite");
  expect(() => integer(0.5, 2)).toThrow("both must be integers");
  expect(() => choice()).toThrow("at least one value");
});
