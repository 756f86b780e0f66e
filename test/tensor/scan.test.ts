import { describe, expect, test } from "vitest";
import { inputSlot, node } from "../../src/graph/build.js";
import type { Node, NodeOf } from "../../src/graph/types.js";
import { topological } from "../../src/graph/walk.js";
import { matmul } from "../../src/tensor/contraction.js";
import { add, constant, exp, multiply, sin, tanh } from "../../src/tensor/elementwise.js";
import { broadcastTo, transpose } from "../../src/tensor/movement.js";
import { scan, statesAfter, statesBefore } from "../../src/tensor/scan.js";

const leaf = (...shape: number[]): Node =>
  node("input", [], { slot: inputSlot("x", { shape, dtype: "float32" }) });

/** One carry of shape [2, 3] along a sequence of 4. */
function loop(body: (state: Node, element: Node) => { next: Node; outputs?: Node[] }, reverse = false) {
  const [state, element, initial, of] = [leaf(2, 3), leaf(2, 3), leaf(2, 3), leaf(4, 2, 3)];
  const { next, outputs = [] } = body(state, element);
  const carries = [{ state, initial, next }];
  return { initial, of, ...scan({ length: 4, reverse, carries, sequences: [{ element, of }], outputs }) };
}

function asScan(of: Node | undefined): NodeOf<"scan"> {
  if (of?.op !== "scan") throw new Error(`${of?.op} is no scan`);
  return of;
}

const operations = (of: Node) => topological(asScan(of).attributes.next).map(({ op }) => op);

describe("what does not change from step to step", () => {
  test("is computed before the loop, and enters it", () => {
    const weight = leaf(3, 3);
    const { finals, initial, of } = loop((h, x) => ({ next: add(matmul(h, exp(transpose(weight))), x) }));
    const [final] = finals;
    expect(final!.inputs).toEqual([initial, of, exp(transpose(weight))]);
    expect(operations(final!)).toEqual(["input", "input", "matmul", "input", "add"]);
  });

  test("constants stay inside, also spread ones", () => {
    const { finals } = loop((h) => ({ next: multiply(h, 0.5) }));
    expect(finals[0]!.inputs).toHaveLength(1);
  });

  test("is spread inside: a bias enters as it is", () => {
    const bias = leaf(3);
    const { finals } = loop((h) => ({ next: add(h, bias) }));
    expect(finals[0]!.inputs[1]!.shape).toEqual([1, 3]);
    expect(operations(finals[0]!)).toContain("broadcast");
  });
});

describe("no more than needed", () => {
  test("sequences that the step does not use are left out", () => {
    const { finals, initial } = loop((h) => ({ next: sin(h) }));
    expect(finals[0]!.inputs).toEqual([initial]);
  });

  test("outputs that are there anyway are not stacked: elements, states, and what is the same in each step", () => {
    const same = leaf(2, 3);
    const { outputs, of } = loop((h, x) => {
      const next = tanh(add(h, x));
      return { next, outputs: [x, h, next, same, sin(next)] };
    });
    expect(outputs[0]).toBe(of);
    expect(outputs[1]!.inputs[0]).toBe(outputs[2]!.inputs[0]);
    expect(asScan(outputs[1]!.inputs[0]).attributes.result).toEqual({ kind: "states", carry: 0 });
    expect(outputs[3]!.op).toBe("broadcast");
    expect(asScan(outputs[4]).attributes.result.kind).toBe("stack");
    for (const output of outputs) expect(output.shape).toEqual([4, 2, 3]);
  });

  test("equal steps are one loop, whatever their placeholders", () => {
    const [initial, of] = [leaf(2), leaf(3, 2)];
    const build = () => {
      const [state, element] = [leaf(2), leaf(2)];
      const carries = [{ state, initial, next: exp(add(state, element)) }];
      return scan({ length: 3, reverse: false, carries, sequences: [{ element, of }], outputs: [] });
    };
    expect(build().finals[0]).toBe(build().finals[0]);
  });

  test("inner loops are closed over the outer one's placeholders", () => {
    const { finals } = loop((h, x) => {
      const state = leaf(2, 3);
      const inner = scan({
        length: 2,
        reverse: false,
        carries: [{ state, initial: h, next: multiply(add(state, x), constant(0.5)) }],
        sequences: [],
        outputs: [],
      });
      return { next: inner.finals[0]! };
    });
    const inner = asScan(asScan(finals[0]).attributes.next[0]);
    expect(inner.inputs.map((input) => input.op === "input" && input.attributes.slot.parameter)).toEqual([
      0, 1,
    ]);
    expect(inner.attributes.length).toBe(2);
  });
});

test("states before and after each step lie in the order of the sequence", () => {
  const states = leaf(5, 2);
  const range = (of: Node) => of.op === "slice" && [of.attributes.start[0], of.attributes.stop[0]];
  expect(range(statesBefore(states, false))).toEqual([0, 4]);
  expect(range(statesAfter(states, false))).toEqual([1, 5]);
  expect(range(statesBefore(states, true))).toEqual([1, 5]);
  expect(range(statesAfter(states, true))).toEqual([0, 4]);
  expect(broadcastTo(states, [5, 2])).toBe(states);
});
