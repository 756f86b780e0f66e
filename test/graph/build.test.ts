import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { attributesKey, inputSlot, internedCount, node, variableCell } from "../../src/graph/build.js";
import { withLayer, withPhase } from "../../src/graph/origin.js";
import type { Node } from "../../src/graph/types.js";
import { topological } from "../../src/graph/walk.js";
import { ShapeError } from "../../src/shape/shape.js";
import { matmul } from "../../src/tensor/contraction.js";
import * as t from "../../src/tensor/elementwise.js";
import { sum } from "../../src/tensor/reduction.js";

const leaf = (...shape: number[]): Node =>
  node("input", [], { slot: inputSlot("x", { shape, dtype: "float32" }) });

describe("interning", () => {
  test("equal nodes are one node", () => {
    const [a, b] = [leaf(2), leaf(2)];
    expect(t.add(a, b)).toBe(t.add(a, b));
    expect(t.add(a, b)).not.toBe(t.add(b, a));
    expect(sum(leaf(2, 3), 0)).not.toBe(sum(leaf(2, 3), 0));
    const matrix = leaf(2, 3);
    expect(sum(matrix, 0)).toBe(sum(matrix, [0]));
    expect(sum(matrix, 0)).not.toBe(sum(matrix, 1));
  });

  test("slots and cells count by identity", () => {
    const slot = inputSlot("x", { shape: [1], dtype: "float32" });
    expect(node("input", [], { slot })).toBe(node("input", [], { slot }));
    expect(leaf(1)).not.toBe(leaf(1));
    const cells = [
      variableCell("w", { shape: [], dtype: "float32" }),
      variableCell("w", { shape: [], dtype: "float32" }),
    ];
    expect(node("variable", [], { cell: cells[0]! })).not.toBe(node("variable", [], { cell: cells[1]! }));
  });

  test("constants that print alike in JSON stay apart", () => {
    const values = [0, -0, Number.NaN, Infinity, -Infinity, 1e-45];
    const nodes = values.map((value) => t.constant(value));
    expect(new Set(nodes).size).toBe(values.length);
    expect(t.constant(Number.NaN)).toBe(nodes[2]);
    expect(t.constant(0, "int32")).not.toBe(nodes[0]);
    const pad = (value: number) => attributesKey("pad", { low: [0], high: [1], interior: [0], value });
    expect(new Set(values.map(pad)).size).toBe(values.length);
  });

  test("nodes are frozen, with their lists", () => {
    const made = t.add(leaf(2), 1);
    expect(Object.isFrozen(made) && Object.isFrozen(made.shape) && Object.isFrozen(made.inputs)).toBe(true);
  });

  test("nodes that nobody holds are collected, and their keys forgotten", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const settle = () => new Promise((resolve) => setTimeout(resolve, 20));
    const build = () => {
      let x = leaf(3);
      for (let i = 0; i < 1000; i++) x = t.exp(x);
      return new WeakRef(x);
    };
    const reference = build();
    const before = internedCount();
    for (let attempt = 0; attempt < 20 && internedCount() > before - 1000; attempt++) {
      await settle();
      collect();
    }
    expect(reference.deref()).toBeUndefined();
    expect(internedCount()).toBeLessThanOrEqual(before - 1000);
  });
});

describe("errors", () => {
  test("name the operation, the shapes and the layer", () => {
    const wrong = () => withLayer("features", () => withLayer("0", () => matmul(leaf(2, 3), leaf(4, 5))));
    expect(wrong).toThrow(ShapeError);
    expect(wrong).toThrow("layer features.0: matmul: [2, 3] times [4, 5]");
    expect(wrong).toThrow("K is 3 on the left and 4 on the right");
  });

  test("outside of a layer they name none", () => {
    expect(() => node("add", [leaf(2), leaf(3)], {})).toThrow(
      /^add: float32\[2\] and float32\[3\] must have the same/,
    );
  });

  test("wrong numbers of operands, dtypes and attributes", () => {
    expect(() => node("add", [leaf(2)], {})).toThrow("add: takes 2 operands, got 1");
    expect(() => node("concatenate", [], { axis: 0 })).toThrow("concatenate");
    expect(() => t.not(leaf(1))).toThrow("not: float32[1] has the wrong dtype; it must be bool");
    expect(() => node("sum", [leaf(2, 3)], { axes: [1, 0] })).toThrow("must be increasing");
    expect(() => node("permute", [leaf(2, 3)], { axes: [0, 0] })).toThrow("not a permutation");
    expect(() => node("max", [leaf(0, 3)], { axes: [0] })).toThrow("nothing to reduce");
    expect(() => node("slice", [leaf(4)], { start: [2], stop: [5], step: [1] })).toThrow(
      "2:5:1 does not lie within axis 0",
    );
  });

  test("convolutions say what does not fit", () => {
    const plain = { strides: [1], padding: [[0, 0]] as [number, number][], dilation: [1], groups: 1 };
    expect(() => node("convolution", [leaf(1, 3, 8), leaf(4, 2, 3)], plain)).toThrow(
      "reads 2 channels, but the input [1, 3, 8] has 3",
    );
    expect(() => node("convolution", [leaf(1, 3, 8), leaf(4, 3, 3)], { ...plain, groups: 2 })).toThrow(
      "groups is 2; it must divide",
    );
    expect(() => node("convolution", [leaf(1, 3, 2), leaf(4, 3, 3)], plain)).toThrow(
      "use a smaller window or at least 1 of padding",
    );
  });
});

describe("origin", () => {
  test("nests layers, and is restored when building throws", () => {
    const x = leaf(7);
    const inner = withLayer("block", () => withLayer("dense", () => t.sin(x)));
    expect(inner.origin).toEqual({ layer: "block.dense", phase: "forward" });
    expect(() => withLayer("broken", () => t.not(x))).toThrow();
    expect(t.cos(x).origin).toEqual({ layer: "", phase: "forward" });
  });

  test("a phase can be attributed to another node's layer", () => {
    const x = leaf(7);
    const y = withLayer("dense", () => t.exp(x));
    const z = withPhase("backward", () => t.sin(y), y.origin);
    expect(z.origin).toEqual({ layer: "dense", phase: "backward" });
  });
});

test("topological order: operands first, each once, deep chains without recursion", () => {
  const x = leaf(1);
  const doubled = t.add(x, x);
  const order = topological([t.multiply(doubled, x), doubled]);
  expect(order.filter((entry) => entry === x)).toHaveLength(1);
  for (const [position, entry] of order.entries()) {
    for (const input of entry.inputs) expect(order.indexOf(input)).toBeLessThan(position);
  }
  let deep = x;
  for (let i = 0; i < 20_000; i++) deep = t.negate(deep);
  expect(topological([deep])).toHaveLength(20_001);
});
