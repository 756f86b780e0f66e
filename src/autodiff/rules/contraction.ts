import { node } from "../../graph/build.js";
import type { ConvolutionAttributes, Node } from "../../graph/types.js";
import type { Shape } from "../../shape/shape.js";
import { matmul } from "../../tensor/contraction.js";
import { transpose } from "../../tensor/movement.js";
import type { RulesFor } from "../rule.js";

type Contraction = "matmul" | "convolution" | "convolutionInputGradient" | "convolutionKernelGradient";

// With <u, convolution(x, k)> = <inputGradient(u, k), x> = <kernelGradient(x, u), k>, the three are linear in each operand
// and each other's transposes, so the family is closed under differentiation.
export const contractionRules: RulesFor<Contraction> = {
  matmul: (g, { inputs: [a, b] }) => [matmul(g, transpose(b!)), matmul(transpose(a!), g)],
  convolution: (g, { inputs: [x, kernel], attributes }) => [
    inputGradient(g, kernel!, attributes, x!.shape),
    kernelGradient(x!, g, attributes, kernel!.shape),
  ],
  convolutionInputGradient: (g, { inputs: [u, kernel], attributes }) => [
    convolve(g, kernel!, attributes),
    kernelGradient(g, u!, attributes, kernel!.shape),
  ],
  convolutionKernelGradient: (g, { inputs: [x, u], attributes }) => [
    inputGradient(u!, g, attributes, x!.shape),
    convolve(x!, g, attributes),
  ],
};

// Keys in one order: equal attributes must give equal nodes.
const geometry = ({ strides, padding, dilation, groups }: ConvolutionAttributes) => ({
  strides,
  padding,
  dilation,
  groups,
});

function convolve(x: Node, kernel: Node, attributes: ConvolutionAttributes): Node {
  return node("convolution", [x, kernel], geometry(attributes));
}

function inputGradient(u: Node, kernel: Node, attributes: ConvolutionAttributes, x: Shape): Node {
  return node("convolutionInputGradient", [u, kernel], { ...geometry(attributes), inputSpatial: x.slice(2) });
}

function kernelGradient(x: Node, u: Node, attributes: ConvolutionAttributes, kernel: Shape): Node {
  return node("convolutionKernelGradient", [x, u], {
    ...geometry(attributes),
    kernelSpatial: kernel.slice(2),
  });
}
