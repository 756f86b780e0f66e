import { expect, it } from "vitest";
import example from "../../examples/regularization.js";
import { runExample } from "./support.js";

it("a network that knows few digits by heart errs on others, and augmentation narrows the gap most", async () => {
  const { values, files, pixels, measured } = await runExample(example);
  const { methods } = values as {
    methods: { name: string; training: number; test: number; loss: number }[];
  };
  expect(methods.map(({ name }) => name)).toEqual([
    "nothing",
    "weight decay",
    "dropout",
    "spatial dropout",
    "early stopping",
    "shifts, elastic",
    "all but stopping",
  ]);
  const of = (name: string) => methods.find((method) => method.name === name)!;
  const none = of("nothing");
  const gap = ({ training, test }: typeof none) => training - test;
  expect(none.training).toBeGreaterThan(0.99);
  expect(gap(none)).toBeGreaterThan(0.12);
  expect(of("shifts, elastic").test).toBeGreaterThan(none.test + 0.03);
  expect(gap(of("shifts, elastic"))).toBeLessThan(0.7 * gap(none));
  for (const name of ["weight decay", "dropout", "early stopping", "shifts, elastic", "all but stopping"]) {
    expect(of(name).loss, name).toBeLessThan(none.loss);
  }
  expect(of("early stopping").training).toBeLessThan(1);
  expect(measured).toContain(`${(100 * none.test).toFixed(1)}%`);

  expect(files).toEqual(["accuracy.svg", "augmented.png"]);
  const { width, channels, data } = pixels("augmented.png");
  // The first digit as it is, and in the first pass: neither blank, nor the same.
  const cell = (top: number) =>
    Array.from(
      { length: 56 * 56 },
      (_, i) => data[((top + Math.floor(i / 56)) * width + 2 + (i % 56)) * channels]!,
    );
  const [original, changed] = [cell(2), cell(2 + 58)];
  const ink = (image: readonly number[]) => image.filter((value) => value > 128).length;
  expect(ink(original)).toBeGreaterThan(100);
  expect(ink(changed) / ink(original)).toBeGreaterThan(0.5);
  expect(ink(changed) / ink(original)).toBeLessThan(2);
  expect(changed.filter((value, i) => Math.abs(value - original[i]!) > 100).length).toBeGreaterThan(50);
});
