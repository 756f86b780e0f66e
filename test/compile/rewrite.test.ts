import { expect, test } from "vitest";
import { rewrite } from "../../src/compile/rewrite.js";
import { withLayer, withPhase } from "../../src/graph/origin.js";
import * as e from "../../src/tensor/elementwise.js";
import { cellOf, input, variable } from "./support.js";

test("replacements are rewritten until no rule applies, from the leaves up", () => {
  const x = input([2]);
  const { outputs } = rewrite(
    { outputs: [e.sin(e.cos(x))], updates: [] },
    // cos -> sin -> tanh
    { cos: ({ inputs }) => e.sin(inputs[0]!), sin: ({ inputs }) => e.tanh(inputs[0]!) },
  );
  expect(outputs).toEqual([e.tanh(e.tanh(x))]);
});

test("nodes without rules keep their identity when nothing below them changed", () => {
  const [x, y] = [input([2]), input([2])];
  const untouched = e.exp(y);
  const { outputs } = rewrite(
    { outputs: [untouched, e.add(e.sin(x), untouched)], updates: [] },
    { sin: ({ inputs }) => e.cos(inputs[0]!) },
  );
  expect(outputs[0]).toBe(untouched);
  expect(outputs[1]).toBe(e.add(e.cos(x), untouched));
});

test("updates are rewritten too, and keep their variables", () => {
  const v = variable([2]);
  const { updates } = rewrite(
    { outputs: [], updates: [{ cell: cellOf(v), value: e.sin(v) }] },
    { sin: ({ inputs }) => e.cos(inputs[0]!) },
  );
  expect(updates).toEqual([{ cell: cellOf(v), value: e.cos(v) }]);
});

test("new nodes have the origin of what they replace", () => {
  const x = input([7]);
  const old = withLayer("features.0", () => withPhase("backward", () => e.sin(x)));
  const { outputs } = rewrite(
    { outputs: [old], updates: [] },
    { sin: ({ inputs }) => e.negate(e.cos(inputs[0]!)) },
  );
  expect(outputs[0]!.origin).toMatchObject({ layer: "features.0", phase: "backward" });
  expect(outputs[0]!.inputs[0]!.origin).toMatchObject({ layer: "features.0", phase: "backward" });
});

test("rules that chase each other are a mistake that is reported", () => {
  expect(() =>
    rewrite(
      { outputs: [e.sin(input([2]))], updates: [] },
      { sin: ({ inputs }) => e.cos(inputs[0]!), cos: ({ inputs }) => e.sin(inputs[0]!) },
    ),
  ).toThrow("rewriting sin does not come to an end");
});
