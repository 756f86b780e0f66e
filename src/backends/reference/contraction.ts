import type { ConvolutionAttributes } from "../../graph/types.js";
import { type Shape, sizeOf } from "../../shape/shape.js";
import type { EvaluatorsOf } from "./evaluator.js";
import { windowTaps } from "./taps.js";

type Contraction = "matmul" | "convolution" | "convolutionInputGradient" | "convolutionKernelGradient";

export const contraction: EvaluatorsOf<Contraction> = {
  matmul({ inputs: [left], shape }, [a, b]) {
    const [rows, columns] = shape.slice(-2) as [number, number];
    const depth = left!.shape[left!.shape.length - 1]!;
    const result = new Float64Array(sizeOf(shape));
    for (let batch = 0; batch < sizeOf(shape.slice(0, -2)); batch++) {
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          let sum = 0;
          for (let k = 0; k < depth; k++) {
            sum += a![(batch * rows + row) * depth + k]! * b![(batch * depth + k) * columns + column]!;
          }
          result[(batch * rows + row) * columns + column] = sum;
        }
      }
    }
    return result;
  },

  convolution({ inputs: [input, kernel], shape, attributes }, [x, w]) {
    const result = new Float64Array(sizeOf(shape));
    eachProduct(shape, input!.shape, kernel!.shape, attributes, (o, i, k) => {
      result[o]! += x![i]! * w![k]!;
    });
    return result;
  },

  convolutionInputGradient({ inputs: [output, kernel], shape, attributes }, [g, w]) {
    const result = new Float64Array(sizeOf(shape));
    eachProduct(output!.shape, shape, kernel!.shape, attributes, (o, i, k) => {
      result[i]! += g![o]! * w![k]!;
    });
    return result;
  },

  convolutionKernelGradient({ inputs: [input, output], shape, attributes }, [x, g]) {
    const result = new Float64Array(sizeOf(shape));
    eachProduct(output!.shape, input!.shape, shape, attributes, (o, i, k) => {
      result[k]! += x![i]! * g![o]!;
    });
    return result;
  },
};

/**
 * A convolution is a set of products: calls `visit` with the positions of the output, the input and the kernel element
 * of each. The three operations differ only in which of the three they compute from the other two.
 */
function eachProduct(
  output: Shape,
  input: Shape,
  kernel: Shape,
  attributes: ConvolutionAttributes,
  visit: (output: number, input: number, kernel: number) => void,
): void {
  const [batch, outputChannels, ...outputSpatial] = output as readonly [number, number, ...number[]];
  const [, inputChannels, ...inputSpatial] = input as readonly [number, number, ...number[]];
  const [, kernelChannels, ...kernelSpatial] = kernel as readonly [number, number, ...number[]];
  const taps = windowTaps(outputSpatial, inputSpatial, kernelSpatial, attributes);
  const outputsPerGroup = outputChannels / attributes.groups;
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < outputChannels; o++) {
      const firstChannel = Math.floor(o / outputsPerGroup) * kernelChannels;
      for (let c = 0; c < kernelChannels; c++) {
        const outputPlane = (n * outputChannels + o) * sizeOf(outputSpatial);
        const inputPlane = (n * inputChannels + firstChannel + c) * sizeOf(inputSpatial);
        const kernelPlane = (o * kernelChannels + c) * sizeOf(kernelSpatial);
        for (const tap of taps) visit(outputPlane + tap[0], inputPlane + tap[1], kernelPlane + tap[2]);
      }
    }
  }
}
