import { expect, it } from "vitest";
import hiddenFeatures from "../../examples/hidden-features.js";
import { runExample, sharedData } from "./support.js";

type Rows = { count: number; accuracies: Record<string, number> }[];

it("a hidden layer beats raw pixels on letters and on unseen digits, with few labels", async () => {
  const { values, measured, files, pixels } = await runExample(hiddenFeatures);
  const { other, unseenDigits, digitAccuracy } = values as {
    other: Rows;
    unseenDigits: Rows;
    digitAccuracy: number;
  };
  expect(digitAccuracy).toBeGreaterThan(0.85);
  for (const rows of [other, unseenDigits]) expect(rows.map(({ count }) => count)).toEqual([1, 5, 20]);
  for (const { accuracies } of other) {
    expect(accuracies["after the second pooling"]).toBeGreaterThan(accuracies["raw pixels"]! + 0.1);
    expect(accuracies["after the second pooling"]).toBeGreaterThan(accuracies["dense layer"]!);
  }
  for (const { accuracies } of unseenDigits) {
    expect(accuracies["after the second pooling"]).toBeGreaterThan(accuracies["raw pixels"]! + 0.02);
  }
  expect(files).toEqual(expect.arrayContaining(["digits-5-to-9.svg", "letters.png", "letters.svg"]));
  expect(new Set(Array.from(pixels("letters.png").data)).size).toBeGreaterThan(30);
  expect(measured).toContain("with 5 labels a class");
});

const mnist = sharedData("mnist");
it.skipIf(mnist === undefined)("takes files in MNIST's format instead of letters", async () => {
  const { values, files } = await runExample(hiddenFeatures, { data: mnist!, options: { other: "files" } });
  expect((values.other as Rows)[1]!.accuracies["after the second pooling"]).toBeGreaterThan(0.6);
  expect(files).not.toContain("letters.png");
});
