import { describe, expect, it } from "vitest";
import { RandomStream } from "../../src/random/stream.js";
import { threefry2x32 } from "../../src/random/threefry.js";

function draw<T>(count: number, next: () => T): T[] {
  return Array.from({ length: count }, next);
}

const mean = (values: number[], power = 1) => values.reduce((sum, x) => sum + x ** power, 0) / values.length;

describe("RandomStream", () => {
  it("gives the words of Threefry with the seed as key and the stream in the counter", () => {
    const seed = 5 * 2 ** 32 + 9;
    const stream = new RandomStream(seed, 77);
    const expected = [0, 1, 2].flatMap((block) => threefry2x32(9, 5, block, 77));
    expect(draw(6, () => stream.nextUint32())).toEqual(expected);
  });

  it("differs by seed, by the seed's high word and by stream", () => {
    const firsts = [
      [1, 0],
      [2, 0],
      [1, 1],
      [2 ** 32 + 1, 0],
      [Number.MAX_SAFE_INTEGER, 0],
      [1, 2 ** 32 - 1],
    ].map(([seed, stream]) => new RandomStream(seed!, stream).nextUint32());
    expect(new Set(firsts).size).toBe(firsts.length);
  });

  it("goes on from any saved state, whatever was drawn", () => {
    const stream = new RandomStream(3, 4);
    for (let i = 0; i < 20; i++) {
      const state = JSON.parse(JSON.stringify(stream.state()));
      const other = RandomStream.restore(state);
      const steps = [
        (s: RandomStream) => s.nextUint32(),
        (s: RandomStream) => s.normal(),
        (s: RandomStream) => s.integer(10),
      ];
      const step = steps[i % 3]!;
      expect(step(other)).toBe(step(stream));
      expect(other.state()).toEqual(stream.state());
      expect(other.nextUint32()).toBe(RandomStream.restore(stream.state()).nextUint32());
    }
  });

  it("throws once its 2^33 words are used up, instead of repeating", () => {
    const stream = RandomStream.restore({ seed: 1, stream: 2, counter: 2 ** 33 - 1 });
    expect(stream.nextUint32()).toBe(threefry2x32(1, 0, 2 ** 32 - 1, 2)[1]);
    expect(() => stream.nextUint32()).toThrow(/stream 2 of seed 1 is used up/);
  });

  it("draws uniform numbers in [0, 1) of 53 bits", () => {
    const stream = new RandomStream(1);
    const values = draw(20_000, () => stream.uniform());
    expect(stream.state().counter).toBe(40_000);
    expect(values.every((x) => x >= 0 && x < 1 && Number.isInteger(x * 2 ** 53))).toBe(true);
    expect(values.some((x) => !Number.isInteger(x * 2 ** 50))).toBe(true);
    expect(mean(values)).toBeCloseTo(1 / 2, 2);
    expect(mean(values, 2)).toBeCloseTo(1 / 3, 2);
  });

  it("draws normal numbers", () => {
    const stream = new RandomStream(1);
    const values = draw(50_000, () => stream.normal());
    expect(stream.state().counter).toBe(200_000);
    // Standard errors: 0.0045, 0.0063, 0.017, 0.044.
    expect(Math.abs(mean(values))).toBeLessThan(0.02);
    expect(Math.abs(mean(values, 2) - 1)).toBeLessThan(0.03);
    expect(Math.abs(mean(values, 3))).toBeLessThan(0.08);
    expect(Math.abs(mean(values, 4) - 3)).toBeLessThan(0.2);
  });

  it("draws integers below a bound evenly", () => {
    const stream = new RandomStream(1);
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 70_000; i++) counts[stream.integer(7)]! += 1;
    // Mean 10,000, standard deviation 93.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(450);
    expect(draw(10, () => stream.integer(1))).toEqual(new Array(10).fill(0));
  });

  it("has no bias where the bound does not divide 2^32", () => {
    // Of 2^32 words, those modulo 3 * 2^30 alone would fall twice as often into the lowest third.
    const stream = new RandomStream(1);
    const bound = 3 * 2 ** 30;
    const thirds = [0, 0, 0];
    for (let i = 0; i < 30_000; i++) thirds[Math.floor(stream.integer(bound) / 2 ** 30)]! += 1;
    // Mean 10,000, standard deviation 82.
    for (const count of thirds) expect(Math.abs(count - 10_000)).toBeLessThan(400);
    expect(stream.integer(2 ** 32)).toBeLessThan(2 ** 32);
  });

  it("draws every order of few numbers equally often", () => {
    const stream = new RandomStream(1);
    const counts = new Map<string, number>();
    for (let i = 0; i < 12_000; i++) {
      const order = stream.permutation(4).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    // Mean 500, standard deviation 22.
    for (const count of counts.values()) expect(Math.abs(count - 500)).toBeLessThan(110);
    expect([...stream.permutation(1000)].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 1000 }, (_, i) => i),
    );
    expect([...stream.permutation(0)]).toEqual([]);
  });

  it.each([
    [() => new RandomStream(-1), /seed is -1/],
    [() => new RandomStream(2 ** 53), /seed is 9007199254740992/],
    [() => new RandomStream(0.5), /seed is 0.5/],
    [() => new RandomStream(1, 2 ** 32), /stream is 4294967296/],
    [() => new RandomStream(1).integer(0), /bound is 0/],
    [() => new RandomStream(1).integer(2 ** 32 + 1), /bound is 4294967297/],
    [() => new RandomStream(1).permutation(-2), /permutation is -2/],
    [() => RandomStream.restore({ seed: 1, stream: 0, counter: -1 }), /counter is -1/],
  ])("refuses arguments out of range: %s", (make, message) => {
    expect(make).toThrow(RangeError);
    expect(make).toThrow(message);
  });
});
