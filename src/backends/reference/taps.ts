import type { Shape } from "../../shape/shape.js";
import type { WindowGeometry } from "../../shape/window.js";

/**
 * Where a window touches its input, for the spatial axes of a convolution or a pooling: the
 * row-major positions of an output cell, of an input cell under its window, and of the kernel cell above that one:
 * `input = output * stride + kernel * dilation - padding before` on every axis. Cells of the padding are left out.
 * For one output cell, the input cells come in row-major order.
 */
export type Taps = readonly (readonly [output: number, input: number, kernel: number])[];

export function windowTaps(output: Shape, input: Shape, kernel: Shape, geometry: WindowGeometry): Taps {
  let taps: Taps = [[0, 0, 0]];
  for (let axis = 0; axis < input.length; axis++) {
    const onAxis = axisTaps(output[axis]!, input[axis]!, kernel[axis]!, geometry, axis);
    taps = taps.flatMap(([o, i, k]) =>
      onAxis.map(
        ([onO, onI, onK]) =>
          [o * output[axis]! + onO, i * input[axis]! + onI, k * kernel[axis]! + onK] as const,
      ),
    );
  }
  return taps;
}

function axisTaps(
  output: number,
  input: number,
  kernel: number,
  geometry: WindowGeometry,
  axis: number,
): Taps {
  const taps: [number, number, number][] = [];
  for (let o = 0; o < output; o++) {
    for (let k = 0; k < kernel; k++) {
      const i = o * geometry.strides[axis]! + k * geometry.dilation[axis]! - geometry.padding[axis]![0];
      if (i >= 0 && i < input) taps.push([o, i, k]);
    }
  }
  return taps;
}
