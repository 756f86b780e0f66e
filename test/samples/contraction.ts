import { node } from "../../src/graph/build.js";
import type { ConvolutionAttributes } from "../../src/graph/types.js";
import { windowOutputs } from "../../src/shape/window.js";
import { float32, type Sample } from "./sample.js";

export const matmulSamples: readonly Sample[] = [
  { a: [2, 3], b: [3, 4] },
  { a: [1, 1], b: [1, 1] },
  { a: [5, 7], b: [7, 9] },
  { a: [17, 33], b: [33, 19] },
  { a: [1, 37], b: [37, 1] },
  { a: [9, 1], b: [1, 13] },
  { a: [3, 2, 4], b: [3, 4, 5] },
  { a: [2, 3, 4, 5], b: [2, 3, 5, 2] },
  { a: [0, 3], b: [3, 4] },
  { a: [2, 0], b: [0, 4] },
  { a: [2, 3], b: [3, 0] },
  { a: [0, 2, 3], b: [0, 3, 2] },
].map(({ a, b }) => ({
  name: `matmul [${a}] x [${b}]`,
  inputs: [float32(a), float32(b)],
  build: ([left, right]) => node("matmul", [left!, right!], {}),
  differentiable: true,
  torch: "a @ b",
}));

interface Convolution {
  readonly x: readonly number[];
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly padding: readonly (readonly [number, number])[];
  readonly dilation: readonly number[];
  readonly groups: number;
}

const convolutions: readonly Convolution[] = [
  plain([1, 1, 5, 5], [1, 1, 3, 3]),
  plain([2, 3, 7], [4, 3, 3]),
  plain([2, 3, 6, 5], [4, 3, 3, 2]),
  plain([1, 2, 4, 5, 3], [3, 2, 2, 3, 2]),
  plain([2, 5, 4, 4], [3, 5, 1, 1]),
  plain([2, 3, 3, 3], [5, 3, 3, 3]),
  { ...plain([2, 3, 8], [2, 3, 3]), strides: [2], padding: [[1, 1]] },
  { ...plain([2, 1, 8, 8], [8, 1, 5, 5]), padding: square(2) },
  { ...plain([1, 2, 7, 9], [3, 2, 3, 3]), strides: [2, 3], padding: square(1) },
  {
    ...plain([1, 2, 5, 6], [3, 2, 3, 3]),
    padding: [
      [0, 2],
      [3, 1],
    ],
  },
  { ...plain([1, 2, 9, 8], [2, 2, 3, 2]), dilation: [2, 3], padding: square(1) },
  { ...plain([2, 4, 6, 6], [6, 2, 3, 3]), groups: 2, padding: square(1) },
  { ...plain([1, 4, 5, 5], [8, 1, 3, 3]), groups: 4 },
  { ...plain([2, 6, 7], [3, 2, 4]), groups: 3, strides: [2], padding: [[2, 1]], dilation: [1] },
  {
    ...plain([1, 4, 8, 7], [4, 2, 3, 3]),
    groups: 2,
    strides: [2, 1],
    dilation: [1, 2],
    padding: [
      [1, 0],
      [2, 3],
    ],
  },
  {
    ...plain([1, 2, 4, 5, 6], [2, 1, 2, 3, 2]),
    groups: 2,
    strides: [1, 2, 3],
    dilation: [2, 1, 1],
    padding: [
      [1, 0],
      [0, 1],
      [1, 1],
    ],
  },
  // The last row and column of the input are never read.
  { ...plain([1, 1, 6, 6], [1, 1, 3, 3]), strides: [2, 2] },
  // Strides larger than the kernel leave gaps.
  { ...plain([1, 2, 9, 9], [2, 2, 2, 2]), strides: [4, 3] },
  // A window over nothing but padding.
  { ...plain([1, 1, 1, 2], [2, 1, 2, 2]), padding: square(3) },
  plain([0, 3, 5, 5], [2, 3, 3, 3]),
];

export const convolutionSamples: readonly Sample[] = convolutions.map(({ x, kernel, ...attributes }) => ({
  name: `convolution ${describe(x, kernel, attributes)}`,
  inputs: [float32(x), float32(kernel)],
  build: ([a, b]) => node("convolution", [a!, b!], attributes),
  differentiable: true,
  torch: `convolution(a, b, ${python(attributes)})`,
}));

export const convolutionInputGradientSamples: readonly Sample[] = convolutions.map(
  ({ x, kernel, ...attributes }) => ({
    name: `convolutionInputGradient ${describe(x, kernel, attributes)}`,
    inputs: [float32(outputShape(x, kernel, attributes)), float32(kernel)],
    build: ([g, w]) =>
      node("convolutionInputGradient", [g!, w!], { ...attributes, inputSpatial: x.slice(2) }),
    differentiable: true,
    torch: `vjp(lambda x: convolution(x, b, ${python(attributes)}), zeros([${x}]), a)`,
  }),
);

export const convolutionKernelGradientSamples: readonly Sample[] = convolutions.map(
  ({ x, kernel, ...attributes }) => ({
    name: `convolutionKernelGradient ${describe(x, kernel, attributes)}`,
    inputs: [float32(x), float32(outputShape(x, kernel, attributes))],
    build: ([a, g]) =>
      node("convolutionKernelGradient", [a!, g!], { ...attributes, kernelSpatial: kernel.slice(2) }),
    differentiable: true,
    torch: `vjp(lambda w: convolution(a, w, ${python(attributes)}), zeros([${kernel}]), b)`,
  }),
);

function plain(x: readonly number[], kernel: readonly number[]): Convolution {
  const spatial = x.slice(2);
  return {
    x,
    kernel,
    strides: spatial.map(() => 1),
    padding: spatial.map(() => [0, 0] as const),
    dilation: spatial.map(() => 1),
    groups: 1,
  };
}

function square(padding: number): [number, number][] {
  return [
    [padding, padding],
    [padding, padding],
  ];
}

function outputShape(
  x: readonly number[],
  kernel: readonly number[],
  attributes: ConvolutionAttributes,
): number[] {
  const spatial = windowOutputs(x.slice(2), kernel.slice(2), attributes, "sample");
  return [x[0]!, kernel[0]!, ...spatial];
}

function describe(
  x: readonly number[],
  kernel: readonly number[],
  attributes: ConvolutionAttributes,
): string {
  const { strides, padding, dilation, groups } = attributes;
  return `[${x}] with [${kernel}] strides ${strides} padding ${padding.map((pair) => pair.join("+"))} dilation ${dilation} groups ${groups}`;
}

function python({ strides, padding, dilation, groups }: ConvolutionAttributes): string {
  return `[${strides}], ${JSON.stringify(padding)}, [${dilation}], ${groups}`;
}
