import { describe, expect, test } from "vitest";
import { inputSlot, node } from "../../src/graph/build.js";
import { withLayer, withPhase } from "../../src/graph/origin.js";
import { print } from "../../src/graph/print.js";
import type { Node } from "../../src/graph/types.js";
import { VerificationError, verify } from "../../src/graph/verify.js";
import { add, constant, exp } from "../../src/tensor/elementwise.js";
import { sum } from "../../src/tensor/reduction.js";

const x: Node = node("input", [], { slot: inputSlot("images", { shape: [2, 3], dtype: "float32" }) });

describe("verify", () => {
  const good = withLayer("dense", () => sum(exp(add(x, 1)), 0));

  test("accepts what the builders make", () => {
    expect(() => verify([good, x])).not.toThrow();
  });

  const forged = (change: Partial<Record<keyof Node, unknown>>): Node => ({ ...good, ...change }) as Node;
  test.each([
    ["a wrong shape", { shape: [4] }, "it says float32[4], but its operation gives float32[3]"],
    ["a wrong dtype", { dtype: "int32" }, "it says int32[3]"],
    ["a missing operand", { inputs: [] }, "takes 1 operands, got 0"],
    ["an operand that does not exist", { inputs: [undefined] }, "an operand does not exist"],
    ["bad attributes", { attributes: { axes: [2] } }, "axes [2] must be increasing"],
    ["an unknown operation", { op: "frobnicate" }, "there is no such operation"],
    ["no origin", { origin: undefined }, "it has no origin"],
  ])("refuses %s, naming the node and the pass", (_, change, reason) => {
    const bad = forged(change);
    expect(() => verify([exp(x), bad], "fuse")).toThrow(VerificationError);
    expect(() => verify([bad], "fuse")).toThrow(`after fuse: node ${good.id}, `);
    expect(() => verify([bad], "fuse")).toThrow(reason);
  });

  test("looks at every node, not only the roots", () => {
    const deep = {
      ...good,
      inputs: [forged({ shape: [9, 9] })],
      attributes: { axes: [0] },
      shape: [9],
    } as Node;
    expect(() => verify([deep])).toThrow("it says float32[9, 9]");
  });

  test("refuses a root that does not exist", () => {
    expect(() => verify([x, undefined] as unknown as Node[], "simplify")).toThrow(
      "after simplify: root 1 does not exist",
    );
  });
});

test("print lists nodes in order, with attributes, layers and phases", () => {
  const y = withLayer("features.0", () => add(x, constant(0.5, "float32", [2, 3])));
  const z = withPhase("backward", () => sum(y, [0]), y.origin);
  expect(print([z, y])).toBe(
    [
      "%0 = input(images) float32[2, 3]",
      "%1 = constant(0.5) float32[2, 3]  features.0",
      "%2 = add(%0, %1) float32[2, 3]  features.0",
      "%3 = sum(%2, axes: [0]) float32[3]  features.0 (backward)",
      "return %3, %2",
    ].join("\n"),
  );
});
