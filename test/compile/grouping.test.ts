import { expect, test } from "vitest";
import { type Constraints, group } from "../../src/compile/grouping.js";
import type { Node } from "../../src/graph/types.js";
import { baseOf } from "../../src/graph/views.js";
import { relu } from "../../src/tensor/activations.js";
import { matmul } from "../../src/tensor/contraction.js";
import * as e from "../../src/tensor/elementwise.js";
import * as m from "../../src/tensor/movement.js";
import * as r from "../../src/tensor/reduction.js";
import { input } from "./support.js";

function grouped(...roots: Node[]) {
  const constraints: Constraints = { keep: new Set(), noEpilogue: new Set() };
  return group({ outputs: roots, updates: [] }, constraints);
}

test("a chain keeps only its end", () => {
  const x = input([4]);
  const end = e.exp(e.negate(e.sin(x)));
  expect([...grouped(end).kept]).toEqual([end]);
});

test("what is costly and used twice is kept, what is cheap and has one operand is computed again", () => {
  const x = input([4]);
  const costly = e.exp(x);
  const cheap = e.negate(x);
  const { kept } = grouped(e.sin(costly), e.cos(costly), e.tanh(cheap), e.sqrt(cheap));
  expect(kept.has(costly)).toBe(true);
  expect(kept.has(cheap)).toBe(false);
});

test("so is what is cheap and has one large operand, but not what has two", () => {
  const [x, y] = [input([8, 16]), input([8, 16])];
  const deviation = e.subtract(x, r.mean(x, 1, true));
  const difference = e.subtract(x, y);
  const { kept } = grouped(
    ...[deviation, difference].flatMap((value) => [r.sum(e.multiply(value, value), 0), e.exp(value)]),
  );
  expect(kept.has(deviation)).toBe(false);
  expect(kept.has(difference)).toBe(true);
});

test("what matrix products read lies in memory, below any movement", () => {
  const [x, w] = [input([4, 3]), input([3, 5])];
  const left = e.exp(x);
  const { kept } = grouped(matmul(left, m.transpose(e.sin(m.transpose(w)))));
  expect(kept.has(left)).toBe(true);
  expect([...kept].map((node) => node.op).sort()).toEqual(["exp", "matmul", "sin"]);
});

test("contractions and reductions take what follows them", () => {
  const [x, w, b] = [input([4, 3]), input([3, 5]), input([5])];
  const product = matmul(x, w);
  const end = e.maximum(e.add(product, b), 0);
  const result = grouped(end);
  expect(result.anchors.get(end)).toBe(product);
  expect(result.kept.has(product)).toBe(false);

  const sum = r.sum(x, 1);
  const root = e.sqrt(e.add(sum, 1));
  expect(grouped(root).anchors.get(root)).toBe(sum);
});

test("but not when their own value is used elsewhere", () => {
  const [x, w] = [input([4, 3]), input([3, 5])];
  const product = matmul(x, w);
  const { kept, anchors } = grouped(e.exp(product), product);
  expect(kept.has(product)).toBe(true);
  expect(anchors.size).toBe(0);
});

test("a small value spread over a large array is computed once, before", () => {
  const small = e.exp(input([1, 8]));
  expect(grouped(e.add(input([64, 8]), m.broadcastTo(small, [64, 8]))).kept.has(small)).toBe(true);
  expect(
    grouped(e.add(input([2, 8]), m.broadcastTo(small, [2, 8]))).kept.has(small),
    "twice as large is not large",
  ).toBe(false);
});

test("long chains are cut", () => {
  let x: Node = input([4]);
  for (let n = 0; n < 1000; n++) x = e.sin(x);
  const { kept } = grouped(x);
  expect(kept.size).toBeGreaterThan(4);
  expect(kept.size).toBeLessThan(20);
});

test("constraints are obeyed", () => {
  const [x, w] = [input([4, 3]), input([3, 5])];
  const product = matmul(x, w);
  const middle = e.exp(product);
  const end = e.sin(middle);
  const computation = { outputs: [end], updates: [] };
  const kept = group(computation, { keep: new Set([middle]), noEpilogue: new Set() });
  expect(kept.anchors.get(middle)).toBe(product);
  const alone = group(computation, { keep: new Set(), noEpilogue: new Set<Node>([product]) });
  expect(alone.kept.has(product)).toBe(true);
  expect(alone.anchors.size).toBe(0);
});

test("baseOf skips movement that only changes indices", () => {
  const x = input([4, 3]);
  expect(baseOf(m.flip(m.transpose(m.reshape(x, [3, 4])), 0))).toBe(x);
  const padded = m.pad(x, [
    [1, 1],
    [0, 0],
  ]);
  expect(baseOf(m.transpose(padded))).toBe(padded);
});

test("an epilogue goes on through operations that meet its value twice, up to the one that everything goes through", () => {
  const [x, w, b] = [input([4, 8]), input([8, 6]), input([6])];
  const sum = e.add(matmul(x, w), b);
  const y = relu(sum);
  const grouping = grouped(e.exp(y));
  expect(grouping.anchors.get(e.exp(y))?.op).toBe("matmul");
  // Where the sum is a result, too, the kernel ends with it.
  const both = grouped(y, sum);
  expect(both.anchors.get(sum)?.op).toBe("matmul");
  expect(both.kept.has(y)).toBe(true);
});
