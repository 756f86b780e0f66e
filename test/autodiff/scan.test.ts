import { describe, expect, test } from "vitest";
import { grad } from "../../src/autodiff/api.js";
import { bodyOf, loopsOf } from "../../src/graph/scan.js";
import type { Node } from "../../src/graph/types.js";
import { topological } from "../../src/graph/walk.js";
import { scan } from "../../src/runtime/scan.js";
import { concatenate, zeros } from "../../src/tensor/creation.js";
import { Tensor } from "../../src/tensor/tensor.js";
import { input } from "../compile/support.js";
import { expectFirst, expectModesAgree, expectSecond, scattered } from "../gradients/support.js";

const leaf = (...shape: number[]) => new Tensor(input(shape));

/** A recurrent net's outputs, and the tensors that it is made of. */
function net(length = 6, units = 3) {
  const [h, x, w, b] = [leaf(2, units), leaf(length, 2, units), leaf(units, units), leaf(units)];
  const { carry, outputs } = scan(
    (hidden: Tensor, element: Tensor) => {
      const next = hidden.matmul(w.transpose()).add(element).add(b).tanh();
      return { carry: next, output: next };
    },
    h,
    x,
  );
  return { inputs: [h, x, w, b], carry, outputs };
}

const nodesOf = (tensors: readonly Tensor[]) => topological(tensors.map(({ node }) => node));
const loopsIn = (tensors: readonly Tensor[]) => [...new Set(loopsOf(nodesOf(tensors)).values())];
const stepOf = (loop: ReturnType<typeof loopsIn>[number]) =>
  topological(loop.results.flatMap((result) => bodyOf(result.attributes)) as Node[]);

describe("the derivative of a loop", () => {
  test("is one loop in the other direction, whichever of its results are used", () => {
    const { inputs, carry, outputs } = net();
    const both = outputs.sum(0).add(carry).square().sum();
    const loops = loopsIn(grad(both, inputs));
    expect(loops.map(({ attributes }) => attributes.reverse)).toEqual([false, true]);
  });

  test("is a graph whose size does not depend on the length", () => {
    const count = (length: number) => {
      const { inputs, outputs } = net(length);
      const gradients = grad(outputs.square().sum(), inputs);
      return (
        nodesOf(gradients).length + loopsIn(gradients).reduce((sum, loop) => sum + stepOf(loop).length, 0)
      );
    };
    expect(count(1000)).toBe(count(10));
  });

  test("computes nothing costly again, and keeps only what it needs", () => {
    const { inputs, outputs } = net();
    const [forward, backward] = loopsIn(grad(outputs.square().sum(), inputs));
    // The states are all that tanh's and the product's derivatives ask for.
    expect(forward!.results.map(({ attributes }) => attributes.result.kind)).toEqual(["states"]);
    expect(stepOf(backward!).map(({ op }) => op)).not.toContain("tanh");
  });

  test("takes weights out of the loop: one product over all steps, and no sum carried along", () => {
    const { inputs, outputs } = net();
    const gradients = grad(outputs.square().sum(), inputs);
    const [, backward] = loopsIn(gradients);
    expect(backward!.attributes.next).toHaveLength(1);
    expect(stepOf(backward!).filter(({ op }) => op === "matmul")).toHaveLength(1);
    const products = nodesOf(gradients).filter(({ op }) => op === "matmul");
    expect(products.map(({ inputs: [a, b] }) => [a!.shape, b!.shape])).toEqual([
      [
        [3, 12],
        [12, 3],
      ],
    ]);
  });

  test("adds up in the loop what is no product", () => {
    const [s, x, a] = [leaf(3), leaf(5, 3), leaf(3)];
    const { carry } = scan((v: Tensor, e: Tensor) => ({ carry: v.multiply(a).sin().add(e) }), s, x);
    const gradients = grad(carry.sum(), [a]);
    const [, backward] = loopsIn(gradients);
    expect(backward!.attributes.next).toHaveLength(2);
  });

  test("is not taken of what cannot be differentiated", () => {
    const [x, table] = [leaf(4, 2), leaf(9)];
    const { carry } = scan(
      ({ n, s }, e: Tensor) => ({ carry: { n: n.add(1), s: s.add(e.multiply(table.gather(n))) } }),
      { n: zeros([], "int32"), s: zeros([2]) },
      x,
    );
    const [first] = grad(carry.s.sum(), [x]);
    expect(first.shape).toEqual([4, 2]);
    expect(() => grad(carry.n, [x])).toThrow("only float32 can be differentiated");
    // Nothing leads from here to the result.
    expect(grad(carry.s.sum(), [leaf(3)])[0].node.op).toBe("constant");
  });
});

type Case = readonly [name: string, fn: (...x: Tensor[]) => Tensor, inputs: readonly Tensor[]];

// Beyond the samples: several results at once, and structures.
const cases: readonly Case[] = [
  [
    "all results at once, in reverse",
    (h, x, w) => {
      const { carry, outputs } = scan(
        (s: Tensor, e: Tensor) => {
          const next = s.matmul(w).add(e).tanh();
          return { carry: next, output: { next, before: s, square: next.square() } };
        },
        h,
        x,
        { reverse: true },
      );
      return concatenate([carry, outputs.next.sum(0), outputs.before.sum(0), outputs.square.sum(0)]);
    },
    [scattered([2, 2], 1), scattered([3, 2, 2], 2), scattered([2, 2], 3)],
  ],
  [
    "carries that only pass values on",
    (a, b, x) => {
      const { carry, outputs } = scan(
        ([p, q], e: Tensor) => ({ carry: [q, p.multiply(e)], output: p }),
        [a, b],
        x,
      );
      return outputs.sum(0).add(carry[1]).add(carry[0]);
    },
    [scattered([2], 1), scattered([2], 2), scattered([5, 2], 3)],
  ],
  [
    "weights by batches, and a captured vector that is squared inside",
    (h, w, v) =>
      scan((s: Tensor) => ({ carry: s.matmul(w).add(v.square().multiply(s)).tanh() }), h, undefined, {
        length: 3,
      }).carry,
    [scattered([2, 1, 2], 1), scattered([2, 2, 2], 2), scattered([2], 3)],
  ],
];

describe.each(cases)("%s", (_, fn, inputs) => {
  test("first derivatives against differences", () => expectFirst(fn, inputs));
  test("second derivatives against differences", () => expectSecond(fn, inputs));
  test("forward and reverse mode agree", () => expectModesAgree(fn, inputs));
});
