import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { inspect, ShapeError, tensor } from "../../src/index.js";
import { orthonormal, symmetricEigen } from "../../src/inspect/linear-algebra.js";
import { RandomStream } from "../../src/random/stream.js";
import { expectClose } from "../support/close.js";

interface Case {
  readonly data: number[][];
  readonly mean: number[];
  readonly components: number[][];
  readonly variances: number[];
  readonly explained: number[];
}

const cases: Record<string, Case> = JSON.parse(
  readFileSync(new URL("../fixtures/pca.json", import.meta.url), "utf8"),
);
const stream = new RandomStream(9);

describe("pca", () => {
  it.each(Object.entries(cases))(
    "gives NumPy's components, more rows than columns or fewer: %s",
    async (_, expected) => {
      const data = tensor(expected.data);
      const found = await inspect.pca(data, expected.variances.length);
      expectClose(await found.mean.data(), expected.mean, 1e-5);
      expectClose(await found.components.data(), expected.components.flat(), 1e-3);
      expectClose(found.variances, expected.variances, 1e-4);
      expectClose(found.explained, expected.explained, 1e-4);
      expect(found.iterations).toBeLessThan(60);
    },
  );

  it("projects and reconstructs: all components lose nothing", async () => {
    const data = tensor(cases.tall!.data);
    const whole = await inspect.pca(data, 9);
    expect(whole.explained.reduce((sum, share) => sum + share)).toBeCloseTo(1, 5);
    expectClose(await whole.reconstruct(whole.project(data)).data(), cases.tall!.data.flat(), 1e-4);
    // The variance along each component is that of its coordinates, and what is left out is what is lost.
    const some = await inspect.pca(data, 3);
    const coordinates = some.project(data);
    expectClose(await coordinates.variance(0, { correction: 1 }).data(), some.variances, 1e-3);
    const lost = await some.reconstruct(coordinates).subtract(data).square().sum().divide(39).item();
    expect(lost).toBeCloseTo(
      whole.variances.slice(3).reduce((sum, value) => sum + value),
      3,
    );
  });

  it("takes data of lower rank, and data that do not vary", async () => {
    const flat = tensor(Array.from({ length: 10 }, (_, i) => [i, 2 * i, -i, 5]));
    const found = await inspect.pca(flat, 3);
    expectClose(found.explained, [1, 0, 0], 1e-5);
    expectClose(
      await found.components.matmul(found.components.transpose()).data(),
      [1, 0, 0, 0, 1, 0, 0, 0, 1],
      1e-5,
    );
    const still = await inspect.pca(
      tensor([
        [1, 2],
        [1, 2],
        [1, 2],
      ]),
      2,
    );
    expect(still.variances).toEqual([0, 0]);
    expect(still.explained).toEqual([0, 0]);
  });

  it("says what does not fit", async () => {
    await expect(inspect.pca(tensor([1, 2]), 1)).rejects.toThrow(ShapeError);
    await expect(
      inspect.pca(
        tensor([
          [1, 2],
          [3, 4],
        ]),
        2,
      ),
    ).rejects.toThrow(/components is 2, but \[2, 2\] has at most 1/);
    await expect(
      inspect.pca(
        tensor([
          [1, 2],
          [3, Number.NaN],
        ]),
        1,
      ),
    ).rejects.toThrow(/not finite/);
    const noise = tensor(
      Float32Array.from({ length: 2000 }, () => stream.normal()),
      { shape: [50, 40] },
    );
    await expect(inspect.pca(noise, 10, { iterations: 1 })).rejects.toThrow(/not done after 1 iteration/);
  });
});

describe("symmetricEigen", () => {
  it("turns a matrix into its eigenvalues", () => {
    for (const size of [1, 2, 5, 12]) {
      const half = Array.from({ length: size }, () =>
        Float64Array.from({ length: size }, () => stream.normal()),
      );
      const matrix = half.map((row, i) => row.map((value, j) => value + half[j]![i]!));
      const { values, vectors } = symmetricEigen(matrix);
      expect(values).toEqual(values.toSorted((a, b) => b - a));
      for (const [k, vector] of vectors.entries()) {
        const image = matrix.map((row) => row.reduce((sum, value, i) => sum + value * vector[i]!, 0));
        expectClose(
          image,
          vector.map((value) => value * values[k]!),
          1e-12,
        );
        for (const [l, other] of vectors.entries()) {
          expect(vector.reduce((sum, value, i) => sum + value * other[i]!, 0)).toBeCloseTo(
            k === l ? 1 : 0,
            12,
          );
        }
      }
    }
  });
});

describe("orthonormal", () => {
  it("replaces what the columns before it span already", () => {
    const e = (i: number) => Float64Array.from({ length: 3 }, (_, j) => (i === j ? 1 : 0));
    const columns = orthonormal([e(0), Float64Array.of(2, 0, 0), Float64Array.of(1, 1, 0)], () => e(2));
    expect(columns).toEqual([e(0), e(2), e(1)]);
  });
});
