import { describe, expect, test } from "vitest";
import { simplify } from "../../src/compile/simplify.js";
import { node } from "../../src/graph/build.js";
import type { Node } from "../../src/graph/types.js";
import * as e from "../../src/tensor/elementwise.js";
import * as m from "../../src/tensor/movement.js";
import * as r from "../../src/tensor/reduction.js";
import { randomComputation } from "./random-program.js";
import { input, Leaves, onReference, Random } from "./support.js";

const x = input([2, 3]);
const i = input([2, 3], "int32");
const b = input([2, 3], "bool");
const full = (value: number, like: Node = x) => e.constant(value, like.dtype, like.shape);

function simplified(root: Node): Node {
  return simplify({ outputs: [root], updates: [] }).outputs[0]!;
}

describe("what is removed", () => {
  const cases: [name: string, before: Node, after: Node][] = [
    ["stopGradient", node("stopGradient", [x], {}), x],
    ["a double negation", e.negate(e.negate(x)), x],
    ["a double not", e.not(e.not(b)), b],
    ["x + 0", e.add(x, 0), x],
    ["0 + x", e.add(0, x), x],
    ["x - 0", e.subtract(x, 0), x],
    ["x * 1", e.multiply(x, 1), x],
    ["1 * x", e.multiply(1, x), x],
    ["x / 1", e.divide(x, 1), x],
    ["x ** 1", e.power(x, 1), x],
    ["x ** 2 as a product", e.power(x, 2), e.multiply(x, x)],
    ["where with equal branches", e.where(b, x, x), x],
    ["where that always holds", e.where(full(1, b), x, e.exp(x)), x],
    ["where that never holds", e.where(full(0, b), x, e.exp(x)), e.exp(x)],
    ["a reshape of a reshape", m.reshape(m.reshape(x, [6]), [3, 2]), m.reshape(x, [3, 2])],
    ["reshapes there and back", m.reshape(m.reshape(x, [6]), [2, 3]), x],
    ["permutations that cancel", m.transpose(m.transpose(x)), x],
    ["a flip of a flip", m.flip(m.flip(x, 0), 0), x],
    ["a flip of an axis of one", m.flip(m.reshape(x, [1, 6]), 0), m.reshape(x, [1, 6])],
    [
      "broadcasts in a row",
      m.broadcastTo(m.broadcastTo(input([1, 1], "float32", "once"), [1, 3]), [2, 3]),
      m.broadcastTo(input([1, 1]), [2, 3]),
    ],
    ["a cast there is no need for", node("cast", [x], { dtype: "float32" }), x],
    ["int32 x + 0", e.add(i, 0), i],
    [
      "identities that appear only after others",
      e.add(e.multiply(e.negate(e.negate(x)), 1), e.constant(0)),
      x,
    ],
  ];
  test.each(cases)("%s", (name, before, after) => {
    if (name === "broadcasts in a row") {
      const result = simplified(before);
      expect(result.op).toBe("broadcast");
      expect(result.inputs[0]!.op).toBe("input");
      return;
    }
    expect(simplified(before)).toBe(after);
  });
});

describe("constants", () => {
  const cases: [name: string, before: Node, value: number, dtype: string][] = [
    ["2 + 3", e.add(full(2), full(3)), 5, "float32"],
    ["sums are rounded to float32", e.add(full(0.1), full(0.2)), Math.fround(0.1 + 0.2), "float32"],
    ["3 - 5 as int32", e.subtract(full(3, i), full(5, i)), -2, "int32"],
    ["int32 wraps around", e.add(full(2147483647, i), full(1, i)), -2147483648, "int32"],
    ["1 / 0 is infinite", e.divide(full(1), full(0)), Infinity, "float32"],
    ["0 / 0 is NaN", e.divide(full(0), full(0)), NaN, "float32"],
    ["float to int truncates", e.cast(full(-2.7), "int32"), -2, "int32"],
    ["float to int saturates", e.cast(full(1e20), "int32"), 2147483647, "int32"],
    ["NaN to int is 0", e.cast(full(NaN), "int32"), 0, "int32"],
    ["NaN to bool is true", e.cast(full(NaN), "bool"), 1, "bool"],
    ["not", e.not(full(1, b)), 0, "bool"],
    ["moved", m.flip(m.transpose(m.broadcastTo(e.constant(4), [3, 2])), 0), 4, "float32"],
    ["padded with itself", m.pad(e.constant(0, "float32", [2]), [[1, 1]], 0), 0, "float32"],
  ];
  test.each(cases)("%s", (_, before, value, dtype) => {
    const after = simplified(before);
    expect(after).toMatchObject({ op: "constant", dtype, shape: before.shape });
    expect(after.op === "constant" && after.attributes.value).toBe(value);
  });

  test("large int32 products are left to the program, which wraps around exactly", () => {
    const product = e.multiply(full(2147483647, i), full(2147483647, i));
    expect(simplified(product)).toBe(product);
  });

  test("int32 division is left alone, for it truncates and knows no infinity", () => {
    const quotient = e.divide(full(7, i), full(0, i));
    expect(simplified(quotient)).toBe(quotient);
  });

  test("padding with another value stays", () => {
    const padded = m.pad(e.constant(0, "float32", [2]), [[1, 1]], 1);
    expect(simplified(padded)).toBe(padded);
  });
});

describe("what NaN and infinities forbid", () => {
  const kept: [name: string, root: Node][] = [
    ["x * 0 is not 0", e.multiply(x, full(0))],
    ["x - x is not 0", e.subtract(x, x)],
    ["x / x is not 1", e.divide(x, x)],
    ["0 / x is not 0", e.divide(full(0), x)],
    ["0 - x is not x", e.subtract(full(0), x)],
    ["1 / x is not x", e.divide(full(1), x)],
    ["x == x is not true", e.equal(x, x)],
    ["x ** 0", e.power(x, full(0))],
    ["maximum(x, -Infinity)", e.maximum(x, full(-Infinity))],
    ["float to int and back", e.cast(e.cast(x, "int32"), "float32")],
    ["exp(log(x))", e.exp(e.log(x))],
    ["sums are not reordered", e.add(e.add(x, full(1e30)), full(-1e30))],
    ["a slice of half", m.slice(x, [0, 0], [1, 3])],
    ["flips of other axes", m.flip(m.flip(x, 0), 1)],
    ["sums over different axes", r.sum(r.sum(x, 0), 0)],
  ];
  test.each(kept)("%s", (_, root) => {
    const dense = simplified(root);
    expect(dense).toBe(root);
  });
});

describe("parts of padded arrays", () => {
  const padded = m.pad(x, [[1, 2], [0, 3]], 5); // biome-ignore format: one row
  test.each([
    ["a part of the array itself", m.slice(padded, [2, 1], [3, 3]), m.slice(x, [1, 1], [2, 3])],
    ["the array", m.slice(padded, [1, 0], [3, 3]), x],
    ["every second of it", m.slice(padded, [1, 0], [3, 3], [1, 2]), m.slice(x, [0, 0], [2, 3], [1, 2])],
    ["the margin above", m.slice(padded, [0, 0], [1, 6]), e.constant(5, "float32", [1, 6])],
    ["the margin at the side", m.slice(padded, [0, 4], [5, 6]), e.constant(5, "float32", [5, 2])],
  ])("%s", (_, before, after) => {
    expect(simplified(before)).toBe(after);
  });

  test.each([
    ["both", m.slice(padded, [0, 0], [3, 3])],
    ["with cells between", m.slice(m.pad(x, [[1, 1], [0, 0]], 0, [1, 0]), [1, 0], [2, 3])], // biome-ignore format: one row
  ])("%s stays", (_, before) => {
    expect(simplified(before)).toBe(before);
  });
});

describe("sums of arrays that are zero where the other is not", () => {
  const [p, q, s] = [input([2, 3]), input([2, 2]), input([2, 1])];
  const at = (part: Node, start: number, extent = 6) =>
    m.pad(part, [[0, 0], [start, extent - start - part.shape[1]!]]); // biome-ignore format: one row
  const zero = (extent: number) => e.constant(0, "float32", [2, extent]);

  test("are their parts side by side, in whatever order they come", () => {
    const whole = m.concatenate([p, q, s], 1);
    expect(simplified(e.add(e.add(at(p, 0), at(q, 3)), at(s, 5)))).toBe(whole);
    expect(simplified(e.add(e.add(at(s, 5), at(p, 0)), at(q, 3)))).toBe(whole);
    expect(simplified(e.add(at(p, 0), e.add(at(q, 3), at(s, 5))))).toBe(whole);
  });

  test("with zeros between", () => {
    expect(simplified(e.add(at(s, 1), at(q, 4)))).toBe(m.concatenate([zero(1), s, zero(2), q], 1));
  });

  test.each([
    ["overlap", e.add(at(p, 0), at(q, 2))],
    ["are padded along other axes", e.add(m.pad(input([1, 3]), [[0, 1], [0, 0]]), m.pad(q, [[0, 0], [1, 0]]))], // biome-ignore format: one row
    ["are padded along two", e.add(m.pad(s, [[0, 1], [0, 1]]), m.pad(s, [[1, 0], [1, 0]]))], // biome-ignore format: one row
    ["are padded with something else", e.add(m.pad(p, [[0, 0], [0, 3]], 1), m.pad(p, [[0, 0], [3, 0]], 1))], // biome-ignore format: one row
    ["have cells between", e.add(m.pad(p, [[0, 0], [0, 1]], 0, [0, 1]), m.pad(p, [[0, 0], [1, 0]], 0, [0, 1]))], // biome-ignore format: one row
  ])("not where they %s", (_, before) => {
    expect(simplified(before)).toBe(before);
  });
});

test("results keep their values, on random programs", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const computation = randomComputation(new Random(seed), 25);
    const [before, after] = [computation, simplify(computation)].map((c) => onReference(c, new Leaves(seed)));
    const all = (results: typeof before) => [...results!.outputs, ...results!.updates];
    all(before).forEach((value, n) => {
      Array.from(value).forEach((wanted, at) => {
        const got = all(after)[n]![at]!;
        const same = got === wanted || Math.abs(got - wanted) <= 1e-6 * Math.max(1, Math.abs(wanted));
        expect(same || Object.is(got, wanted), `seed ${seed}: ${got} for ${wanted}`).toBe(true);
      });
    });
  }
});
