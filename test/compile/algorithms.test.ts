import { describe, expect, it } from "vitest";
import { chooseConvolution, narrowShare } from "../../src/compile/algorithms.js";
import type { ConvolutionGeometry } from "../../src/compile/kernel.js";

const geometry = (changes: Partial<ConvolutionGeometry> = {}): ConvolutionGeometry => ({
  batch: 8,
  groups: 1,
  channels: 32,
  filters: 32,
  outputSpatial: [16, 16],
  kernelSpatial: [3, 3],
  strides: [1, 1],
  dilation: [1, 1],
  ...changes,
});

describe("chooseConvolution", () => {
  it("takes large tiles where there are channels and places enough", () => {
    const { tile, reason } = chooseConvolution(geometry(), "forward", 4);
    expect(tile).toBe(4);
    expect(reason).toMatch(/^Winograd F\(4x4, 3x3\) at an estimated 0\.\d\d of the direct cost$/);
    expect(chooseConvolution(geometry(), "kernelGradient", 4).tile).toBe(4);
  });

  it("takes smaller tiles where large ones would be half empty, or are not allowed", () => {
    expect(
      chooseConvolution(geometry({ outputSpatial: [6, 6], channels: 64, filters: 64 }), "forward", 4).tile,
    ).toBe(2);
    expect(chooseConvolution(geometry(), "forward", 2).tile).toBe(2);
  });

  it("has tiles for 5 x 5 as well, as long as their errors are allowed", () => {
    const five = geometry({ kernelSpatial: [5, 5] });
    const { tile, reason } = chooseConvolution(five, "forward", 4);
    expect(tile).toBe(2);
    expect(reason).toMatch(/^Winograd F\(2x2, 5x5\) at an estimated 0\.\d\d of the direct cost$/);
    expect(chooseConvolution(five, "forward", 2).tile).toBeUndefined();
  });

  it("adds up products where transforms would cost more than they save", () => {
    const few = chooseConvolution(geometry({ channels: 1, filters: 8 }), "forward", 4);
    expect(few.tile).toBeUndefined();
    expect(few.reason).toContain("would not pay");
    expect(chooseConvolution(geometry({ outputSpatial: [1, 1] }), "forward", 4).tile).toBeUndefined();
  });

  it.each([
    { kernelSpatial: [7, 7] },
    { kernelSpatial: [3, 5] },
    { strides: [2, 2] },
    { dilation: [2, 2] },
    { outputSpatial: [16], kernelSpatial: [3], strides: [1], dilation: [1] },
  ])("adds up products for %o, which the algorithm cannot do", (changes) => {
    const { tile, reason } = chooseConvolution(geometry(changes), "forward", 4);
    expect(tile).toBeUndefined();
    expect(reason).toContain("needs 3 x 3 or 5 x 5, stride 1, dilation 1");
  });

  it("goes tap by tap where groups have so few filters that tiles would be mostly empty", () => {
    const depthwise = geometry({ groups: 32, channels: 1, filters: 1 });
    for (const direction of ["forward", "kernelGradient"] as const) {
      const { tile, reason } = chooseConvolution(depthwise, direction, 4);
      expect(tile).toBeUndefined();
      expect(reason).toMatch(/^tap by tap at an estimated 0\.\d\d of the direct cost$/);
      expect(narrowShare(depthwise, direction)).toBeLessThan(1);
      expect(narrowShare(geometry({ channels: 1, filters: 8 }), direction)).toBeGreaterThan(1);
    }
    // Many taps, whose weights have to be loaded, want more empty places to pay.
    expect(narrowShare(geometry({ channels: 1, filters: 3 }), "forward")).toBeLessThan(1);
    expect(narrowShare(geometry({ channels: 3, filters: 3 }), "forward")).toBeGreaterThan(1);
  });

  it("can be switched off", () => {
    expect(chooseConvolution(geometry(), "forward", 0)).toEqual({
      tile: undefined,
      reason: "direct: Winograd's algorithm is switched off",
    });
  });

  it("needs whole panels of channels for the kernel gradient", () => {
    expect(chooseConvolution(geometry({ channels: 12 }), "kernelGradient", 4).tile).toBeUndefined();
    expect(chooseConvolution(geometry({ filters: 6 }), "kernelGradient", 4).tile).toBeUndefined();
  });
});
