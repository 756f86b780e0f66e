import { describe, expect, it } from "vitest";
import { Generator } from "../../src/random/generator.js";
import { RandomStream } from "../../src/random/stream.js";
import { threefry2x32 } from "../../src/random/threefry.js";
import { Stepper } from "../support/stepper.js";

const count = 20_000;

function moment(values: Float64Array, power: number): number {
  return values.reduce((sum, value) => sum + value ** power, 0) / values.length;
}

describe("Generator", () => {
  it("draws the words of Threefry that its state names, and counts draws", () => {
    const generator = new Generator(5, 2);
    const stepper = new Stepper();
    const [key0, key1, draws] = stepper.get(generator.state);
    expect(draws).toBe(0);
    for (const draw of [0, 1]) {
      const [bits] = stepper.run(() => [generator.bits([2, 3], 24)]);
      const words = Array.from({ length: 6 }, (_, i) => threefry2x32(key0!, key1!, i, draw)[0] >>> 8);
      expect([...bits!]).toEqual(words);
    }
    expect([...stepper.get(generator.state)]).toEqual([key0, key1, 2]);
  });

  it("draws afresh at each call, and goes on from a restored state", () => {
    const stepper = new Stepper();
    const generator = new Generator(5);
    const [a, b] = stepper.run(() => [generator.uniform([8]), generator.uniform([8])]);
    expect(a).not.toEqual(b);
    const saved = stepper.get(generator.state);
    const [next] = stepper.run(() => [generator.uniform([8])]);
    const restored = new Generator(1);
    stepper.set(restored.state, saved);
    expect(stepper.run(() => [restored.uniform([8])])[0]).toEqual(next);
  });

  it("has independent seeds and streams, none of them the host's", () => {
    const stepper = new Stepper();
    const first = (generator: Generator) => [...stepper.run(() => [generator.bits([4], 31)])[0]!];
    const base = first(new Generator(1));
    expect(first(new Generator(1))).toEqual(base);
    expect(first(new Generator(2))).not.toEqual(base);
    expect(first(new Generator(1, 1))).not.toEqual(base);
    expect(first(new Generator(1 + 2 ** 32))).not.toEqual(base);
    const host = new RandomStream(1);
    expect(Array.from({ length: 4 }, () => host.nextUint32() >>> 1)).not.toEqual(base);
  });

  it("uniform: multiples of 2^-24 in [0, 1) with the right moments", () => {
    const [values] = new Stepper().run(() => [new Generator(3).uniform([count])]);
    expect(values!.every((value) => value >= 0 && value < 1 && Number.isInteger(value * 2 ** 24))).toBe(true);
    expect(Math.abs(moment(values!, 1) - 1 / 2)).toBeLessThan(5 * Math.sqrt(1 / 12 / count));
    expect(Math.abs(moment(values!, 2) - 1 / 3)).toBeLessThan(5 * Math.sqrt(4 / 45 / count));
  });

  it("normal: the first four moments are right", () => {
    const [values] = new Stepper().run(() => [new Generator(4).normal([count])]);
    [0, 1, 0, 3].forEach((expected, i) => {
      const variance = [1, 2, 15, 96][i]!;
      expect(Math.abs(moment(values!, i + 1) - expected)).toBeLessThan(5 * Math.sqrt(variance / count));
    });
  });

  it("bernoulli: the share is the probability, and 0 and 1 are certain", () => {
    const generator = new Generator(6);
    const [values, never, always] = new Stepper().run(() => [
      generator.bernoulli([count], 0.3),
      generator.bernoulli([1000], 0),
      generator.bernoulli([1000], 1),
    ]);
    expect(Math.abs(moment(values!, 1) - 0.3)).toBeLessThan(5 * Math.sqrt(0.21 / count));
    expect(moment(never!, 1)).toBe(0);
    expect(moment(always!, 1)).toBe(1);
  });

  it("refuses seeds and probabilities out of range", () => {
    expect(() => new Generator(-1)).toThrow("seed is -1");
    expect(() => new Generator(0, 2 ** 32)).toThrow("stream is 4294967296");
    expect(() => new Generator(0).bernoulli([1], 1.5)).toThrow("probability is 1.5");
  });
});
