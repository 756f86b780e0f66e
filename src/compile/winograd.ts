import type { NodeOf } from "../graph/types.js";
import { sizeOf, stridesOf } from "../shape/shape.js";
import { constantAffine, still } from "./access.js";
import type { FusionContext } from "./fusion-context.js";
import type { BufferId, ConvolutionGeometry, Expression, LoopKernel, Nest, Reduction } from "./kernel.js";
import { loopKernel } from "./loop-kernel.js";
import { NestBuilder } from "./nest.js";
import { sideOf, type TileSize, transformsOf } from "./winograd-transforms.js";

/** The sum of `factors[i] * terms[i]`. */
function combine(factors: readonly number[], terms: readonly Expression[]): Expression {
  let sum: Expression | undefined;
  for (const [i, factor] of factors.entries()) {
    if (factor === 0) continue;
    const scale: Expression = { kind: "constant", value: factor, dtype: "float32" };
    const term: Expression =
      factor === 1
        ? terms[i]!
        : { kind: "apply", op: "multiply", inputs: [terms[i]!, scale], dtype: "float32" };
    sum = sum ? { kind: "apply", op: "add", inputs: [sum, term], dtype: "float32" } : term;
  }
  return sum ?? { kind: "constant", value: 0, dtype: "float32" };
}

/** `M X M'` of a square of expressions, row-major. */
function sandwich(matrix: readonly (readonly number[])[], square: readonly Expression[]): Expression[] {
  const inner = matrix[0]!.length;
  const rows = Array.from({ length: inner }, (_, i) => square.slice(i * inner, (i + 1) * inner));
  const half = matrix.map((factors) =>
    Array.from({ length: inner }, (_, j) =>
      combine(
        factors,
        rows.map((row) => row[j]!),
      ),
    ),
  );
  return half.flatMap((row) => matrix.map((factors) => combine(factors, row)));
}

const transpose = (matrix: readonly (readonly number[])[]) =>
  matrix[0]!.map((_, column) => matrix.map((row) => row[column]!));

/**
 * `U = G W G'` for each pair of filter and channel: a buffer [group, point, filter, channel], and the kernel that fills it.
 */
export function transformedWeights(
  anchor: NodeOf<"convolution">,
  tile: TileSize,
  geometry: ConvolutionGeometry,
  context: FusionContext,
): { readonly kernel: LoopKernel; readonly buffer: BufferId } {
  const { groups, filters, channels, kernelSpatial } = geometry;
  const matrix = transformsOf({ tile, kernelSpatial }).weights;
  const extent = kernelSpatial[0]!;
  const shape = [groups, matrix.length ** 2, filters, channels];
  const buffer = context.newBuffer({ shape, dtype: "float32" });
  const dims = [groups, filters, channels];
  const builder = new NestBuilder(dims, [], context, undefined, undefined);
  const filter = { offset: 0, strides: [filters, 1, 0] };
  const channel = { offset: 0, strides: [0, 0, 1] };
  const taps = Array.from({ length: extent ** 2 }, (_, tap) =>
    builder.expression(anchor.inputs[1]!, [
      filter,
      channel,
      constantAffine(Math.floor(tap / extent), 3),
      constantAffine(tap % extent, 3),
    ]),
  );
  const [perGroup, perPoint, perFilter] = stridesOf(shape) as [number, number, number];
  const strides = still(dims, [perGroup, perFilter, 1]);
  const stores = sandwich(matrix, taps).map((value, point) => ({
    view: { buffer, offset: point * perPoint, strides },
    value,
  }));
  return { kernel: loopKernel([anchor], [builder.nest(stores)], buffer), buffer };
}

/** `dW = G' M G` from the sums [part, group, point, filter, channel], added up over the parts; `output` is dense. */
export function weightsFromPoints(
  anchor: NodeOf<"convolutionKernelGradient">,
  tile: TileSize,
  parts: number,
  sums: BufferId,
  geometry: ConvolutionGeometry,
  output: BufferId,
): LoopKernel {
  const { groups, filters, channels, kernelSpatial } = geometry;
  const points = sideOf({ tile, kernelSpatial }) ** 2;
  const taps = sizeOf(kernelSpatial);
  const [perPart, perGroup, perPoint, perFilter] = stridesOf([parts, groups, points, filters, channels]) as [
    number,
    number,
    number,
    number,
  ];
  const extents = [groups, filters, channels, parts];
  const loads = Array.from({ length: points }, (_, point): Expression => {
    const strides = still(extents, [perGroup, perFilter, 1, perPart]);
    return { kind: "load", view: { buffer: sums, offset: point * perPoint, strides }, dtype: "float32" };
  });
  const reductions = sandwich(transpose(transformsOf({ tile, kernelSpatial }).weights), loads).map(
    (value): Reduction => ({ op: "sum", value }),
  );
  const strides = [...still(extents.slice(0, 3), [filters * channels * taps, channels * taps, taps]), 0];
  const nest: Nest = {
    dims: extents.slice(0, 3),
    reduceDims: [parts],
    reductions,
    stores: reductions.map((_, tap) => ({
      view: { buffer: output, offset: tap, strides },
      value: { kind: "reduced", reduction: tap, dtype: "float32" },
    })),
  };
  return loopKernel([anchor], [nest], output);
}
