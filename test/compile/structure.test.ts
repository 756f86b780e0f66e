import { expect, test } from "vitest";
import { structureOf } from "../../src/compile/structure.js";
import type { Computation } from "../../src/graph/computation.js";
import type { Node } from "../../src/graph/types.js";
import * as e from "../../src/tensor/elementwise.js";
import * as m from "../../src/tensor/movement.js";
import * as r from "../../src/tensor/reduction.js";
import { cellOf, input, variable } from "./support.js";

/** A step of its own variable and input. */
function step(change: (x: Node, v: Node) => Node = (x, v) => e.add(v, e.exp(x))): Computation {
  const [x, v] = [input([2, 3]), variable([2, 3])];
  const value = change(x, v);
  return { outputs: [r.sum(value)], updates: [{ cell: cellOf(v), value }] };
}

const key = (computation: Computation) => structureOf(computation).key;

test("equal for the same operations on other inputs and variables", () => {
  expect(key(step())).toBe(key(step()));
});

test("different when anything differs", () => {
  const [x, y, v, w] = [input([2, 3]), input([2, 3]), variable([2, 3]), variable([2, 3])];
  const [cellV, cellW] = [cellOf(v), cellOf(w)];
  const computations: Computation[] = [
    step(),
    step((a, b) => e.add(e.exp(a), b)),
    step((a, b) => e.subtract(b, e.exp(a))),
    step((a, b) => e.add(b, e.exp(e.add(a, b)))),
    step((a) => e.add(a, 1)),
    step((a) => e.add(a, 2)),
    step((a) => e.add(a, NaN)),
    step((a) => e.add(a, Infinity)),
    step((a) => e.add(a, -Infinity)),
    step((a) => e.add(a, 0)),
    step((a) => e.add(a, -0)),
    step((a) => m.flip(a, 0)),
    step((a) => m.flip(a, 1)),
    { outputs: [x], updates: [] },
    { outputs: [x, x], updates: [] },
    { outputs: [x, y], updates: [] },
    { outputs: [v], updates: [] },
    { outputs: [input([3, 2])], updates: [] },
    { outputs: [input([2, 3], "int32")], updates: [] },
    { outputs: [], updates: [{ cell: cellV, value: x }] },
    { outputs: [], updates: [{ cell: cellV, value: v }] },
    { outputs: [], updates: [{ cell: cellV, value: w }] },
    { outputs: [v, w], updates: [{ cell: cellV, value: w }] },
    { outputs: [v, w], updates: [{ cell: cellW, value: w }] },
    {
      outputs: [
        m.pad(
          x,
          [
            [1, 0],
            [0, 0],
          ],
          0,
        ),
      ],
      updates: [],
    },
    {
      outputs: [
        m.pad(
          x,
          [
            [1, 0],
            [0, 0],
          ],
          -Infinity,
        ),
      ],
      updates: [],
    },
    {
      outputs: [
        m.pad(
          x,
          [
            [0, 1],
            [0, 0],
          ],
          0,
        ),
      ],
      updates: [],
    },
  ];
  const keys = computations.map(key);
  keys.forEach((one, i) => {
    expect(keys.indexOf(one), `computation ${i}`).toBe(i);
  });
});

test("which of its leaves are one and the same matters", () => {
  const [x, y] = [input([2]), input([2])];
  expect(key({ outputs: [e.add(x, e.exp(x))], updates: [] })).not.toBe(
    key({ outputs: [e.add(x, e.exp(y))], updates: [] }),
  );
});

test("leaves come in the order of the graph, each once, updated variables that are not read included", () => {
  const [x, v, w] = [input([2]), variable([2]), variable([2])];
  const { leaves } = structureOf({
    outputs: [e.add(v, e.multiply(x, v))],
    updates: [{ cell: cellOf(w), value: x }],
  });
  expect(leaves.map((leaf) => leaf.kind)).toEqual(["variable", "input", "variable"]);
  expect(leaves[0]).toMatchObject({ cell: cellOf(v) });
  expect(leaves[2]).toMatchObject({ cell: cellOf(w) });
});
