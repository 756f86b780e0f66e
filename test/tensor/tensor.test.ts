import { inspect } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import { ShapeError } from "../../src/shape/shape.js";
import {
  arange,
  einsum,
  eye,
  full,
  linspace,
  oneHot,
  ones,
  scalar,
  stack,
  tensor,
  zeros,
} from "../../src/tensor/creation.js";
import { setRealizer } from "../../src/tensor/realizer.js";
import { valuesOf } from "../autodiff/support.js";

describe("creation", () => {
  test("nested arrays give shape and dtype", () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect([x.shape, x.dtype, x.rank, x.size]).toEqual([[2, 3], "float32", 2, 6]);
    expect(tensor([true, false]).dtype).toBe("bool");
    expect(tensor(Uint8Array.of(1, 255)).dtype).toBe("int32");
    expect(tensor(new Float64Array(6), { shape: [3, 2] }).shape).toEqual([3, 2]);
    expect(tensor([]).shape).toEqual([0]);
    expect(tensor([[], []]).shape).toEqual([2, 0]);
    expect(tensor(3).node.op).toBe("constant");
  });

  test("values are copied", async () => {
    const source = Float32Array.of(1, 2);
    const x = tensor(source);
    source[0] = 9;
    expect(await x.array()).toEqual([1, 2]);
    (await x.data())[1] = 9;
    expect(await x.array()).toEqual([1, 2]);
  });

  test("ragged arrays, wrong counts and values that do not fit are refused", () => {
    expect(() => tensor([[1, 2], [3]])).toThrow(
      "ragged array: values[1] is an array of 1 where its siblings are an array of 2",
    );
    expect(() => tensor([[1, 2], 3])).toThrow("values[1] is a number where its siblings are an array of 2");
    expect(() => tensor([1, [2]])).toThrow(ShapeError);
    expect(() => tensor(new Float32Array(5), { shape: [2, 3] })).toThrow(
      "5 values do not fill the shape [2, 3], which holds 6",
    );
    expect(() => tensor([1, 2.5], { dtype: "int32" })).toThrow("value 2.5 at position 1 is not an int32");
    expect(() => tensor([2 ** 31], { dtype: "int32" })).toThrow("not an int32");
    expect(() => zeros([2, -1])).toThrow("is not a shape");
  });

  test("ranges and patterns", () => {
    expect(valuesOf(arange(4))).toEqual([0, 1, 2, 3]);
    expect(valuesOf(linspace(1, 2, 5))).toEqual([1, 1.25, 1.5, 1.75, 2]);
    expect(valuesOf(linspace(3, 9, 1))).toEqual([3]);
    expect(valuesOf(eye(2))).toEqual([1, 0, 0, 1]);
    expect(valuesOf(oneHot(tensor(Int32Array.of(2, 0, 3, -1)), 3))).toEqual([
      0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0,
    ]);
    expect(() => oneHot(ones([2]), 3)).toThrow("oneHot: the labels are float32; they must be int32");
    expect(valuesOf(stack([full([2], 1), full([2], 2)], 1))).toEqual([1, 2, 1, 2]);
    expect(valuesOf(scalar(-0))).toEqual([-0]);
  });
});

describe("reading", () => {
  afterEach(() => setRealizer(undefined));

  test("without a runtime, computed values say what is missing", async () => {
    setRealizer(undefined);
    await expect(ones([2]).exp().data()).rejects.toThrow("cannot compute exp: no runtime is installed");
  });

  test("goes through the realizer", async () => {
    setRealizer({ read: async (node) => Float32Array.from({ length: node.shape[0]! * 6 }, (_, i) => i) });
    expect(await ones([2, 3, 2]).exp().array()).toEqual([
      [
        [0, 1],
        [2, 3],
        [4, 5],
      ],
      [
        [6, 7],
        [8, 9],
        [10, 11],
      ],
    ]);
  });

  test("item is for one element", async () => {
    expect(await tensor([[7]]).item()).toBe(7);
    await expect(tensor([1, 2]).item()).rejects.toThrow(ShapeError);
    await expect(tensor([1, 2]).item()).rejects.toThrow("Tensor float32[2] has 2 elements, not 1");
    expect(await tensor(new Float32Array(0), { shape: [2, 0] }).array()).toEqual([[], []]);
  });

  test("inspection shows dtype and shape", () => {
    expect(inspect(zeros([2, 3]))).toBe("Tensor float32[2, 3]");
    expect(`${zeros([], "int32")}`).toBe("Tensor int32[]");
  });
});

describe("einsum", () => {
  const a = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  const b = tensor([
    [1, 0],
    [2, 1],
    [0, 3],
  ]);
  test.each([
    ["ij,jk->ik", [a, b], [2, 2], [5, 11, 14, 23]],
    ["ij,jk", [a, b], [2, 2], [5, 11, 14, 23]],
    ["ij,jk->ki", [a, b], [2, 2], [5, 14, 11, 23]],
    ["ij->ji", [a], [3, 2], [1, 4, 2, 5, 3, 6]],
    ["ij->", [a], [], [21]],
    ["ij->j", [a], [3], [5, 7, 9]],
    ["ij,ij->i", [a, a], [2], [14, 77]],
    ["ij,ij->ij", [a, a], [2, 3], [1, 4, 9, 16, 25, 36]],
    ["ij,kl->ik", [a, b], [2, 3], [6, 18, 18, 15, 45, 45]],
    ["ij,jk,kl->il", [a, b, b.transpose()], [2, 3], [5, 21, 33, 14, 51, 69]],
    ["ij,j->i", [a, tensor([1, 1, 1])], [2], [6, 15]],
    ["i,j->ji", [tensor([1, 2]), tensor([3, 4, 5])], [3, 2], [3, 6, 4, 8, 5, 10]],
  ])("%s", (equation, operands, shape, expected) => {
    const result = einsum(equation, ...operands);
    expect(result.shape).toEqual(shape);
    expect(valuesOf(result)).toEqual(expected);
  });

  test("batches", () => {
    const x = tensor([
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
    ]);
    expect(valuesOf(einsum("bij,bjk->bik", x, x))).toEqual([7, 10, 15, 22, 67, 78, 91, 106]);
    expect(valuesOf(einsum("bij,bjk->ki", x, x))).toEqual([74, 106, 88, 128]);
  });

  test("what it cannot do is refused with the reason", () => {
    expect(() => einsum("ii->i", eye(2))).toThrow('"i" occurs twice in "ii"');
    expect(() => einsum("ij,jk->ik", a)).toThrow("it names 2 operands, but there are 1");
    expect(() => einsum("ij,jk->ik", a, a)).toThrow('"j" is 3 in one operand and 2 in operand 1');
    expect(() => einsum("ijk->i", a)).toThrow('"ijk" names 3 axes, but operand 0 has 2');
    expect(() => einsum("ij->z", a)).toThrow(`the result's "z" is in no operand`);
    expect(() => einsum("i.->i", a)).toThrow("letters only");
    expect(() => einsum("ij->i->j", a)).toThrow("it must read like");
  });
});
