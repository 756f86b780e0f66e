import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Backend } from "../../src/backends/backend.js";
import { compile } from "../../src/runtime/compile.js";
import { device, useDevice } from "../../src/runtime/device.js";
import { Variable, waitingAssignments } from "../../src/runtime/variable.js";
import { ones, scalar, tensor, zeros } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";

describe.each(["reference", "wasm"] as const)("compile on %s", (backend) => {
  beforeEach(() => {
    useDevice({ backend, threads: 2 });
  });
  afterEach(() => {
    expect(waitingAssignments().size).toBe(0);
  });

  test("traces once for each combination of shapes and dtypes", async () => {
    let traces = 0;
    const double = compile((x: Tensor) => {
      traces++;
      return x.add(x);
    });
    expect(await double(tensor([1, 2])).array()).toEqual([2, 4]);
    expect(await double(tensor([3, 4])).array()).toEqual([6, 8]);
    expect(traces).toBe(1);
    expect(await double(tensor([1, 2, 3])).array()).toEqual([2, 4, 6]);
    expect(await double(tensor([1, 2], { dtype: "int32" })).array()).toEqual([2, 4]);
    expect(traces).toBe(3);
    await double(tensor([5, 6])).array();
    expect(traces).toBe(3);
  });

  test("writes an argument only when it is another, and always the right one", async () => {
    const writes: number[] = [];
    const { allocate } = device();
    vi.spyOn(device(), "allocate").mockImplementation(function (this: Backend, slot) {
      const buffer = allocate.call(this, slot);
      const { write } = buffer;
      vi.spyOn(buffer, "write").mockImplementation((data) => {
        writes.push(Number(data[0]));
        write.call(buffer, data);
      });
      return buffer;
    });
    const f = compile((x: Tensor, y: Tensor) => x.multiply(10).add(y));
    const [one, two] = [tensor([1]), tensor([2])];
    const given = [one, one, two, one, two, two];
    for (const x of given) expect(await f(x, one).item()).toBe(10 * (x === one ? 1 : 2) + 1);
    // What was read belongs to the reader, and changing it changes no tensor.
    (await one.data())[0] = 5;
    expect(await f(one, one).item()).toBe(11);
    expect(writes).toEqual([1, 1, 2, 1, 2, 1]);
    vi.restoreAllMocks();
  });

  test("results have the structure that the function returned", async () => {
    const f = compile((x: Tensor) => ({
      sum: x.sum(),
      parts: [x.add(1), { deep: x.multiply(2) }] as const,
      nothing: undefined,
    }));
    for (let call = 0; call < 2; call++) {
      const { sum, parts, nothing } = f(tensor([1, 2]));
      expect(await sum.item()).toBe(3);
      expect(await parts[0].array()).toEqual([2, 3]);
      expect(await parts[1].deep.array()).toEqual([2, 4]);
      expect(nothing).toBeUndefined();
    }
  });

  test("a result may be an argument, a variable's value or a constant", async () => {
    const v = new Variable([2], [5, 6]);
    const f = compile((x: Tensor) => [x, v.value, ones([2]), x] as const);
    const [a, b, c, d] = f(tensor([1, 2]));
    expect(await Promise.all([a, b, c, d].map((part) => part.array()))).toEqual([
      [1, 2],
      [5, 6],
      [1, 1],
      [1, 2],
    ]);
  });

  test("arguments and results are checked", () => {
    const f = compile((x: Tensor) => x, { name: "identity" });
    // @ts-expect-error numbers are no tensors
    expect(() => f(3)).toThrow("identity: argument 0 is number; compiled functions take tensors");
    // @ts-expect-error nor is a number a result
    const g = compile((x: Tensor) => ({ loss: x, count: 3 }), { name: "step" });
    expect(() => g(scalar(1))).toThrow("step: returned number");
  });

  test("async functions are refused", () => {
    // @ts-expect-error a promise is no result
    const f = compile(async (x: Tensor) => x, { name: "step" });
    expect(() => f(scalar(1))).toThrow("step: a compiled function must not be async");
  });

  test("an error inside of the function leaves no assignments behind, and the next call works", async () => {
    const v = new Variable([], 1);
    let broken = true;
    const step = compile((x: Tensor) => {
      v.assign(v.value.add(x));
      if (broken) throw new Error("in the middle");
      return v.value;
    });
    expect(() => step(scalar(5))).toThrow("in the middle");
    expect(waitingAssignments().size).toBe(0);
    expect(await v.data()).toEqual(new Float32Array([1]));
    broken = false;
    expect(await step(scalar(5)).item()).toBe(6);
  });

  test("arguments that have not been computed are computed first", async () => {
    const v = new Variable([2], [1, 2]);
    const f = compile((x: Tensor) => x.multiply(10));
    const lazy = v.value.add(1);
    expect(await f(lazy).array()).toEqual([20, 30]);
    expect(await f(lazy.add(f(lazy))).array()).toEqual([220, 330]);
  });

  test("results feed the next step without being read", async () => {
    const increment = compile((x: Tensor) => x.add(1));
    let x = scalar(0);
    for (let step = 0; step < 10; step++) x = increment(x);
    expect(await x.item()).toBe(10);
    expect(await x.multiply(2).item()).toBe(20);
  });

  test("steps that nobody awaits run in order, each once", async () => {
    const v = new Variable([], 1);
    const step = compile((x: Tensor) => {
      v.assign(v.value.multiply(2).add(x));
      return v.value;
    });
    const seen = [1, 2, 3, 4].map((x) => step(scalar(x)));
    expect(await Promise.all(seen.map((result) => result.item()))).toEqual([3, 8, 19, 42]);
    step(scalar(0));
    step(scalar(0));
    expect(await v.data()).toEqual(new Float32Array([168]));
  });

  test("different compiled functions take turns", async () => {
    const v = new Variable([64, 64], 0);
    const add = compile((x: Tensor) => {
      v.assign(v.value.add(x.exp()));
    });
    const scale = compile((x: Tensor) => {
      v.assign(v.value.multiply(x));
      return v.value.sum();
    });
    const read = compile(() => v.value.max());
    add(zeros([64, 64]));
    const first = scale(scalar(3));
    add(zeros([64, 64]));
    const second = read();
    expect([await first.item(), await second.item()]).toEqual([3 * 4096, 4]);
  });

  test("a failure of a call is seen by its reader, and later calls go on", async () => {
    let leaked: Tensor | undefined;
    compile((x: Tensor) => {
      leaked = x;
      return x;
    })(scalar(1));
    const f = compile((x: Tensor) => x.add(1));
    const failed = f(leaked!);
    await expect(failed.item()).rejects.toThrow("can only be read inside of it");
    expect(await f(scalar(1)).item()).toBe(2);
  });

  test("the last of several assignments counts, and reads in between see what was assigned before", async () => {
    const v = new Variable([], 2);
    const step = compile(() => {
      const before = v.value;
      v.assign(v.value.add(1));
      const between = v.value.multiply(1);
      v.assign(v.value.multiply(10));
      return { before, between, after: v.value };
    });
    const { before, between, after } = step();
    expect([await before.item(), await between.item(), await after.item()]).toEqual([2, 3, 30]);
    expect(await v.data()).toEqual(new Float32Array([30]));
  });

  test("variables exchange their values", async () => {
    const [a, b] = [new Variable([3], [1, 2, 3]), new Variable([3], [4, 5, 6])];
    const swap = compile(() => {
      const [x, y] = [a.value, b.value];
      a.assign(y);
      b.assign(x);
    });
    swap();
    expect([await a.data(), await b.data()].map((x) => Array.from(x))).toEqual([
      [4, 5, 6],
      [1, 2, 3],
    ]);
    const rotate = compile(() => {
      const [x, y] = [a.value, b.value];
      a.assign(x.add(y));
      b.assign(x.subtract(y));
    });
    rotate();
    expect([await a.data(), await b.data()].map((x) => Array.from(x))).toEqual([
      [5, 7, 9],
      [3, 3, 3],
    ]);
  });
});
