import type { Module } from "../../nn/module.js";
import type { LayerWindow } from "../../nn/receptive-field.js";
import type { Shape } from "../../shape/shape.js";

/** All indices of an array of this shape, in row-major order. */
export function indicesOf(shape: Shape): number[][] {
  return shape.reduce<number[][]>(
    (heads, extent) => heads.flatMap((head) => Array.from({ length: extent }, (_, i) => [...head, i])),
    [[]],
  );
}

/** The window that a layer moves over inputs `[channels, ...spatial]`. */
export function windowOf(module: Module, [, ...example]: Shape): LayerWindow {
  const reach = module.reach(example);
  if (typeof reach === "object") return reach;
  throw new TypeError(`arithmetic: a ${module.kind} has no window`);
}

/** Where cell `k` of the window for output `p` lies in the input; it may be in the padding. */
export function cellAt(window: LayerWindow, p: readonly number[], k: readonly number[]): number[] {
  const { strides, dilation, padding } = window;
  return p.map((at, axis) => at * strides[axis]! + k[axis]! * dilation[axis]! - padding[axis]![0]);
}

export const isInside = (position: readonly number[], spatial: Shape) =>
  position.every((at, axis) => at >= 0 && at < spatial[axis]!);

/** The outputs whose windows have a cell at `position` of the input, in order, each with that cell. */
export function windowsOver(
  window: LayerWindow,
  position: readonly number[],
  outputs: Shape,
): { readonly p: number[]; readonly k: number[] }[] {
  const { strides, dilation, padding } = window;
  const found = indicesOf(window.kernel).flatMap((k) => {
    const scaled = position.map((at, axis) => at + padding[axis]![0] - k[axis]! * dilation[axis]!);
    const p = scaled.map((at, axis) => at / strides[axis]!);
    return p.every(Number.isInteger) && isInside(p, outputs) ? [{ p, k }] : [];
  });
  return found.reverse(); // later cells of the window belong to earlier outputs
}
