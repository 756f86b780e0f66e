import { describe, expect, test } from "vitest";
import { chooseResiduals } from "../../src/autodiff/residuals.js";
import type { Node } from "../../src/graph/types.js";
import { matmul } from "../../src/tensor/contraction.js";
import { add, exp, greater, lessEqual, multiply, sin, subtract, tanh } from "../../src/tensor/elementwise.js";
import { slice } from "../../src/tensor/movement.js";
import { sum } from "../../src/tensor/reduction.js";
import { input } from "../compile/support.js";

const [x, w] = [input([4, 3]), input([3, 5])] as [Node, Node];
const available = (node: Node) => node.op === "input";
const choose = (...needed: Node[]) => chooseResiduals(needed, available);

describe("stored values", () => {
  test("costly values that are needed are stored, cheap ones are computed again", () => {
    const y = tanh(x);
    const slope = subtract(1, multiply(y, y));
    expect(choose(y, slope)).toEqual([y]);
    expect(choose(slope), "of equals, what is needed itself").toEqual([slope]);
    expect(choose(multiply(x, x), greater(x, 0))).toEqual([]);
  });

  test("where two cheap values come from one costly value, that one is stored", () => {
    const product = matmul(x, w);
    expect(choose(greater(product, 0), lessEqual(product, 1))).toEqual([product]);
  });

  test("where one cheap value comes from two costly ones, it is stored itself", () => {
    const total = add(matmul(x, w), exp(matmul(x, w)));
    expect(choose(total, multiply(total, 2))).toEqual([total]);
  });

  test("only the part that is needed", () => {
    const part = slice(matmul(x, w), [0, 0], [4, 2]);
    expect(choose(add(part, 1))).toEqual([add(part, 1)]);
  });

  test("the smaller side of a reduction", () => {
    const large = exp(x);
    expect(choose(sum(large, 1))).toEqual([sum(large, 1)]);
    // The sum is costly, so storing what it adds up does not spare it.
    expect(choose(sum(large, 1), large)).toEqual(expect.arrayContaining([large, sum(large, 1)]));
  });

  test("what is available anyway cuts, too", () => {
    const y = sin(x);
    const given = (node: Node) => node === y || node.op === "input";
    expect(chooseResiduals([multiply(y, 2)], given)).toEqual([]);
    expect(chooseResiduals([y], given)).toEqual([]);
  });
});
