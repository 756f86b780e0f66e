import type { ConvolutionGeometry, ConvolutionKernel, View } from "../../../compile/kernel.js";
import { convolutionMultiplyAdds } from "../../../compile/work.js";
import { sizeOf } from "../../../shape/shape.js";
import type { Local } from "../assembler/index.js";
import type { KernelContext } from "./context.js";
import { addProduct } from "./integers.js";
import { SERIAL_WORK } from "./loop.js";

import type { PatchOffsets } from "./patches.js";
import type { TileOutput } from "./tile.js";

export function isSerialConvolution(kernel: ConvolutionGeometry): boolean {
  return convolutionMultiplyAdds(kernel) < SERIAL_WORK * 2;
}

/** Where tiles of a convolution's result go. */
export function outputOf(kernel: ConvolutionKernel): TileOutput {
  const positions = sizeOf(kernel.outputSpatial);
  const view: View = {
    buffer: kernel.output,
    offset: 0,
    strides: [kernel.groups * kernel.filters * positions, positions, 1],
  };
  return { view, ...(kernel.epilogue ? { epilogue: kernel.epilogue.value } : {}) };
}

/** Sets `row` to the output channel, group * filters + row, and `a` to its weights. */
export function pushWeights(
  kernel: ConvolutionKernel,
  context: KernelContext,
  offsets: PatchOffsets,
  local: { readonly group: Local; readonly row: Local; readonly a: Local },
  row: Local,
): void {
  const { f } = context;
  f.get(local.group);
  f.i32.const(kernel.filters);
  f.i32.mul();
  f.get(row);
  f.i32.add();
  f.set(local.row);
  context.pushAddress(kernel.weights.buffer, kernel.weights.offset);
  addProduct(context, local.row, offsets.taps.length * 4);
  f.set(local.a);
}
