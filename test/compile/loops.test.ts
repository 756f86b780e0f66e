import { describe, expect, test } from "vitest";
import { collapseAffine, forEachExpression, mapExpression } from "../../src/compile/expression.js";
import type { Affine, Expression, Nest } from "../../src/compile/kernel.js";
import { affinesOf, collapseNest, workOf } from "../../src/compile/loops.js";
import { sizeOf, stridesOf } from "../../src/shape/shape.js";
import { Random } from "./support.js";

const load = (offset: number, strides: readonly number[]): Expression => ({
  kind: "load",
  view: { buffer: 0, offset, strides },
  dtype: "float32",
});

function nestOf(dims: number[], reduceDims: number[], value: Expression, storeStrides: number[]): Nest {
  const stores = (inner: Expression) => [
    { view: { buffer: 1, offset: 0, strides: storeStrides }, value: inner },
  ];
  return reduceDims.length === 0
    ? { dims, reduceDims, reductions: [], stores: stores(value) }
    : {
        dims,
        reduceDims,
        reductions: [{ op: "sum", value }],
        stores: stores({ kind: "reduced", reduction: 0, dtype: "float32" }),
      };
}

/** The position of an affine form at every point, in the order of the loops. */
function walk({ offset, strides }: Affine, extents: readonly number[]): number[] {
  const rowMajor = stridesOf(extents);
  return Array.from({ length: sizeOf(extents) }, (_, i) =>
    extents.reduce((sum, extent, d) => sum + (Math.floor(i / rowMajor[d]!) % extent) * strides[d]!, offset),
  );
}

describe("collapseNest", () => {
  test("dense loops become one", () => {
    const nest = nestOf([2, 3, 4], [], load(0, [12, 4, 1]), [12, 4, 1]);
    expect(collapseNest(nest).dims).toEqual([24]);
  });

  test("a broadcast operand keeps its loop apart", () => {
    const value: Expression = {
      kind: "apply",
      op: "add",
      dtype: "float32",
      inputs: [load(0, [12, 4, 1]), load(0, [0, 0, 1])],
    };
    expect(collapseNest(nestOf([2, 3, 4], [], value, [12, 4, 1])).dims).toEqual([6, 4]);
  });

  test("loops of one vanish, and reduced loops never join the others", () => {
    const collapsed = collapseNest(nestOf([2, 1], [3, 4], load(0, [12, 0, 4, 1]), [1, 0, 0, 0]));
    expect([collapsed.dims, collapsed.reduceDims]).toEqual([[2], [12]]);
  });

  test("every index walks as before, on random nests", () => {
    for (let seed = 1; seed <= 500; seed++) {
      const random = new Random(seed);
      const dims = Array.from({ length: random.integer(1, 4) }, () => random.integer(1, 4));
      const reduceDims = Array.from({ length: random.integer(0, 2) }, () => random.integer(1, 3));
      const extents = [...dims, ...reduceDims];
      const strides = extents.map((_, d) =>
        random.chance(0.7) ? stridesOf(extents)[d]! : random.integer(-2, 5),
      );
      const store = [...stridesOf(dims), ...reduceDims.map(() => 0)];
      const nest = nestOf(dims, reduceDims, load(random.integer(0, 9), strides), store);
      const collapsed = collapseNest(nest);
      affinesOf(nest).forEach((affine, n) => {
        expect(
          walk(affinesOf(collapsed)[n]!, [...collapsed.dims, ...collapsed.reduceDims]),
          `seed ${seed}`,
        ).toEqual(walk(affine, extents));
      });
    }
  });
});

test("collapseAffine refuses what is no single walk", () => {
  expect(collapseAffine({ offset: 0, strides: [1, 4] }, [4, 4], [[0, 1]])).toBeUndefined();
  expect(collapseAffine({ offset: 3, strides: [4, 1] }, [4, 4], [[0, 1]])).toEqual({
    offset: 3,
    strides: [1],
  });
  expect(collapseAffine({ offset: 0, strides: [9, 1] }, [1, 4], [[0, 1]])).toEqual({
    offset: 0,
    strides: [1],
  });
});

test("mapExpression keeps sharing, and visits each part once", () => {
  let doubled: Expression = load(0, [1]);
  for (let n = 0; n < 50; n++)
    doubled = { kind: "apply", op: "add", inputs: [doubled, doubled], dtype: "float32" };
  let leaves = 0;
  const mapped = mapExpression(doubled, (leaf) => {
    leaves++;
    return leaf;
  });
  let parts = 0;
  forEachExpression([mapped], () => parts++);
  expect([leaves, parts]).toEqual([1, 51]);
});

test("work grows with the points and with what is done at each", () => {
  const small = nestOf([10], [], load(0, [1]), [1]);
  const large = nestOf([100], [], load(0, [1]), [1]);
  const exp: Expression = { kind: "apply", op: "exp", inputs: [load(0, [1])], dtype: "float32" };
  expect(workOf(large)).toBe(10 * workOf(small));
  expect(workOf(nestOf([10], [], exp, [1]))).toBeGreaterThan(3 * workOf(small));
});
