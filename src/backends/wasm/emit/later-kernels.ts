import { emitConvolution } from "./convolution.js";
import { isSerialConvolution } from "./convolution-common.js";
import { emitConvolutionKernelGradient } from "./convolution-gradient.js";
import {
  emitCumulativeSum,
  emitGather,
  emitScatterAdd,
  isSerialCumulativeSum,
  isSerialGather,
  isSerialScatterAdd,
} from "./indexing.js";
import type { KernelTable } from "./kernel-table.js";
import { emitPool, isSerialPool } from "./pool.js";
import { emitWinograd } from "./winograd-convolution.js";
import { emitWinogradKernelGradient } from "./winograd-gradient.js";

/** The kernels over windows and those that look things up, which are loaded together when a program has one. */
export const laterKernels = {
  convolution: { emit: emitConvolution, serial: isSerialConvolution },
  convolutionKernelGradient: { emit: emitConvolutionKernelGradient, serial: isSerialConvolution },
  winograd: { emit: emitWinograd, serial: isSerialConvolution },
  winogradKernelGradient: { emit: emitWinogradKernelGradient, serial: isSerialConvolution },
  maxPool: { emit: emitPool, serial: isSerialPool },
  maxPoolSelect: { emit: emitPool, serial: isSerialPool },
  maxPoolGradient: { emit: emitPool, serial: isSerialPool },
  gather: { emit: emitGather, serial: isSerialGather },
  scatterAdd: { emit: emitScatterAdd, serial: isSerialScatterAdd },
  cumulativeSum: { emit: emitCumulativeSum, serial: isSerialCumulativeSum },
} satisfies Partial<KernelTable>;
