import { describe, expect, it } from "vitest";
import { stratifiedSplit } from "../../src/data/split.js";

/** Classes of very different sizes, mixed. */
const counts = [400, 37, 5, 1, 0, 203];
const labels = counts
  .flatMap((count, label) => Array.from({ length: count }, (_, i) => ({ label, place: (i + 0.5) / count })))
  .sort((a, b) => a.place - b.place)
  .map(({ label }) => label);

const ofClass = (indices: Iterable<number>, label: number) => [...indices].filter((i) => labels[i] === label);

describe("stratifiedSplit", () => {
  it("puts every example on exactly one side, in ascending order", () => {
    const { train, test } = stratifiedSplit(labels, counts.length, 0.2, 1);
    expect([...train, ...test].sort((a, b) => a - b)).toEqual(labels.map((_, i) => i));
    for (const side of [train, test]) expect([...side]).toEqual([...side].sort((a, b) => a - b));
  });

  it.each([0, 0.1, 0.2, 1 / 3, 0.5, 0.97, 1])(
    "gives each class its share of a test fraction of %d",
    (fraction) => {
      const { test } = stratifiedSplit(labels, counts.length, fraction, 3);
      expect(test).toHaveLength(Math.round(fraction * labels.length));
      counts.forEach((count, label) => {
        const share = ofClass(test, label).length;
        expect(Math.abs(share - fraction * count)).toBeLessThan(1);
      });
    },
  );

  it("depends on the seed alone", () => {
    const split = (seed: number) => [...stratifiedSplit(labels, counts.length, 0.2, seed).test];
    expect(split(1)).toEqual(split(1));
    expect(split(1)).not.toEqual(split(2));
    expect(split(1)).not.toEqual(split(2 ** 32 + 1));
  });

  it("draws within a class uniformly", () => {
    const rounds = 400;
    const chosen = new Array<number>(20).fill(0);
    for (let seed = 0; seed < rounds; seed++) {
      for (const i of stratifiedSplit(new Uint8Array(20), 1, 0.25, seed).test) chosen[i]! += 1;
    }
    // Mean 100, standard deviation 8.7.
    expect(Math.min(...chosen)).toBeGreaterThan(60);
    expect(Math.max(...chosen)).toBeLessThan(140);
  });

  it("chooses from one class whatever the others hold", () => {
    const alone = stratifiedSplit(new Uint8Array(400), 1, 0.2, 5).test;
    const members = ofClass(labels.keys(), 0);
    const mixed = ofClass(stratifiedSplit(labels, counts.length, 0.2, 5).test, 0).map((i) =>
      members.indexOf(i),
    );
    expect(mixed).toEqual([...alone]);
  });

  it("handles no examples, and says what it cannot use", () => {
    expect(stratifiedSplit([], 3, 0.5, 1)).toEqual({ train: new Uint32Array(), test: new Uint32Array() });
    expect(() => stratifiedSplit([0, 1, 3], 3, 0.5, 1)).toThrow(
      /label 3 at index 2, but there are 3 classes/,
    );
    for (const fraction of [-0.1, 1.1, Number.NaN]) {
      expect(() => stratifiedSplit([0], 1, fraction, 1)).toThrow(`testFraction is ${fraction}`);
    }
  });
});
