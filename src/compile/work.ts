import { sizeOf } from "../shape/shape.js";
import type { ConvolutionGeometry, Kernel } from "./kernel.js";
import { workOf } from "./loops.js";

/** Multiply-adds of a convolution in any of its directions. */
export function convolutionMultiplyAdds(kernel: ConvolutionGeometry): number {
  const { batch, groups, channels, filters, outputSpatial, kernelSpatial } = kernel;
  return batch * groups * channels * filters * sizeOf(outputSpatial) * sizeOf(kernelSpatial);
}

/** Arithmetic operations of a kernel; a multiply-add counts as two. */
export function operationsOf(kernel: Kernel): number {
  switch (kernel.kind) {
    case "loop":
      return kernel.nests.reduce((sum, nest) => sum + workOf(nest), 0);
    case "matmul":
      return 2 * kernel.batch * kernel.m * kernel.n * kernel.k;
    case "convolution":
    case "convolutionKernelGradient":
    case "winograd":
    case "winogradKernelGradient":
      return 2 * convolutionMultiplyAdds(kernel);
    case "maxPool":
    case "maxPoolSelect":
    case "maxPoolGradient":
      return kernel.planes * sizeOf(kernel.outputSpatial) * sizeOf(kernel.kernelSpatial);
    case "gather":
    case "scatterAdd":
      return kernel.outer * kernel.count * kernel.inner;
    case "cumulativeSum":
      return kernel.outer * kernel.extent * kernel.inner;
    case "scan":
      return sumOf(kernel.before) + kernel.length * sumOf(kernel.step.program.kernels) + sumOf(kernel.after);
  }
}

function sumOf(kernels: readonly Kernel[]): number {
  return kernels.reduce((sum, kernel) => sum + operationsOf(kernel), 0);
}
