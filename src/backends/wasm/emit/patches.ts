import type { ConvolutionGeometry, View } from "../../../compile/kernel.js";
import type { Local } from "../assembler/index.js";
import type { KernelContext } from "./context.js";
import { addProduct } from "./integers.js";

/** A convolution and the view of its input: strides [image, channel, ...spatial]. */
export type PatchGeometry = ConvolutionGeometry & { readonly input: View };

/** Byte offsets of all cells of a box, last axis fastest. */
export function boxOffsets(extents: readonly number[], steps: readonly number[]): number[] {
  let offsets = [0];
  extents.forEach((extent, axis) => {
    offsets = offsets.flatMap((offset) =>
      Array.from({ length: extent }, (_, i) => offset + i * steps[axis]!),
    );
  });
  return offsets;
}

/**
 * Where the elements of a convolution's patches lie: the input cell for (position, channel, kernel cell) is at
 * `positions[position] + channel * channelBytes + cells[cell]` from the start of its image and group. This holds in any number of
 * dimensions, with any stride and dilation.
 */
export interface PatchOffsets {
  /** Bytes from one output position to the next along each spatial axis. */
  readonly positionSteps: readonly number[];
  readonly channelBytes: number;
  /** For each cell of the kernel. */
  readonly cells: readonly number[];
  /** For each (channel, cell). */
  readonly taps: readonly number[];
}

export function patchOffsets(kernel: PatchGeometry): PatchOffsets {
  const [, channelStride, ...spatial] = kernel.input.strides as [number, number, ...number[]];
  const channelBytes = channelStride * 4;
  const positionSteps = kernel.strides.map((stride, axis) => stride * spatial[axis]! * 4);
  const cells = boxOffsets(
    kernel.kernelSpatial,
    kernel.dilation.map((dilation, axis) => dilation * spatial[axis]! * 4),
  );
  const taps = Array.from({ length: kernel.channels }, (_, channel) =>
    cells.map((cell) => cell + channel * channelBytes),
  ).flat();
  return { positionSteps, channelBytes, cells, taps };
}

/** Pushes the address of the first channel of a group in an image. */
export function pushImage(kernel: PatchGeometry, context: KernelContext, image: Local, group: Local): void {
  context.pushAddress(kernel.input.buffer, kernel.input.offset);
  addProduct(context, image, kernel.input.strides[0]! * 4);
  addProduct(context, group, kernel.channels * kernel.input.strides[1]! * 4);
}
