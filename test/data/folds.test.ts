import { describe, expect, it } from "vitest";
import { stratifiedFolds } from "../../src/data/folds.js";

const counts = [30, 7, 2, 0, 12];
const labels = counts.flatMap((count, label) => Array.from({ length: count }, () => label));

describe("stratifiedFolds", () => {
  it.each([2, 3, 5, 51])("tests on every example once with %d folds, and trains on the others", (folds) => {
    const splits = stratifiedFolds(labels, counts.length, folds, 1);
    expect(splits).toHaveLength(folds);
    expect(splits.flatMap(({ test }) => [...test]).sort((a, b) => a - b)).toEqual(labels.map((_, i) => i));
    for (const { train, test } of splits) {
      expect([...train, ...test].sort((a, b) => a - b)).toEqual(labels.map((_, i) => i));
    }
  });

  it("gives each part its share of the examples and of each class, to within one", () => {
    for (const { test } of stratifiedFolds(labels, counts.length, 4, 3)) {
      expect(Math.abs(test.length - labels.length / 4)).toBeLessThan(1);
      counts.forEach((count, label) => {
        const share = [...test].filter((i) => labels[i] === label).length;
        expect(Math.abs(share - count / 4)).toBeLessThan(1);
      });
    }
  });

  it("depends on the seed alone", () => {
    const first = (seed: number) => [...stratifiedFolds(labels, counts.length, 3, seed)[0]!.test];
    expect(first(1)).toEqual(first(1));
    expect(first(1)).not.toEqual(first(2));
  });

  it("refuses numbers of folds that do not fit, and labels that are no class", () => {
    expect(() => stratifiedFolds(labels, 5, 1, 1)).toThrow("folds is 1; it must be an integer from 2 to 51");
    expect(() => stratifiedFolds([0, 1], 2, 3, 1)).toThrow("folds is 3");
    expect(() => stratifiedFolds([0, 7], 2, 2, 1)).toThrow("label 7 at index 1, but there are 2 classes");
  });
});
