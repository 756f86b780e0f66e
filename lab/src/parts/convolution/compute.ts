/** What the page asks of the library. It runs in a Worker of the page's own. */
import { compile, grad, inspect, nn, ones, type Tensor, tensor } from "gradus";
import { type ChainLayer, isLinear, stages } from "./chain.js";
import { flipped, type Sliding } from "./geometry.js";
import type { PresetTable } from "./kernels.js";
import type { Picture } from "./picture.js";

export interface Slide {
  readonly picture: Picture;
  /** One for each channel, row by row, as typed. */
  readonly slices: readonly (readonly number[])[];
  readonly sliding: Sliding;
  /** True convolution: the kernel is turned before it is laid on the picture. */
  readonly flip: boolean;
  /** Each channel by itself, instead of the sum over channels. */
  readonly each: boolean;
}

/** The kernels that the library has, in all sizes that the page offers. */
export async function presets(): Promise<PresetTable> {
  const { kernels } = inspect;
  const made = compile(() => ({
    ...inSizes("identity", [1, 3, 5, 7], kernels.identity),
    ...inSizes("box", [1, 3, 5, 7], kernels.box),
    ...inSizes("gaussian", [3, 5, 7], kernels.gaussian),
    "sharpen-3": kernels.sharpen(),
    "leftRight-3": kernels.leftRightEdges(),
    "topBottom-3": kernels.topBottomEdges(),
    "sobelX-3": kernels.sobel("x"),
    "sobelY-3": kernels.sobel("y"),
    ...inSizes("diagonal", [3, 5, 7], (size) => kernels.directedEdge(45, size)),
    ...inSizes("gabor", [5, 7], (size) => kernels.gabor(size, { wavelength: size * 0.7 })),
  }))();
  const read = Object.entries(made).map(
    async ([key, values]) => [key, Array.from(await values.data())] as const,
  );
  return Object.fromEntries(await Promise.all(read));
}

function inSizes(
  name: string,
  sizes: readonly number[],
  make: (size: number) => Tensor,
): Record<string, Tensor> {
  return Object.fromEntries(sizes.map((size) => [`${name}-${size}`, make(size)]));
}

/** The whole picture under a kernel. Eager code: programs are kept by structure, so another kernel finds the last one's. */
export async function convolve({ picture, slices, sliding, flip, each }: Slide): Promise<Picture> {
  const { stride, dilation, padding } = sliding;
  const { channels } = picture;
  const size = Math.sqrt(slices[0]?.length ?? 0);
  const kernel = tensor(slices.flat(), {
    shape: each ? [channels, 1, size, size] : [1, channels, size, size],
  });
  const options = { stride, dilation, padding, groups: each ? channels : 1 };
  const x = asTensor(picture);
  return toPicture(flip ? x.trueConvolution(kernel, options) : x.convolution(kernel, options));
}

export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array<ArrayBuffer>;
  /** The matrix times the picture's numbers. */
  readonly product: Float32Array<ArrayBuffer>;
  /** The greatest difference between that and the convolution. */
  readonly difference: number;
}

/** The convolution as the matrix that does the same. */
export async function toeplitz(slide: Slide): Promise<Matrix> {
  const { picture, slices, sliding, flip, each } = slide;
  const { stride, dilation, padding } = sliding;
  const { channels, height, width } = picture;
  const groups = each ? channels : 1;
  const size = Math.sqrt(slices[0]?.length ?? 0);
  const layer = nn.conv2d(groups, size, { stride, dilation, padding, groups, bias: false });
  layer.build([channels, height, width], { seed: 1 });
  layer.weight.write((flip ? slices.map(flipped) : slices).flat());
  const matrix = inspect.toeplitz(layer);
  const product = matrix.matmul(tensor(picture.data, { shape: [picture.data.length, 1] }));
  const [values, products, answer] = await Promise.all([matrix.data(), product.data(), convolve(slide)]);
  const [rows, columns] = matrix.shape as [number, number];
  return {
    rows,
    columns,
    values: Float32Array.from(values),
    product: Float32Array.from(products),
    difference: greatestDifference(products, answer.data),
  };
}

export interface Chain {
  /** In grey. */
  readonly picture: Picture;
  readonly layers: readonly ChainLayer[];
  /** Numbers of each layer's kernel; none for pooling. */
  readonly kernels: readonly (readonly number[])[];
  /** Of the last layer's output. */
  readonly unit: readonly [row: number, column: number];
}

export interface ChainAnswer {
  /** After each layer. */
  readonly outputs: readonly Picture[];
  /** Rows and columns of the input that the unit sees: [first, first behind]; by the library, which follows the graph. */
  readonly rows: readonly [number, number];
  readonly columns: readonly [number, number];
  /** The one kernel that does the work of all, if all are linear. */
  readonly equivalent?: {
    readonly size: number;
    readonly values: readonly number[];
    readonly difference: number;
  };
}

/** Above this side the equivalent kernel is not computed. */
const largestEquivalent = 63;

export async function chain({ picture, layers, kernels, unit }: Chain): Promise<ChainAnswer> {
  const { height, width } = picture;
  const model = modelOf(layers, kernels, [1, height, width], true);
  const outputs: Tensor[] = [];
  for (const layer of model.layers) outputs.push(layer.forward(outputs.at(-1) ?? asTensor(picture)));
  const box = inspect.receptiveField(model, { unit: [0, ...unit] });
  const [rows, columns] = [1, 2].map((axis) => [box?.start[axis] ?? 0, box?.stop[axis] ?? 0] as const) as [
    readonly [number, number],
    readonly [number, number],
  ];
  const side = stages(layers, height).at(-1)?.field ?? 1;
  const fits = side <= Math.min(largestEquivalent, height, width);
  return {
    outputs: await Promise.all(outputs.map(toPicture)),
    rows,
    columns,
    ...(isLinear(layers) && fits ? { equivalent: await equivalentOf(picture, layers, kernels, side) } : {}),
  };
}

/**
 * A linear unit's gradient is the weight of each of its inputs: the kernel that does all at once. It is tried on the picture,
 * without padding, which no single kernel imitates.
 */
async function equivalentOf(
  picture: Picture,
  layers: readonly ChainLayer[],
  kernels: readonly (readonly number[])[],
  size: number,
) {
  const seen = ones([1, 1, size, size]);
  const [kernel] = grad(modelOf(layers, kernels, [1, size, size], false).forward(seen).sum(), [seen]) as [
    Tensor,
  ];
  const values = Array.from(await kernel.data());
  const { height, width } = picture;
  const stride = stages(layers, height).at(-1)?.jump ?? 1;
  const chained = modelOf(layers, kernels, [1, height, width], false).forward(asTensor(picture));
  const atOnce = asTensor(picture).convolution(tensor(values, { shape: [1, 1, size, size] }), { stride });
  return { size, values, difference: greatestDifference(await chained.data(), await atOnce.data()) };
}

function modelOf(
  layers: readonly ChainLayer[],
  kernels: readonly (readonly number[])[],
  inputShape: readonly number[],
  padded: boolean,
): nn.Sequential {
  const made = layers.map(({ kind, size, stride, padding, dilation }) => {
    const options = { stride, padding: padded ? padding : 0 };
    if (kind === "maximum") return nn.maxPool2d(size, options);
    if (kind === "average") return nn.averagePool2d(size, options);
    return nn.conv2d(1, size, { ...options, dilation, bias: false });
  });
  const model = nn.sequential(made);
  model.build(inputShape, { seed: 1 });
  made.forEach((layer, i) => {
    if ("weight" in layer) layer.weight.write(kernels[i] ?? []);
  });
  return model;
}

const asTensor = ({ channels, height, width, data }: Picture) =>
  tensor(data, { shape: [1, channels, height, width], dtype: "float32" });

async function toPicture(images: Tensor): Promise<Picture> {
  const [, channels, height, width] = images.shape as [number, number, number, number];
  return { channels, height, width, data: Float32Array.from(await images.data()) };
}

function greatestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let greatest = 0;
  for (let i = 0; i < a.length; i++)
    greatest = Math.max(greatest, Math.abs((a[i] as number) - (b[i] as number)));
  return greatest;
}

export const commands = { presets, convolve, toeplitz, chain };
export type Commands = typeof commands;
