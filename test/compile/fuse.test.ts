import { describe, expect, test } from "vitest";
import { forEachExpression } from "../../src/compile/expression.js";
import type { Kernel, LoopKernel } from "../../src/compile/kernel.js";
import { node } from "../../src/graph/build.js";
import { convolution, matmul, maxPool } from "../../src/tensor/contraction.js";
import * as e from "../../src/tensor/elementwise.js";
import * as m from "../../src/tensor/movement.js";
import * as r from "../../src/tensor/reduction.js";
import { fused, kinds, outputs } from "./kernels.js";
import { cellOf, input, variable } from "./support.js";

const loop = (kernel: Kernel | undefined): LoopKernel => {
  if (kernel?.kind !== "loop") throw new Error(`${kernel?.kind} is no loop`);
  return kernel;
};

describe("loops", () => {
  test("an elementwise expression is one kernel that reads each operand where it lies", () => {
    const [x, y] = [input([4, 6]), input([6])];
    const program = fused(outputs(e.tanh(e.add(e.multiply(m.flip(x, 1), 2), y))));
    expect(kinds(program)).toEqual(["loop"]);
    const kernel = loop(program.kernels[0]);
    expect(kernel.reads).toEqual([0, 1]);
    const views: unknown[] = [];
    forEachExpression(
      kernel.nests[0]!.stores.map((store) => store.value),
      (part) => {
        if (part.kind === "load") views.push(part.view);
      },
    );
    expect(views).toEqual([
      { buffer: 0, offset: 5, strides: [6, -1] },
      { buffer: 1, offset: 0, strides: [0, 1] },
    ]);
  });

  test("a reduction takes what comes before and after it", () => {
    const x = input([8, 16]);
    const program = fused(outputs(e.sqrt(e.add(r.sum(e.multiply(x, x), 1), 1e-5))));
    expect(kinds(program)).toEqual(["loop"]);
    expect(loop(program.kernels[0]).nests[0]).toMatchObject({ dims: [8], reduceDims: [16] });
  });

  test("shared parts of an expression are one object", () => {
    const x = input([4]);
    const shared = e.exp(x);
    const program = fused(outputs(e.add(e.multiply(shared, shared), e.sin(shared))));
    const value = loop(program.kernels[0]).nests[0]!.stores[0]!.value;
    let exponentials = 0;
    forEachExpression([value], (part) => {
      if (part.kind === "apply" && part.op === "exp") exponentials++;
    });
    expect(exponentials).toBe(1);
  });

  test("a reshape that no affine index can follow has its operand kept", () => {
    const x = input([4, 6]);
    const program = fused(outputs(e.exp(m.reshape(m.transpose(e.sin(x)), [8, 3]))));
    expect(kinds(program)).toEqual(["loop", "loop"]);
    // [6, 4] -> [8, 3] crosses rows, but [24] -> [4, 6] does not.
    expect(kinds(fused(outputs(e.exp(m.reshape(e.sin(m.reshape(x, [24])), [4, 6])))))).toEqual(["loop"]);
  });

  test("a result that is only reshaped shares the memory of what it is", () => {
    const y = e.exp(input([4, 6]));
    const program = fused(outputs(y, m.reshape(y, [24])));
    expect(program.kernels).toHaveLength(1);
    expect(program.outputs[0]).toBe(program.outputs[1]);
  });

  test("leaves that are results are copied", () => {
    const x = input([3]);
    const program = fused(outputs(x));
    expect(kinds(program)).toEqual(["loop"]);
    expect(program.buffers[program.outputs[0]!]!.leaf).toBeUndefined();
  });

  test("padding writes its border and its inside, each cell once", () => {
    const program = fused(
      outputs(
        m.pad(
          input([4, 5]),
          [
            [1, 2],
            [0, 3],
          ],
          7,
        ),
      ),
    );
    const kernel = loop(program.kernels[0]);
    const cells = kernel.nests.reduce(
      (sum, nest) => sum + nest.dims.reduce((product, extent) => product * extent, 1),
      0,
    );
    expect(cells).toBe(7 * 8);
    expect(kernel.fill).toBeUndefined();
  });

  test("joins parts of one shape point by point, and others one after the other", () => {
    const nests = (...shapes: number[][]) =>
      loop(
        fused(
          outputs(
            m.concatenate(
              shapes.map((shape) => e.exp(input(shape))),
              1,
            ),
          ),
        ).kernels[0],
      ).nests;
    expect(nests([4, 3], [4, 3], [4, 0])).toMatchObject([{ dims: [4, 3], stores: [{}, {}] }]);
    expect(nests([4, 3], [4, 2])).toHaveLength(2);
    const many = Array.from({ length: 9 }, () => [4, 1]);
    expect(nests(...many), "more would spill registers").toHaveLength(9);
  });

  test("results without elements need no kernel", () => {
    expect(fused(outputs(e.exp(input([0, 3])))).kernels).toEqual([]);
  });
});

describe("contractions", () => {
  test("bias and activation are a matrix product's epilogue", () => {
    const [x, w, b] = [input([8, 3]), input([3, 5]), input([5])];
    const program = fused(outputs(e.maximum(e.add(matmul(x, w), b), 0)));
    expect(kinds(program)).toEqual(["matmul"]);
    const [kernel] = program.kernels;
    expect(kernel).toMatchObject({ batch: 1, m: 8, n: 5, k: 3 });
    expect(kernel?.kind === "matmul" && kernel.epilogue).toBeTruthy();
    expect(kernel!.reads).toHaveLength(3);
  });

  test("a left operand that is copied for two products is copied once", () => {
    const [x, v, w] = [input([64, 32]), input([64, 80]), input([64, 80])];
    const program = fused(outputs(matmul(m.transpose(x), v), matmul(m.transpose(x), w)));
    expect(kinds(program)).toEqual(["loop", "matmul", "matmul"]);
  });

  test("transposed operands are read where they lie", () => {
    const [x, w] = [input([3, 8]), input([5, 3])];
    const [kernel] = fused(outputs(matmul(m.transpose(x), m.transpose(w)))).kernels;
    if (kernel?.kind !== "matmul") throw new Error("no matmul");
    expect(kernel.a).toEqual({ buffer: 0, offset: 0, strides: [0, 1, 8] });
    expect(kernel.b).toEqual({ buffer: 1, offset: 0, strides: [0, 1, 3] });
  });

  test("bias, normalization and activation are a convolution's epilogue", () => {
    const [x, w, scale] = [input([2, 3, 8, 8]), input([4, 3, 3, 3]), input([4, 1, 1])];
    const y = e.maximum(e.add(e.multiply(convolution(x, w), scale), input([4, 1, 1])), 0);
    const program = fused(outputs(y));
    expect(kinds(program)).toEqual(["convolution"]);
    expect(program.kernels[0]?.kind === "convolution" && program.kernels[0].epilogue).toBeTruthy();
  });

  test("an epilogue whose operand walks through memory otherwise is given up", () => {
    const [x, w] = [input([2, 3, 8, 8]), input([4, 3, 3, 3])];
    const other = m.permute(input([2, 4, 6, 6]), [0, 1, 3, 2]);
    const program = fused(outputs(e.add(convolution(x, w), other)));
    expect(program.kernels[0]?.kind === "convolution" && program.kernels[0].epilogue).toBeUndefined();
    expect(kinds(program)).toEqual(["convolution", "loop"]);
  });

  test("of two products that are added, one takes the sum as its epilogue", () => {
    const [a, b, c, d] = [input([8, 3]), input([3, 5]), input([8, 4]), input([4, 5])];
    const program = fused(outputs(e.tanh(e.add(matmul(a, b), matmul(c, d)))));
    const epilogues = program.kernels.filter((kernel) => kernel.kind === "matmul" && kernel.epilogue);
    expect(kinds(program).filter((kind) => kind === "matmul")).toHaveLength(2);
    expect(epilogues).toHaveLength(1);
  });

  test("pooling keeps its operand", () => {
    const program = fused(outputs(maxPool(e.exp(input([1, 2, 4, 4])), 2)));
    expect(kinds(program)).toEqual(["loop", "maxPool"]);
  });
});

test("updates name their variable and the buffer with its new value", () => {
  const [v, x] = [variable([4]), input([4])];
  const program = fused({ outputs: [], updates: [{ cell: cellOf(v), value: e.add(v, x) }] });
  const [update] = program.updates;
  expect(program.buffers[program.kernels[0]!.reads[0]!]!.leaf).toBe(update!.leaf);
  expect(program.kernels[0]!.writes).toEqual([update!.buffer]);
});

test("random bits read their key where it lies in a variable", () => {
  const state = variable([3], "int32");
  const bits = node("randomBits", [state], { shape: [5], bits: 24 });
  const program = fused(outputs(e.multiply(e.cast(bits, "float32"), 2 ** -24)));
  expect(kinds(program)).toEqual(["loop"]);
  expect(program.kernels[0]!.reads).toEqual([0]);
});
