import { expect, it } from "vitest";
import receptiveFields from "../../examples/receptive-fields.js";
import { runExample } from "./support.js";

interface Values {
  stacks: { name: string; side: number; weights: number }[];
  growth: { plain: number[]; dilated: number[] };
  effective: { layers: number[]; widths: number[]; power: number };
  trained: { exact: number; before: number; after: number; accuracy: number };
}

it("fields grow as the lecture says", async () => {
  const { values, files, pixels, measured } = await runExample(receptiveFields);
  const { stacks, growth, effective, trained } = values as unknown as Values;
  const of = (name: string) => stacks.find((stack) => stack.name === name)!;
  expect(of("two 3x3")).toEqual({ name: "two 3x3", side: 5, weights: 2 * 9 * 16 * 16 });
  expect(of("one 5x5")).toEqual({ name: "one 5x5", side: 5, weights: 25 * 16 * 16 });
  expect(of("5x1, then 1x5")).toEqual({ name: "5x1, then 1x5", side: 5, weights: 10 * 16 * 16 });
  expect(of("four 3x3, dilated 1, 2, 4, 8").side).toBe(31);
  expect(growth.plain).toEqual([3, 5, 7, 9, 11]);
  expect(growth.dilated).toEqual([3, 7, 15, 31, 63]);
  expect(effective.power).toBeGreaterThan(0.4);
  expect(effective.power).toBeLessThan(0.75);
  expect(trained.exact).toBe(23);
  for (const size of [trained.before, trained.after]) {
    expect(size).toBeGreaterThan(5);
    expect(size).toBeLessThanOrEqual(23);
  }
  expect(files).toEqual(expect.arrayContaining(["effective-fields.png", "effective.svg", "growth.svg"]));
  const picture = pixels("effective-fields.png");
  expect(picture.channels).toBe(3);
  expect(new Set(Array.from(picture.data)).size).toBeGreaterThan(50);
  expect(measured).toContain(`power ${effective.power.toFixed(2)}`);
});
