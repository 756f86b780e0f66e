import type { OpName } from "../../src/graph/types.js";
import {
  convolutionInputGradientSamples,
  convolutionKernelGradientSamples,
  convolutionSamples,
  matmulSamples,
} from "./contraction.js";
import { binarySamples, castSamples, compareSamples, unarySamples, whereSamples } from "./elementwise.js";
import { gatherSamples, scatterAddSamples } from "./indexing.js";
import { constantSamples, inputSamples, iotaSamples, randomBitsSamples, variableSamples } from "./leaves.js";
import {
  broadcastSamples,
  concatenateSamples,
  flipSamples,
  padSamples,
  permuteSamples,
  reshapeSamples,
  sliceSamples,
} from "./movement.js";
import { argmaxSamples, cumulativeSumSamples, reductionSamples } from "./reduction.js";
import type { Sample } from "./sample.js";
import { scanSamples } from "./scan.js";
import { maxPoolGradientSamples, maxPoolSamples, maxPoolSelectSamples } from "./window.js";

export { type PreparedSample, prepare, type Sample, sampleValues, toleranceOf } from "./sample.js";

/** Sample rows of every primitive: the forward fixtures, the gradient checks and the conformance of every backend. */
export const samples = {
  input: inputSamples,
  variable: variableSamples,
  constant: constantSamples,
  iota: iotaSamples,
  randomBits: randomBitsSamples,
  ...unarySamples,
  cast: castSamples,
  ...binarySamples,
  compare: compareSamples,
  where: whereSamples,
  reshape: reshapeSamples,
  permute: permuteSamples,
  broadcast: broadcastSamples,
  pad: padSamples,
  slice: sliceSamples,
  flip: flipSamples,
  concatenate: concatenateSamples,
  ...reductionSamples,
  argmax: argmaxSamples,
  cumulativeSum: cumulativeSumSamples,
  matmul: matmulSamples,
  convolution: convolutionSamples,
  convolutionInputGradient: convolutionInputGradientSamples,
  convolutionKernelGradient: convolutionKernelGradientSamples,
  maxPool: maxPoolSamples,
  maxPoolGradient: maxPoolGradientSamples,
  maxPoolSelect: maxPoolSelectSamples,
  gather: gatherSamples,
  scatterAdd: scatterAddSamples,
  scan: scanSamples,
} satisfies { readonly [K in OpName]: readonly Sample[] };

export const allSamples: readonly Sample[] = Object.values(samples).flat();
