import { narrowShare } from "../../../compile/algorithms.js";
import type { ConvolutionKernel } from "../../../compile/kernel.js";
import { sizeOf } from "../../../shape/shape.js";
import type { KernelContext } from "./context.js";
import { emitDirect } from "./convolution-direct.js";
import { emitGathered } from "./convolution-gathered.js";
import { emitNarrow } from "./convolution-narrow.js";

/**
 * Convolution as a matrix product [filters x taps] [taps x positions], whose right-hand matrix, the patches of the input,
 * is never stored. Where neighbouring positions are neighbours in memory, its vectors are loaded from the input itself; where
 * they are not (strides), panels of 8 positions are gathered into scratch memory first.
 */
export function emitConvolution(kernel: ConvolutionKernel, context: KernelContext): void {
  const isForward = kernel.input.strides.every((stride) => stride >= 0);
  if (isForward && narrowShare(kernel, "forward") < 1) emitNarrow(kernel, context);
  else if (isDirect(kernel)) emitDirect(mergePointwise(kernel), context);
  else emitGathered(kernel, context);
}

/** Kernels with more cells than this would make the unrolled code too long. */
const MOST_CELLS = 128;

export function isDirect(kernel: ConvolutionKernel): boolean {
  const spatial = kernel.input.strides.slice(1);
  return (
    kernel.strides.at(-1) === 1 &&
    kernel.input.strides.at(-1) === 1 &&
    sizeOf(kernel.kernelSpatial) <= MOST_CELLS &&
    spatial.every((stride) => stride >= 0)
  );
}

/** Of a kernel with one cell, joins the last two spatial axes where the input goes through them without a gap. */
function mergePointwise(kernel: ConvolutionKernel): ConvolutionKernel {
  const rank = kernel.outputSpatial.length;
  const [outer, inner] = [kernel.input.strides[rank]!, kernel.input.strides[rank + 1]!];
  const width = kernel.outputSpatial[rank - 1]!;
  const joins =
    rank > 1 &&
    sizeOf(kernel.kernelSpatial) === 1 &&
    kernel.strides[rank - 2] === 1 &&
    outer === width * inner;
  if (!joins) return kernel;
  const merged = (list: readonly number[], value: number) => [...list.slice(0, -2), value];
  return mergePointwise({
    ...kernel,
    outputSpatial: merged(kernel.outputSpatial, kernel.outputSpatial[rank - 2]! * width),
    kernelSpatial: merged(kernel.kernelSpatial, 1),
    strides: merged(kernel.strides, 1),
    dilation: merged(kernel.dilation, 1),
    input: { ...kernel.input, strides: merged(kernel.input.strides, inner) },
  });
}
