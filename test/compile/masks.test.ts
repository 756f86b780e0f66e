import { describe, expect, test } from "vitest";
import { shareMasks } from "../../src/compile/masks.js";
import { nodesOf } from "../../src/compile/structure.js";
import type { Node } from "../../src/graph/types.js";
import { relu } from "../../src/tensor/activations.js";
import * as e from "../../src/tensor/elementwise.js";
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

  test("stay as they are without a relu", () => {
    const lonely = computation(back);
    expect(shareMasks(lonely).outputs).toEqual(lonely.outputs);
  });
});
