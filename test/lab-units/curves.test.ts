import { describe, expect, it } from "vitest";
import { History, Series } from "../../lab/src/worker/curves.js";

/** The means of so many neighbours, the plain way. */
function meansOf(values: readonly number[], width: number): number[] {
  return Array.from({ length: Math.ceil(values.length / width) }, (_, bin) => {
    const some = values.slice(bin * width, (bin + 1) * width).filter((value) => !Number.isNaN(value));
    return some.reduce((sum, value) => sum + value, 0) / some.length;
  });
}

const wave = (step: number) => Math.fround(Math.exp(-step / 2e5) + 0.1 * Math.sin(step / 7e4));

function filled(count: number, valueAt: (step: number) => number, kind?: typeof Float32Array): Series {
  const series = new Series(kind);
  for (let step = 0; step < count; step++) series.push(valueAt(step));
  return series;
}

describe("a series of values, one a step", () => {
  it("keeps every value of a training of a quarter of a million steps", () => {
    const series = filled(250_000, wave, Float32Array);
    expect(series.length).toBe(250_000);
    for (const step of [0, 1, 8191, 8192, 123_456, 249_999]) expect(series.at(step)).toBe(wave(step));
    expect(series.at(250_000)).toBeNaN();
    expect(series.at(-1)).toBeNaN();
    expect(new Series().at(-1)).toBeNaN();
    expect([...series.slice(100, 103)]).toEqual([wave(100), wave(101), wave(102)]);
  });

  it("gives means of any width, without what is no number", () => {
    const valueAt = (step: number) => (step % 5 === 3 ? Number.NaN : step * step);
    const values = Array.from({ length: 20_001 }, (_, step) => valueAt(step));
    const series = filled(values.length, valueAt);
    for (const width of [1, 2, 7, 1000, 30_000]) {
      const expected = width === 1 ? values : meansOf(values, width);
      const close = expected.map((value) => (Number.isNaN(value) ? value : expect.closeTo(value, 4)));
      expect([...series.means(width)]).toEqual(close);
    }
  });

  it("takes no more memory however long it grows, and loses no detail of the last 20,000 steps", () => {
    const series = filled(2_000_000, wave, Float32Array);
    expect(series.bytes).toBeLessThan(4 * 2 ** 18 + 4 * 8192 + 1);
    const last = Float64Array.from({ length: 20_000 }, (_, i) => wave(1_980_000 + i));
    expect(series.slice(1_980_000)).toEqual(last);
    // Older ones are means of their neighbours.
    for (let step = 0; step < 2_000_000; step += 9973) expect(series.at(step)).toBeCloseTo(wave(step), 2);
    const means = series.means(2000);
    expect(means).toHaveLength(1000);
    const middle = (bin: number) => wave(2000 * bin + 1000);
    for (let bin = 0; bin < 1000; bin++) expect(means[bin]).toBeCloseTo(middle(bin), 2);
  });

  it("goes on exactly from any step that it is cut at, also where detail was lost", () => {
    const series = filled(1_000_000, wave, Float32Array);
    series.truncate(12_345);
    expect(series.length).toBe(12_345);
    expect(series.at(12_344)).toBeCloseTo(wave(12_344), 3);
    for (let step = 0; step < 400_000; step++) series.push(step);
    expect(series.length).toBe(412_345);
    expect(series.at(12_000)).toBeCloseTo(wave(12_000), 3);
    const last = Float64Array.from({ length: 10_000 }, (_, i) => 390_000 + i);
    expect(series.slice(12_345 + 390_000)).toEqual(last);
    expect(series.bytes).toBeLessThan(4 * 2 ** 18 + 4 * 8192 + 1);
  });

  it("is copied for a branch with what was known of the past", () => {
    const history = new History();
    for (let step = 1; step <= 300_000; step++) {
      history.loss.push(wave(step));
      history.accuracy.push(step % 2);
      if (step % 100 !== 0) continue;
      history.validationStep.push(step);
      history.validationLoss.push(wave(step));
      history.validationAccuracy.push(0.5);
    }
    const branch = history.before(299_950);
    expect(branch.length).toBe(299_950);
    expect(branch.validationStep.at(branch.validationStep.length - 1)).toBe(299_900);
    expect(branch.loss.at(299_949)).toBe(history.loss.at(299_949));
    expect(branch.loss.at(5)).toBeCloseTo(history.loss.at(5), 3);
  });
});
