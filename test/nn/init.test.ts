import { describe, expect, it } from "vitest";
import { type Initializer, init } from "../../src/nn/index.js";
import { RandomStream } from "../../src/random/stream.js";

const [fanIn, fanOut] = [50, 30];
const count = 40_000;
const draw = (initializer: Initializer, stream = 0) =>
  initializer([count / 100, 100], fanIn, fanOut, new RandomStream(17, stream));

function moments(values: Float32Array) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, variance };
}

describe("initializers", () => {
  const cases: [string, Initializer, number, number][] = [
    ["heNormal", init.heNormal, 0, 2 / fanIn],
    ["heUniform", init.heUniform, 0, 2 / fanIn],
    ["xavierNormal", init.xavierNormal, 0, 2 / (fanIn + fanOut)],
    ["xavierUniform", init.xavierUniform, 0, 2 / (fanIn + fanOut)],
    ["leCunNormal", init.leCunNormal, 0, 1 / fanIn],
    ["leCunUniform", init.leCunUniform, 0, 1 / fanIn],
    ["fanInUniform", init.fanInUniform, 0, 1 / (3 * fanIn)],
    ["normal", init.normal(3, 0.5), 3, 0.25],
    ["uniform", init.uniform(1, 4), 2.5, 9 / 12],
  ];

  it.each(cases)("%s has its mean and variance", (_, initializer, mean, variance) => {
    const found = moments(draw(initializer));
    // Five standard errors; the normal's fourth moment bounds that of the variance.
    expect(Math.abs(found.mean - mean)).toBeLessThan(5 * Math.sqrt(variance / count));
    expect(Math.abs(found.variance / variance - 1)).toBeLessThan(5 * Math.sqrt(2 / count));
  });

  it("uniform ones stay in their bounds", () => {
    const bound = Math.sqrt(6 / fanIn);
    expect(draw(init.heUniform).every((value) => Math.abs(value) <= bound)).toBe(true);
    expect(draw(init.uniform(1, 4)).every((value) => value >= 1 && value < 4)).toBe(true);
  });

  it.each([[[6, 2, 5]], [[10, 4]], [[5, 5]], [[1, 7]]])(
    "orthogonal of %s has orthonormal rows or columns",
    (shape) => {
      const gain = 1.5;
      const values = init.orthogonal(gain)(shape, 1, 1, new RandomStream(3));
      const rows = shape[0]!;
      const columns = values.length / rows;
      const vector = (i: number) =>
        rows <= columns
          ? values.slice(i * columns, (i + 1) * columns)
          : values.filter((_, at) => at % columns === i);
      for (let i = 0; i < Math.min(rows, columns); i++) {
        for (let j = 0; j <= i; j++) {
          const other = vector(j);
          const product = vector(i).reduce((sum, value, k) => sum + value * other[k]!, 0);
          expect(product).toBeCloseTo(i === j ? gain ** 2 : 0, 5);
        }
      }
    },
  );

  it("orthogonal needs a matrix", () => {
    expect(() => init.orthogonal()([3], 1, 1, new RandomStream(0))).toThrow(
      "orthogonal: [3] is no matrix; it must have at least two axes",
    );
  });

  it("depend on the stream alone", () => {
    expect(draw(init.heNormal)).toEqual(draw(init.heNormal));
    expect(draw(init.heNormal, 1)).not.toEqual(draw(init.heNormal));
  });

  it("constants fill the shape", () => {
    const stream = new RandomStream(0);
    expect([...init.zeros([2, 2], 1, 1, stream)]).toEqual([0, 0, 0, 0]);
    expect([...init.ones([3], 1, 1, stream)]).toEqual([1, 1, 1]);
    expect([...init.constant(0.5)([], 1, 1, stream)]).toEqual([0.5]);
  });
});
