import { describe, expect, test } from "vitest";
import { grad } from "../../src/autodiff/api.js";
import { Generator } from "../../src/random/generator.js";
import { compile } from "../../src/runtime/compile.js";
import { scan } from "../../src/runtime/scan.js";
import { Variable } from "../../src/runtime/variable.js";
import { arange, ones, scalar, tensor, zeros } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";

const sequence = tensor([
  [1, 2],
  [3, 4],
  [5, 6],
]);

describe("scan", () => {
  test("hands the carry on, and collects outputs along a new first axis", async () => {
    const { carry, outputs } = scan(
      (sum, x) => {
        const next = sum.add(x);
        return { carry: next, output: next.multiply(2) };
      },
      zeros([2]),
      sequence,
    );
    expect(await carry.array()).toEqual([9, 12]);
    expect(await outputs.array()).toEqual([
      [2, 4],
      [8, 12],
      [18, 24],
    ]);
  });

  test("goes in reverse, with outputs in the order of the sequence", async () => {
    const { outputs } = scan((sum, x) => ({ carry: sum.add(x), output: sum }), zeros([2]), sequence, {
      reverse: true,
    });
    expect(await outputs.array()).toEqual([
      [8, 10],
      [5, 6],
      [0, 0],
    ]);
  });

  test("takes records and lists as carries, sequences and outputs", async () => {
    const { carry, outputs } = scan(
      ({ pair: [a, b], count }, { x, factor }) => ({
        carry: { pair: [b, a.add(x.multiply(factor))], count: count.add(1) },
        output: { difference: a.subtract(b), nothing: undefined },
      }),
      { pair: [zeros([2]), ones([2])], count: scalar(0, "int32") },
      { x: sequence, factor: tensor([1, 10, 100]) },
    );
    expect(await carry.count.item()).toBe(3);
    expect(carry.count.dtype).toBe("int32");
    expect(await carry.pair[0].array()).toEqual([31, 41]);
    expect(await carry.pair[1].array()).toEqual([501, 602]);
    expect(await outputs.difference.array()).toEqual([
      [-1, -1],
      [0, -1],
      [-30, -39],
    ]);
    expect(outputs.nothing).toBeUndefined();
  });

  test("needs no sequences, no carry and no outputs", async () => {
    const powers = scan((x) => ({ carry: x.multiply(2), output: x }), scalar(1), undefined, { length: 5 });
    expect(await powers.outputs.array()).toEqual([1, 2, 4, 8, 16]);
    const squares = scan((_, x) => ({ carry: undefined, output: x.square() }), undefined, sequence);
    expect(await squares.outputs.array()).toEqual([
      [1, 4],
      [9, 16],
      [25, 36],
    ]);
    const total = scan((sum, x) => ({ carry: sum.add(x.sum()) }), scalar(0), sequence);
    expect(total.outputs).toBeUndefined();
    expect(await total.carry.item()).toBe(21);
  });

  test("of no steps gives what it began with", async () => {
    const { carry, outputs } = scan(
      (sum, x) => ({ carry: sum.add(x), output: [sum, x.sum()] }),
      ones([2]),
      zeros([0, 2]),
    );
    expect(await carry.array()).toEqual([1, 1]);
    expect(outputs[0].shape).toEqual([0, 2]);
    expect(outputs[1].shape).toEqual([0]);
    expect(await outputs[1].data()).toHaveLength(0);
  });

  test("can stand in a scan, and in a compiled function with gradients", async () => {
    const weight = new Variable([2], [0.5, 2]);
    const step = compile((x: Tensor) => {
      const { carry } = scan(
        (outer, row) => {
          const inner = scan((s, e) => ({ carry: s.multiply(weight.value).add(e) }), outer, row);
          return { carry: inner.carry };
        },
        zeros([2]),
        x,
      );
      const [gradient] = grad(carry.sum(), [weight.value]);
      weight.assign(weight.value.subtract(gradient));
      return carry;
    });
    const x = arange(8).reshape([2, 2, 2]);
    // By hand: Horner's rule on 0, 2, 4, 6 at 0.5 and on 1, 3, 5, 7 at 2.
    expect(await step(x).array()).toEqual([8.5, 37]);
    const slope = (w: number, [a, b, c]: readonly number[]) => 3 * a! * w * w + 2 * b! * w + c!;
    expect(await weight.value.array()).toEqual([0.5 - slope(0.5, [0, 2, 4]), 2 - slope(2, [1, 3, 5])]);
  });
});

describe("variables", () => {
  test("are read with the value they have where the scan stands", async () => {
    const variable = new Variable([], [1]);
    const run = compile(() => {
      variable.assign(scalar(10));
      return scan((x) => ({ carry: x.add(variable.value) }), scalar(0), undefined, { length: 3 }).carry;
    });
    expect(await run().item()).toBe(30);
  });

  test("cannot be assigned in the body; outside of it they can", async () => {
    const counter = new Variable([], [0], { name: "counter" });
    const body = (x: Tensor) => {
      counter.assign(x);
      return { carry: x };
    };
    expect(() => scan(body, scalar(1), undefined, { length: 2 })).toThrow(
      "assign: variable counter: the body of a scan assigns nothing; carry the value from step to step",
    );
    counter.assign(scan((x) => ({ carry: x.add(1) }), counter.value, undefined, { length: 2 }).carry);
    expect(await counter.value.item()).toBe(2);
  });

  test("random numbers are drawn before, for all steps", async () => {
    const generator = new Generator(7);
    expect(() =>
      scan((x) => ({ carry: x.add(generator.uniform([])) }), scalar(0), undefined, { length: 2 }),
    ).toThrow("draw random numbers before it, for all steps, as a sequence");
    const walk = compile(() => {
      const noise = generator.uniform([3]);
      return { noise, end: scan((x, n) => ({ carry: x.add(n) }), scalar(0), noise).carry };
    })();
    const [a, b, c] = await walk.noise.data();
    expect(await walk.end.item()).toBeCloseTo(a! + b! + c!, 6);
  });
});

describe("what does not fit is refused", () => {
  test.each([
    [
      "sequences of other lengths",
      () => scan((c) => ({ carry: c }), scalar(0), { a: zeros([3]), b: zeros([4, 2]) }),
      "one length along their first axis; there are a float32[3], b float32[4, 2]",
    ],
    [
      "another length in the options",
      () => scan((c) => ({ carry: c }), scalar(0), zeros([3]), { length: 4 }),
      "there are the sequence float32[3], options.length 4",
    ],
    [
      "a scalar as sequence",
      () => scan((c) => ({ carry: c }), scalar(0), { a: scalar(1) }),
      "sequence a is a scalar",
    ],
    [
      "no length at all",
      () => scan((c) => ({ carry: c }), scalar(0), undefined),
      "without sequences, options.length must say how many steps",
    ],
    [
      "a length that is none",
      () => scan((c) => ({ carry: c }), scalar(0), undefined, { length: -1 }),
      "length is -1",
    ],
    [
      "a carry of another shape",
      () => scan(({ h }) => ({ carry: { h: h.sum() } }), { h: zeros([2]) }, sequence),
      "carry h starts as float32[2], and the body makes it float32[]",
    ],
    [
      "a carry of another dtype",
      () => scan((c) => ({ carry: c.cast("float32") }), scalar(1, "int32"), sequence),
      "carry starts as int32[], and the body makes it float32[]",
    ],
    [
      "what cannot be computed with",
      () => scan((c, x) => ({ carry: c.add(x) }), zeros([3]), sequence),
      "add: shapes [3] and [2] do not broadcast",
    ],
  ])("%s", (_, build, message) => {
    expect(build).toThrow(message);
  });

  test("bodies that are no bodies", () => {
    // As JavaScript may call it.
    const call = (body: () => unknown) => () => scan(body as never, scalar(0), sequence);
    expect(call(() => undefined)).toThrow("the body must return { carry, output }");
    expect(call(async () => ({ carry: scalar(0) }))).toThrow("must not be async");
    expect(call(() => ({ carry: 1 }))).toThrow("the carry that the body returns holds number");
    expect(call(() => ({ carry: { h: scalar(0) } }))).toThrow(
      "a carry of other parts, (h), than the initial one, ()",
    );
    expect(call(() => ({ carry: scalar(0), output: "x" }))).toThrow(
      "the output that the body returns holds string",
    );
  });

  test("placeholders outside of their scan", async () => {
    const leaked: Tensor[] = [];
    const { carry } = scan(
      ({ h }, x) => {
        leaked.push(h, x);
        return { carry: { h: h.add(x.sum()) } };
      },
      { h: scalar(0) },
      sequence,
    );
    await expect(leaked[0]!.data()).rejects.toThrow("carry h of a scan has no data");
    await expect(leaked[1]!.add(1).data()).rejects.toThrow("element of a scan has no data");
    expect(await carry.h.item()).toBe(21);
  });
});
