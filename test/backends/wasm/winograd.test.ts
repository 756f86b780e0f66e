import { afterAll, describe, expect, test } from "vitest";
import { wasmBackend } from "../../../src/backends/wasm/backend.js";
import { checks } from "../../../src/backends/wasm/checks.js";
import { pointBytes, type Tiling, tilesPerBlock } from "../../../src/backends/wasm/emit/winograd.js";
import { node } from "../../../src/graph/build.js";
import type { Computation } from "../../../src/graph/computation.js";
import type { Node } from "../../../src/graph/types.js";
import { convolution } from "../../../src/tensor/contraction.js";
import * as m from "../../../src/tensor/movement.js";
import { input, Leaves, onBackend, onReference } from "../../compile/support.js";

const backends = [wasmBackend({ threads: 1, fused: false, checks }), wasmBackend({ threads: 3, checks })];
afterAll(() => {
  for (const backend of backends) backend.close();
});

async function agree(roots: Node[], kind: string): Promise<void> {
  const computation: Computation = { outputs: roots, updates: [] };
  const expected = onReference(computation, new Leaves(3));
  for (const backend of backends) {
    const explained = (await backend.load(computation)).explain();
    expect(explained).toContain(kind);
    const actual = await onBackend(backend, computation, new Leaves(3));
    expected.outputs.forEach((wanted, n) => {
      const got = actual.outputs[n]!;
      const largest = Math.max(...Array.from(wanted, Math.abs));
      for (let i = 0; i < wanted.length; i++) {
        if (!(Math.abs(got[i]! - wanted[i]!) <= 1e-5 * largest))
          expect.fail(
            `output ${n} [${roots[n]!.shape}], element ${i}: ${got[i]} instead of ${wanted[i]} (of ${largest})`,
          );
      }
    });
  }
}

const padded = (x: Node, around = 1) =>
  m.pad(x, [
    [0, 0],
    [0, 0],
    [around, around],
    [around, around],
  ]);

describe("Winograd's convolution", () => {
  test.each([
    [2, 16, 16, 8, 8],
    [3, 48, 40, 7, 9],
    [5, 64, 37, 4, 4],
    [2, 64, 32, 13, 6],
  ])("of %i images, %i -> %i channels, %i x %i", async (n, c, o, h, w) => {
    const x = padded(input([n, c, h, w]));
    const kernel = input([o, c, 3, 3]);
    const y = convolution(x, kernel, {});
    await agree([y], " winograd batch");
  });

  test.each([
    [2, 16, 16, 8, 8],
    [3, 20, 36, 7, 9],
    [5, 8, 16, 12, 12],
  ])("of 5 x 5 weights, %i images, %i -> %i channels, %i x %i", async (n, c, o, h, w) => {
    const y = convolution(padded(input([n, c, h, w]), 2), input([o, c, 5, 5]), {});
    await agree([y], "Winograd F(2x2, 5x5)");
  });
});

const window = {
  strides: [1, 1],
  padding: [
    [0, 0],
    [0, 0],
  ],
  dilation: [1, 1],
} as const;

describe("Winograd's kernel gradient", () => {
  test.each([
    [2, 16, 16, 8, 8],
    [3, 48, 40, 7, 9],
    [5, 64, 36, 4, 4],
    [2, 64, 32, 13, 6],
    [9, 16, 16, 32, 32],
  ])("of %i images, %i -> %i channels, %i x %i", async (n, c, o, h, w) => {
    const x = padded(input([n, c, h, w]));
    const g = input([n, o, h, w]);
    const y = node("convolutionKernelGradient", [x, g], { ...window, groups: 1, kernelSpatial: [3, 3] });
    await agree([y], " winogradKernelGradient batch");
  });

  test.each([
    [2, 16, 16, 8, 8],
    [3, 24, 36, 7, 9],
    [20, 8, 16, 12, 12],
  ])("of 5 x 5 weights, %i images, %i -> %i channels, %i x %i", async (n, c, o, h, w) => {
    const x = padded(input([n, c, h, w]), 2);
    const y = node("convolutionKernelGradient", [x, input([n, o, h, w])], {
      ...window,
      groups: 1,
      kernelSpatial: [5, 5],
    });
    await agree([y], "Winograd F(2x2, 5x5)");
  });
});

test("blocks of tiles are shared evenly, where smaller ones help", () => {
  const tiles = (total: number) => ({ total }) as Tiling;
  // Of 12 blocks of 64, one thread would have 384 tiles and the other 336.
  expect(tilesPerBlock(1152, tiles(720), 1, 2)).toBe(40);
  expect(tilesPerBlock(1152, tiles(720))).toBe(64);
  expect(tilesPerBlock(1152, tiles(4096), 1, 2)).toBe(64);
  // As many as fit in a cache, and no more than there are.
  expect(tilesPerBlock(6_000, tiles(4096), 1, 2)).toBe(32);
  expect(tilesPerBlock(64, tiles(3), 1, 2)).toBe(8);
});

test("points do not meet in the same sets of a cache", () => {
  const sets = 64;
  for (const floats of [1, 16, 17, 512, 1024, 2048, 4096, 5000]) {
    const bytes = pointBytes(floats);
    expect(bytes).toBeGreaterThanOrEqual(floats * 4);
    expect(bytes).toBeLessThan(floats * 4 + 128);
    const used = new Set(Array.from({ length: 36 }, (_, point) => ((point * bytes) / 64) % sets));
    expect(used.size).toBe(36);
  }
});
