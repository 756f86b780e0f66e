import type { Tensor } from "../tensor/tensor.js";

const greatestFloat32 = (2 - 2 ** -23) * 2 ** 127;

/** True where float32 holds a finite value: also on the reference backend, whose float64 overflows much later. */
export function isFinite32(x: Tensor): Tensor {
  return x.abs().lessEqual(greatestFloat32);
}
