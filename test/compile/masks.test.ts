import { describe, expect, test } from "vitest";
import { shareMasks } from "../../src/compile/masks.js";
import { nodesOf } from "../../src/compile/structure.js";
import { node } from "../../src/graph/build.js";
import type { Node } from "../../src/graph/types.js";
import { sizeOf } from "../../src/shape/shape.js";
import { relu } from "../../src/tensor/activations.js";
import * as e from "../../src/tensor/elementwise.js";
import { sum } from "../../src/tensor/reduction.js";
import { input, Leaves, onReference } from "./support.js";

const computation = (...outputs: Node[]) => ({ outputs, updates: [] });

describe("the masks of relu", () => {
  const x = input([4, 5]);
  const g = input([4, 5]);
  const y = relu(x);
  const mask = e.lessEqual(x, 0);
  const back = e.where(mask, 0, g);

  test("are taken from its result", () => {
    const shared = shareMasks(computation(y, back));
    const comparisons = nodesOf(shared).filter((node) => node.op === "compare");
    expect(comparisons.map((node) => node.inputs[0])).toEqual([x, y]);
    // Nothing but relu itself reads x any more.
    const readers = nodesOf(shared).filter((node) => node.inputs.includes(x));
    expect(readers.map((node) => node.op).sort()).toEqual(["compare", "where"]);
  });

  test("mean the same, for zeros of both signs and for NaN as well", () => {
    const special = [0, -0, Number.NaN, 1, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-45];
    const z = input([special.length]);
    const both = computation(relu(z), e.where(e.lessEqual(z, 0), 0, input([special.length])));
    const leaves = () => {
      const result = new Leaves(5);
      result.set(z, special);
      return result;
    };
    expect(onReference(shareMasks(both), leaves())).toEqual(onReference(both, leaves()));
  });

  const none = [
    [0, 0],
    [0, 0],
  ] as const;
  test.each([
    { kernel: [2, 2], strides: [2, 2], dilation: [1, 1], padding: none },
    { kernel: [3, 3], strides: [2, 1], dilation: [1, 2], padding: none },
  ])("are taken before the gradient of max pooling is spread: %o", (pooling) => {
    const image = input([2, 3, 9, 8]);
    const hidden = relu(image);
    const pooled = node("maxPool", [hidden], pooling);
    const gradient = input(pooled.shape);
    const spread = node("maxPoolGradient", [hidden, gradient], pooling);
    const backward = e.where(e.lessEqual(image, 0), 0, spread);
    const before = computation(pooled, backward, sum(backward, [0, 2, 3]));
    const after = shareMasks(before);
    expect(after.outputs.map(({ op }) => op)).toEqual(["maxPool", "maxPoolGradient", "sum"]);
    // What is left to mask and to add up is as small as the pooled image.
    const large = nodesOf(after).filter(({ op, inputs }) => op === "sum" && inputs[0]!.shape[2] === 9);
    expect(large).toEqual([]);
    const leaves = () => {
      const result = new Leaves(7);
      // Few different values, so that windows have equal greatest ones; some without anything above zero.
      const values = Array.from({ length: sizeOf(image.shape) }, (_, i) => ((i * 7) % 5) - 3);
      result.set(image, [...values.slice(0, -1), Number.NaN]);
      return result;
    };
    const [wanted, found] = [before, after].map((one) => onReference(one, leaves()).outputs) as [
      ArrayLike<number>[],
      ArrayLike<number>[],
    ];
    expect(found.slice(0, 2)).toEqual(wanted.slice(0, 2));
    Array.from(wanted[2]!).forEach((value, channel) => {
      expect(found[2]![channel]).toBeCloseTo(value, 4);
    });
  });

  test("the sums of what went to padding as well stay as they are", () => {
    const image = input([1, 2, 4, 4]);
    const pooling = {
      kernel: [2, 2],
      strides: [2, 2],
      dilation: [1, 1],
      padding: [
        [1, 1],
        [1, 1],
      ],
    } as const;
    const gradient = input([1, 2, 3, 3]);
    const whole = computation(sum(node("maxPoolGradient", [image, gradient], pooling), [2, 3]));
    expect(shareMasks(whole).outputs).toEqual(whole.outputs);
  });

  test("stay as they are without a relu", () => {
    const lonely = computation(back);
    expect(shareMasks(lonely).outputs).toEqual(lonely.outputs);
  });
});
