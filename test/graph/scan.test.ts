import { describe, expect, test } from "vitest";
import { inputSlot, node } from "../../src/graph/build.js";
import { withLayer } from "../../src/graph/origin.js";
import { print } from "../../src/graph/print.js";
import { loopsOf, scanParameter, scanParameters } from "../../src/graph/scan.js";
import { substitute } from "../../src/graph/substitute.js";
import type { Node, OpAttributes } from "../../src/graph/types.js";
import { verify } from "../../src/graph/verify.js";
import { baseOf } from "../../src/graph/views.js";
import { topological } from "../../src/graph/walk.js";
import { add, constant, exp, multiply, sin } from "../../src/tensor/elementwise.js";
import { broadcastTo, transpose } from "../../src/tensor/movement.js";

const leaf = (...shape: number[]): Node =>
  node("input", [], { slot: inputSlot("x", { shape, dtype: "float32" }) });
const parameter = (position: number, ...shape: number[]): Node =>
  scanParameter(position, { shape, dtype: "float32" });

const [initial, sequence, weight] = [leaf(2), leaf(5, 2), leaf(2)];
const inputs = [initial, sequence, weight];
const next = add(multiply(parameter(0, 2), parameter(2, 2)), parameter(1, 2));
const attributes: OpAttributes["scan"] = {
  length: 5,
  sequences: 1,
  reverse: false,
  next: [next],
  result: { kind: "final", carry: 0 },
};
const scan = (change: Partial<OpAttributes["scan"]> = {}, operands: readonly Node[] = inputs): Node =>
  node("scan", operands, { ...attributes, ...change });

describe("a loop's results", () => {
  test("have the types of the carry, of all its states, and of a stack", () => {
    expect(scan()).toMatchObject({ shape: [2], dtype: "float32" });
    expect(scan({ result: { kind: "states", carry: 0 } }).shape).toEqual([6, 2]);
    expect(scan({ result: { kind: "stack", value: exp(next) } }).shape).toEqual([5, 2]);
  });

  test("are equal when bodies, inputs and attributes are, and different otherwise", () => {
    const same = add(multiply(parameter(0, 2), parameter(2, 2)), parameter(1, 2));
    expect(scan({ next: [same] })).toBe(scan());
    const others = [
      scan({ reverse: true }),
      scan({ next: [exp(next)] }),
      scan({ result: { kind: "states", carry: 0 } }),
      scan({ result: { kind: "stack", value: next } }),
      scan({ result: { kind: "stack", value: exp(next) } }),
      scan({}, [leaf(2), sequence, weight]),
    ];
    expect(new Set([scan(), ...others]).size).toBe(1 + others.length);
  });

  test("are found together", () => {
    const results = [scan(), scan({ result: { kind: "states", carry: 0 } })];
    const other = scan({ reverse: true });
    const loops = loopsOf(topological([...results, other]));
    expect(loops.get(results[0]!)).toBe(loops.get(results[1]!));
    expect(loops.get(results[0]!)!.results).toEqual(results);
    expect(loops.get(other)!.results).toEqual([other]);
  });

  test("have one parameter for each input: elements of sequences, everything else as it is", () => {
    expect(scanParameters(inputs, attributes)).toEqual([parameter(0, 2), parameter(1, 2), parameter(2, 2)]);
    expect(parameter(0, 2)).not.toBe(parameter(0, 3));
  });
});

describe("what does not fit is refused", () => {
  test.each([
    ["a fraction as length", () => scan({ length: 2.5 }), "scan: length is 2.5"],
    ["too few inputs", () => scan({}, [initial]), "1 carries and 1 sequences need as many operands, got 1"],
    ["another length", () => scan({ length: 4 }), "sequence 0 is float32[5, 2]; a loop of 4 steps needs 4"],
    [
      "a carry that changes",
      () => scan({}, [leaf(3), sequence, weight]),
      "carry 0 starts as float32[3] and goes on as float32[2]",
    ],
    ["a carry that is not there", () => scan({ result: { kind: "final", carry: 1 } }), "there is no carry 1"],
  ])("%s", (_, build, message) => {
    expect(build).toThrow(message);
  });

  test("by verify: a body that is not closed, or wrong within", () => {
    expect(() => verify([scan()])).not.toThrow();
    const open = scan({ next: [add(next, leaf(2))] });
    expect(() => verify([open])).toThrow(
      "its body reads input(x) float32[2], which is no parameter of the loop",
    );
    const strange = scan({ next: [add(next, parameter(1, 2)), add(next, parameter(3, 2))].slice(1) });
    expect(() => verify([strange])).toThrow("parameter 3");
    const forged = { ...exp(sin(next)), shape: [7] } as Node;
    expect(() => verify([scan({ result: { kind: "stack", value: forged } })])).toThrow("it says float32[7]");
  });
});

test("print lists the body once, below", () => {
  const value = sin(next);
  const x = withLayer("lstm", () => scan({ result: { kind: "stack", value } }));
  expect(print([scan(), x])).toBe(
    [
      "%0 = input(x) float32[2]",
      "%1 = input(x) float32[5, 2]",
      "%2 = input(x) float32[2]",
      "%3 = scan(%0, %1, %2, final 0, length: 5) float32[2]  loop 0",
      "%4 = scan(%0, %1, %2, stack, length: 5) float32[5, 2]  loop 0 lstm",
      "return %3, %4",
      "loop 0:",
      "  %0 = input(parameter 0) float32[2]",
      "  %1 = input(parameter 2) float32[2]",
      "  %2 = multiply(%0, %1) float32[2]",
      "  %3 = input(parameter 1) float32[2]",
      "  %4 = add(%2, %3) float32[2]",
      "  %5 = sin(%4) float32[2]",
      "  return %4, %5",
    ].join("\n"),
  );
});

describe("substitute", () => {
  test("replaces nodes and what depends on them, and nothing else", () => {
    const [x, y] = [leaf(2), leaf(2)];
    const kept = exp(y);
    const [result, same] = substitute([add(sin(x), kept), kept], new Map([[x, y]]));
    expect(result).toBe(add(sin(y), kept));
    expect(same).toBe(kept);
  });

  test("does not look below what it replaces, and keeps origins unless told otherwise", () => {
    const x = leaf(2);
    const middle = sin(x);
    const top = withLayer("dense", () => exp(middle));
    const [z, w] = [leaf(2), leaf(2)];
    expect(substitute([top], new Map([[middle, z]]))[0]).toBe(exp(z));
    expect(exp(z).origin.layer).toBe("dense");
    const [moved] = substitute([top], new Map([[middle, w]]), { layer: "other", phase: "backward" });
    expect(moved!.origin).toEqual({ layer: "other", phase: "backward" });
  });

  test("needs no recursion", () => {
    const [x, y] = [leaf(1), leaf(1)];
    let deep = x;
    for (let i = 0; i < 20_000; i++) deep = sin(deep);
    expect(topological(substitute([deep], new Map([[x, y]])))).toHaveLength(20_001);
  });
});

test("baseOf skips movement that only changes indices", () => {
  const x = leaf(4, 3);
  expect(baseOf(transpose(x))).toBe(x);
  expect(baseOf(broadcastTo(constant(1), [2, 3]))).toBe(constant(1));
});
