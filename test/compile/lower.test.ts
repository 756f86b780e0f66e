import { describe, expect, test } from "vitest";
import { lower } from "../../src/compile/lower.js";
import { nodesOf } from "../../src/compile/structure.js";
import { node } from "../../src/graph/build.js";
import type { Node, OpName } from "../../src/graph/types.js";
import { sizeOf } from "../../src/shape/shape.js";
import { windowOutput } from "../../src/shape/window.js";
import { convolution } from "../../src/tensor/contraction.js";
import * as e from "../../src/tensor/elementwise.js";
import * as r from "../../src/tensor/reduction.js";
import { input, Leaves, onReference, Random } from "./support.js";

const computation = (root: Node) => ({ outputs: [root], updates: [] });

function operations(root: Node): OpName[] {
  return nodesOf(lower(computation(root))).map((n) => n.op);
}

function agrees(root: Node, seed: number, what: string): void {
  const lowered = lower(computation(root));
  const expected = onReference(computation(root), new Leaves(seed)).outputs[0]!;
  const actual = onReference(lowered, new Leaves(seed)).outputs[0]!;
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i]! - expected[i]!);
    if (!(error <= 1e-9 * Math.max(1, Math.abs(expected[i]!))) && !Object.is(actual[i], expected[i]))
      expect.fail(`${what}: element ${i} is ${actual[i]}, not ${expected[i]}`);
  }
}

test("no padding and no input gradient is left for the kernels", () => {
  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const { y, back, kernelGradient } = randomConvolution(new Random(seed));
    for (const root of [y, back, kernelGradient]) {
      for (const n of nodesOf(lower(computation(root)))) {
        expect(n.op).not.toBe("convolutionInputGradient");
        if (n.op === "convolution" || n.op === "convolutionKernelGradient")
          expect(n.attributes.padding.flat().every((p) => p === 0)).toBe(true);
      }
    }
  }
});

test("convolutions of random shapes, strides, paddings, dilations and groups mean the same lowered", () => {
  let negative = 0;
  for (let seed = 1; seed <= 150; seed++) {
    const { y, back, kernelGradient, cropped } = randomConvolution(new Random(seed));
    const what = `seed ${seed}: ${JSON.stringify(y.attributes)}`;
    if (cropped) negative++;
    for (const root of [y, back, kernelGradient] as Node[]) agrees(root, seed, what);
  }
  // Padding that reaches further than the kernel: the input gradient crops instead of padding.
  expect(negative).toBeGreaterThan(10);
});

function randomConvolution(random: Random) {
  const rank = random.integer(1, 3);
  const each = <T>(make: () => T) => Array.from({ length: rank }, make);
  const kernel = each(() => random.integer(1, 3));
  const dilation = each(() => random.integer(1, 2));
  const stride = each(() => random.integer(1, 3));
  const padding = each((): [number, number] => [random.integer(0, 4), random.integer(0, 4)]);
  const spatial = kernel.map((extent, axis) => {
    let size = random.integer(1, 6);
    while (windowOutput(size, extent, stride[axis]!, padding[axis]!, dilation[axis]!) < 1) size++;
    return size;
  });
  const groups = random.integer(1, 2);
  const [channels, filters] = [groups * random.integer(1, 2), groups * random.integer(1, 3)];
  const x = input([random.integer(1, 2), channels, ...spatial]);
  const w = input([filters, channels / groups, ...kernel]);
  const y = convolution(x, w, { stride, padding, dilation, groups });
  if (y.op !== "convolution") throw new Error("no convolution was made");
  const g = input(y.shape);
  return {
    y,
    back: node("convolutionInputGradient", [g, w], { ...y.attributes, inputSpatial: spatial }),
    kernelGradient: node("convolutionKernelGradient", [x, g], { ...y.attributes, kernelSpatial: kernel }),
    cropped: padding.some(([before], axis) => before > (kernel[axis]! - 1) * dilation[axis]!),
  };
}

test("max pooling and its relatives, with padding", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = new Random(seed);
    const window = [random.integer(1, 3), random.integer(1, 3)];
    const attributes = {
      kernel: window,
      strides: [random.integer(1, 3), random.integer(1, 3)],
      dilation: [1, random.integer(1, 2)],
      padding: window.map((extent): [number, number] => [
        random.integer(0, extent - 1),
        random.integer(0, extent - 1),
      ]),
    };
    const x = input([1, 2, random.integer(5, 7), random.integer(5, 7)]);
    const pooled = node("maxPool", [x], attributes);
    agrees(pooled, seed, `seed ${seed}`);
    agrees(node("maxPoolGradient", [x, input(pooled.shape)], attributes), seed, `seed ${seed}, gradient`);
    agrees(node("maxPoolSelect", [x, input(x.shape)], attributes), seed, `seed ${seed}, select`);
  }
});

describe("argmax", () => {
  test("becomes reductions that find the first maximum, or the first NaN", () => {
    const x = input([3, 4]);
    const leaves = new Leaves();
    leaves.set(x, [1, 5, 5, 2, NaN, 9, NaN, 1, -Infinity, -Infinity, -Infinity, -Infinity]);
    const root = r.argmax(x, 1);
    expect(operations(root)).not.toContain("argmax");
    expect(onReference(lower(computation(root)), leaves).outputs[0]).toEqual(new Float64Array([1, 0, 0]));
  });

  test("of int32", () => {
    for (let seed = 1; seed <= 10; seed++)
      for (const axis of [0, 1, 2]) agrees(r.argmax(input([3, 4, 5], "int32"), axis), seed, `axis ${axis}`);
  });
});

describe("long sums", () => {
  test("of many elements into few results are taken in sixteen parts", () => {
    for (const [shape, axes] of [
      [[32768], [0]],
      [
        [3, 64, 512],
        [1, 2],
      ],
    ] as const) {
      const root = r.sum(input(shape), axes);
      expect(operations(root).filter((op) => op === "sum")).toHaveLength(2);
      agrees(root, 3, `[${shape}] over ${axes}`);
    }
  });

  test("over a batch and its images are taken image by image, and those in parts where they are long", () => {
    for (const [shape, axes, stages] of [
      [[5, 4, 32, 160], [0, 2, 3], 2],
      [[20, 8, 8, 8], [0, 2, 3], 2],
      [[2, 3, 16384], [0, 2], 3],
      [[20, 8, 4, 4], [0, 2, 3], 1],
      [[20, 8, 8, 8], [0, 1], 1],
    ] as const) {
      const root = r.sum(input(shape), axes);
      expect(operations(root).filter((op) => op === "sum")).toHaveLength(stages);
      agrees(root, 3, `[${shape}] over ${axes}`);
    }
  });

  test("that are short, or have results enough to share, stay one", () => {
    for (const [shape, axes] of [
      [[4096], [0]],
      [[64, 32768], [1]],
      [[32767], [0]],
    ] as const)
      expect(operations(r.sum(input(shape), axes)).filter((op) => op === "sum")).toHaveLength(1);
  });

  test("empty and zero-batch operands", () => {
    const [x, g] = [input([0, 2, 4]), input([0, 3, 2])];
    const attributes = { strides: [1], padding: [[0, 0] as [number, number]], dilation: [1], groups: 1 };
    const root = node("convolutionKernelGradient", [x, g], { ...attributes, kernelSpatial: [3] });
    const lowered = lower(computation(root)).outputs[0]!;
    expect(lowered).toBe(e.constant(0, "float32", [3, 2, 3]));
    expect(sizeOf(lowered.shape)).toBe(18);
  });
});

test("the input gradient of a strided convolution multiplies no inserted zeros", () => {
  const y = convolution(input([2, 3, 9, 8]), input([4, 3, 3, 3]), { stride: 2, padding: 1 });
  if (y.op !== "convolution") throw new Error("no convolution was made");
  const back = node("convolutionInputGradient", [input(y.shape), y.inputs[1]!], {
    ...y.attributes,
    inputSpatial: [9, 8],
  });
  const nodes = nodesOf(lower(computation(back as Node)));
  const convolutions = nodes.filter((n) => n.op === "convolution");
  // 3 x 3 taps fall into four phases, of 1 x 1, 1 x 2, 2 x 1 and 2 x 2; each gives half of the rows and columns.
  expect(convolutions.map((n) => sizeOf(n.inputs[1]!.shape.slice(2)))).toEqual([1, 2, 2, 4]);
  for (const n of convolutions) expect(n.shape.slice(2)).toEqual([5, 4]);
  // Nothing has been spread out.
  for (const n of nodes)
    if (n.op === "pad") expect(n.attributes.interior.every((cells) => cells === 0)).toBe(true);
});

test("input gradients of strided convolutions of many shapes", () => {
  const random = new Random(7);
  for (let turn = 0; turn < 60; turn++) {
    const [stride, taps, size] = [random.integer(1, 4), random.integer(1, 5), random.integer(5, 12)];
    const other = random.integer(2, 3);
    const padding = random.integer(0, taps + 1);
    const groups = random.integer(1, 2);
    const y = convolution(input([2, 2 * groups, size, 7]), input([3 * groups, 2, taps, 3]), {
      stride: [stride, other],
      padding: [padding, random.integer(0, 2)],
      dilation: [stride === 1 ? random.integer(1, 2) : 1, 1].map((d) =>
        size + 2 * padding > d * taps ? d : 1,
      ),
      groups,
    });
    const attributes = baseConvolution(y);
    const back = node("convolutionInputGradient", [input(y.shape), input([3 * groups, 2, taps, 3])], {
      ...attributes,
      inputSpatial: [size, 7],
    });
    agrees(back as Node, turn, `turn ${turn}: ${JSON.stringify(attributes)} of ${size} x 7`);
  }
});

function baseConvolution(y: Node) {
  if (y.op !== "convolution") throw new Error("no convolution was made");
  return y.attributes;
}
