import { beforeEach, describe, expect, test } from "vitest";
import { compile } from "../../src/runtime/compile.js";
import { device, useDevice } from "../../src/runtime/device.js";
import { Variable } from "../../src/runtime/variable.js";
import { scalar, tensor } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";

describe.each(["reference", "wasm"] as const)("variables on %s", (backend) => {
  beforeEach(() => {
    useDevice({ backend, threads: 1 });
  });

  test("assignments outside of a trace are seen by the next read", async () => {
    const v = new Variable([2], [1, 2]);
    v.assign(v.value.add(1));
    v.assign(v.value.multiply(10));
    expect(await v.value.sum().item()).toBe(50);
    expect(await v.data()).toEqual(new Float32Array([20, 30]));
  });

  test("reading anything carries waiting assignments out, once", async () => {
    const v = new Variable([], 1);
    v.assign(v.value.add(1));
    await tensor([1, 2]).sum().item();
    expect(await v.data()).toEqual(new Float32Array([2]));
    expect(await v.data()).toEqual(new Float32Array([2]));
  });

  test("a compiled call carries waiting assignments out before it runs", async () => {
    const v = new Variable([], 1);
    const f = compile((x: Tensor) => v.value.add(x));
    expect(await f(scalar(0)).item()).toBe(1);
    v.assign(scalar(7));
    expect(await f(scalar(1)).item()).toBe(8);
  });

  test("write replaces the value and what was waiting", async () => {
    const v = new Variable([2], 0);
    v.assign(tensor([1, 1]));
    v.write([5, 6]);
    expect(await v.data()).toEqual(new Float32Array([5, 6]));
    await v.value.sum().item();
    v.write([7, 8]);
    expect(await v.data()).toEqual(new Float32Array([7, 8]));
  });

  test("what is read is a copy", async () => {
    const v = new Variable([2], [1, 2]);
    (await v.data()).fill(9);
    expect(await v.data()).toEqual(new Float32Array([1, 2]));
  });

  test("a function makes the first value when it is needed, once, and never if it is replaced before", async () => {
    let calls = 0;
    const make = () => {
      const v = new Variable([2], () => {
        calls++;
        return [1, 2];
      });
      return v;
    };
    const v = make();
    v.assign(v.value.add(1));
    expect(calls).toBe(0);
    expect(await v.data()).toEqual(new Float32Array([2, 3]));
    expect(await v.data()).toEqual(new Float32Array([2, 3]));
    expect(calls).toBe(1);
    const written = make();
    written.write([5, 6]);
    expect(await written.data()).toEqual(new Float32Array([5, 6]));
    expect(calls).toBe(1);
  });

  test("a variable larger than all memory can be made and described", () => {
    const v = new Variable([1e6, 1e9], 0);
    expect(v.size).toBe(1e15);
    expect(v.value.shape).toEqual([1e6, 1e9]);
  });

  test("shape, dtype and number of elements are checked", async () => {
    const v = new Variable([2], 0, { name: "features.0.bias" });
    expect(() => v.assign(scalar(1))).toThrow(
      "assign: variable features.0.bias is float32[2] and cannot hold float32[]",
    );
    expect(() => v.assign(tensor([1, 2], { dtype: "int32" }))).toThrow("cannot hold int32[2]");
    expect(() => v.write([1])).toThrow("holds 2 elements, got 1");
    expect(() => new Variable([2], [1, 2, 3])).toThrow("got 3");
    const late = new Variable([2], () => [1, 2, 3], { name: "late" });
    await expect(late.data()).rejects.toThrow("variable late [2] holds 2 elements, got 3");
  });

  test("int32 and bool variables", async () => {
    const count = new Variable([], 3, { dtype: "int32" });
    const mask = new Variable([3], [1, 0, 1], { dtype: "bool" });
    const step = compile(() => {
      count.assign(count.value.add(1));
      mask.assign(mask.value.not());
    });
    step();
    step();
    step();
    expect(await count.data()).toEqual(new Int32Array([6]));
    expect(await mask.data()).toEqual(new Int32Array([0, 1, 0]));
  });

  test("two models of one architecture share a program, not their values", async () => {
    const make = (value: number) => {
      const w = new Variable([2], value);
      const step = compile((x: Tensor) => {
        w.assign(w.value.subtract(x.multiply(0.5)));
        return w.value.sum();
      });
      return { w, step };
    };
    const [first, second] = [make(1), make(10)];
    expect(await first.step(tensor([2, 2])).item()).toBe(0);
    expect(await second.step(tensor([2, 2])).item()).toBe(18);
    expect(first.step.statistics()).toBe(second.step.statistics());
    expect(await first.w.data()).toEqual(new Float32Array([0, 0]));
    expect(await second.w.data()).toEqual(new Float32Array([9, 9]));
  });
});

describe("devices", () => {
  test("variables keep their values when they move", async () => {
    useDevice({ backend: "reference" });
    const v = new Variable([2], [1, 2]);
    const step = compile(() => {
      v.assign(v.value.multiply(2));
      return v.value;
    });
    expect(await step().array()).toEqual([2, 4]);
    useDevice({ backend: "wasm", threads: 1 });
    expect(device().name).toBe("wasm");
    expect(await step().array()).toEqual([4, 8]);
    useDevice({ backend: "wasm", threads: 2 });
    expect(await step().array()).toEqual([8, 16]);
    useDevice({ backend: "reference" });
    expect(await step().array()).toEqual([16, 32]);
    expect(await v.data()).toEqual(new Float32Array([16, 32]));
  });

  test("a step that was asked for before the device changed is not lost", async () => {
    useDevice({ backend: "wasm", threads: 1 });
    const v = new Variable([], 1);
    const step = compile((x: Tensor) => {
      v.assign(v.value.add(x));
    });
    step(scalar(1));
    step(scalar(2));
    useDevice({ backend: "reference" });
    step(scalar(3));
    expect(await v.data()).toEqual(new Float32Array([7]));
  });

  test("the number of threads is checked", () => {
    expect(() => useDevice({ threads: 0 })).toThrow("threads is 0; it must be an integer of at least 1");
    expect(() => useDevice({ threads: 1.5 })).toThrow("1.5");
  });
});
