import { afterAll, describe, expect, test } from "vitest";
import { wasmBackend } from "../../../src/backends/wasm/backend.js";
import { checks } from "../../../src/backends/wasm/checks.js";
import { node } from "../../../src/graph/build.js";
import type { Computation } from "../../../src/graph/computation.js";
import type { ConvolutionAttributes, Node } from "../../../src/graph/types.js";
import * as e from "../../../src/tensor/elementwise.js";
import * as m from "../../../src/tensor/movement.js";
import { input, Leaves, onBackend, onReference } from "../../compile/support.js";

const backends = [wasmBackend({ threads: 1, fused: false, checks }), wasmBackend({ threads: 3, checks })];
afterAll(() => {
  for (const backend of backends) backend.close();
});

/** All of a computation's convolutions must go tap by tap. Leaves are multiples of 1/8, so that sums of products are exact. */
async function agree(...roots: Node[]): Promise<void> {
  const computation: Computation = { outputs: roots, updates: [] };
  const expected = onReference(computation, new Leaves(3));
  for (const backend of backends) {
    const lines = (await backend.load(computation)).explain().split("\n");
    const convolutions = lines.filter((line) => /^kernel \d+ convolution/.test(line)).length;
    expect(convolutions).toBeGreaterThanOrEqual(roots.length);
    expect(lines.filter((line) => /^ {2}tap by tap at an estimated 0\.\d\d of/.test(line))).toHaveLength(
      convolutions,
    );
    const actual = await onBackend(backend, computation, new Leaves(3));
    expected.outputs.forEach((wanted, n) => {
      expect(Array.from(actual.outputs[n]!, (value) => value + 0)).toEqual(
        Array.from(wanted, (value) => Math.fround(value) + 0),
      );
    });
  }
}

interface Case {
  readonly batch?: number;
  readonly groups?: number;
  readonly channels?: number;
  readonly filters?: number;
  readonly image: readonly number[];
  readonly kernel: readonly number[];
  readonly strides?: readonly number[];
  readonly dilation?: readonly number[];
  readonly padding?: readonly (readonly [number, number])[];
}

/** A convolution and both of its gradients. */
function directions({ batch = 2, groups = 5, channels = 1, filters = 1, image, kernel, ...window }: Case) {
  const attributes: ConvolutionAttributes = {
    strides: window.strides ?? image.map(() => 1),
    dilation: window.dilation ?? image.map(() => 1),
    padding: window.padding ?? image.map(() => [0, 0]),
    groups,
  };
  const { strides, dilation, padding } = attributes;
  const output = image.map((extent, axis) => {
    const reach = (kernel[axis]! - 1) * dilation[axis]! + 1;
    return Math.floor((extent + padding[axis]![0] + padding[axis]![1] - reach) / strides[axis]!) + 1;
  });
  const x = input([batch, groups * channels, ...image]);
  const w = input([groups * filters, channels, ...kernel]);
  const g = input([batch, groups * filters, ...output]);
  return [
    node("convolution", [x, w], attributes),
    node("convolutionInputGradient", [g, w], { ...attributes, inputSpatial: image }),
    node("convolutionKernelGradient", [x, g], { ...attributes, kernelSpatial: kernel }),
  ] as const;
}

describe("convolutions of narrow groups", () => {
  test.each<Case>([
    { image: [8, 8], kernel: [3, 3] },
    {
      image: [7, 9],
      kernel: [3, 3],
      padding: [
        [1, 1],
        [1, 1],
      ],
    },
    {
      image: [5, 23],
      kernel: [5, 5],
      padding: [
        [2, 2],
        [2, 2],
      ],
    },
    {
      image: [9, 14],
      kernel: [2, 4],
      padding: [
        [1, 0],
        [0, 3],
      ],
    },
    {
      image: [11, 12],
      kernel: [3, 3],
      strides: [2, 2],
      padding: [
        [1, 1],
        [1, 1],
      ],
    },
    {
      image: [13, 17],
      kernel: [4, 5],
      strides: [2, 2],
      padding: [
        [1, 2],
        [2, 2],
      ],
    },
    { image: [10, 31], kernel: [3, 3], strides: [1, 3] },
    {
      image: [12, 15],
      kernel: [3, 3],
      dilation: [2, 3],
      padding: [
        [2, 2],
        [3, 3],
      ],
    },
    {
      image: [9, 11],
      kernel: [5, 3],
      dilation: [2, 1],
      padding: [
        [4, 4],
        [1, 1],
      ],
    },
    { image: [3, 3], kernel: [3, 3] },
    { image: [6, 7], kernel: [1, 1] },
    { image: [40], kernel: [7], padding: [[3, 3]] },
    {
      image: [3, 6, 7],
      kernel: [3, 3, 3],
      padding: [
        [1, 1],
        [1, 1],
        [1, 1],
      ],
      groups: 2,
    },
    { image: [6, 10], kernel: [3, 3], filters: 2 },
    {
      image: [6, 10],
      kernel: [3, 3],
      channels: 2,
      padding: [
        [1, 1],
        [1, 1],
      ],
    },
    {
      image: [20, 19],
      kernel: [3, 3],
      groups: 1,
      batch: 1,
      padding: [
        [1, 1],
        [1, 1],
      ],
    },
  ])("%o, in all directions", async (of) => {
    await agree(...directions(of));
  });

  test("with what follows them", async () => {
    const [y] = directions({ image: [6, 9], kernel: [3, 3] });
    const bias = m.broadcastTo(m.reshape(input([5]), [1, 5, 1, 1]), y.shape);
    await agree(e.maximum(e.add(e.add(y, bias), input(y.shape)), 0));
  });

  test("whose lines end before something infinite", async () => {
    const x = m.pad(
      input([2, 3, 4, 5]),
      [
        [0, 0],
        [0, 0],
        [0, 0],
        [0, 1],
      ],
      Infinity,
    );
    const g = input([2, 3, 4, 5]);
    const window = {
      strides: [1, 1],
      padding: [
        [0, 0],
        [0, 0],
      ],
      dilation: [1, 1],
    } as const;
    await agree(node("convolutionKernelGradient", [x, g], { ...window, groups: 3, kernelSpatial: [1, 2] }));
  });
});
