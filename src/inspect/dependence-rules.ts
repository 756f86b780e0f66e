import type { ElementwiseOp, Node, NodeOf, OpName, PoolAttributes } from "../graph/types.js";
import type { Shape } from "../shape/shape.js";
import type { WindowGeometry } from "../shape/window.js";
import { allIndices, type IndexSet, includes, indices, mapIndices, setOf, shifted } from "./index-set.js";
import { type Region, regionBeforeReshape, wholeOf } from "./region.js";

/** Which elements of each operand a region of the result is computed from. */
type Rule<K extends OpName> = (region: Region, node: NodeOf<K>) => readonly (readonly Region[])[];

/** What an image, an output or a kernel is indexed by: two axes, and then the spatial ones. */
type Planes = [IndexSet, IndexSet, ...IndexSet[]];

type Leaf = "input" | "variable" | "constant" | "iota";

/** The rules of the primitives that do not work element by element. A new primitive fails to compile here until it has one. */
const rules: { readonly [K in Exclude<OpName, ElementwiseOp | Leaf>]: Rule<K> } = {
  randomBits: () => [[[[[0, 2]]]]],

  reshape: (region, { inputs: [x], shape }) => [regionBeforeReshape(x!.shape, shape, region)],
  permute: (region, { attributes: { axes } }) => [[axes.map((_, axis) => region[axes.indexOf(axis)]!)]],
  broadcast: (region, { inputs: [x] }) => [
    [x!.shape.map((extent, axis) => (extent === 1 ? [[0, 0]] : region[axis]!))],
  ],
  pad: (region, { inputs: [x], attributes: { low, interior } }) => [
    [
      x!.shape.map((extent, axis) => {
        const inside = shifted(region[axis]!, -low[axis]!, low[axis]! + extent * (interior[axis]! + 1));
        const step = interior[axis]! + 1;
        if (step === 1) return shifted(inside, 0, extent);
        return mapIndices(inside, (at) => (at % step === 0 && at / step < extent ? [at / step] : []));
      }),
    ],
  ],
  slice: (region, { inputs: [x], attributes: { start, step } }) => [
    [
      x!.shape.map((extent, axis) =>
        step[axis] === 1
          ? shifted(region[axis]!, start[axis]!, extent)
          : mapIndices(region[axis]!, (at) => [start[axis]! + at * step[axis]!]),
      ),
    ],
  ],
  flip: (region, { shape, attributes: { axes } }) => [
    [
      region.map((set, axis) => {
        const last = shape[axis]! - 1;
        return axes.includes(axis) ? setOf(set.map(([from, to]) => [last - to, last - from])) : set;
      }),
    ],
  ],
  concatenate(region, { inputs, attributes: { axis } }) {
    let offset = 0;
    return inputs.map(({ shape }) => {
      const extent = shape[axis]!;
      const part = region.map((set, at) => (at === axis ? shifted(set, -offset, extent) : set));
      offset += extent;
      return [part];
    });
  },

  sum: reduced,
  max: reduced,
  min: reduced,
  product: reduced,
  argmax: (region, { inputs: [x], attributes: { axis } }) => [[acrossAxes(region, x!.shape, [axis])]],
  cumulativeSum: (region, { shape, attributes: { axis, exclusive, reverse } }) => [
    [
      region.map((set, at) => {
        if (at !== axis || set.length === 0) return set;
        const own = exclusive ? 1 : 0;
        return setOf([reverse ? [set[0]![0] + own, shape[axis]! - 1] : [0, set.at(-1)![1] - own]]);
      }),
    ],
  ],

  matmul(region, { inputs: [a] }) {
    const depth = allIndices(a!.shape.at(-1)!);
    const [batch, rows, columns] = [region.slice(0, -2), region.at(-2)!, region.at(-1)!];
    return [[[...batch, rows, depth]], [[...batch, depth, columns]]];
  },
  convolution(region, { inputs: [x, kernel], attributes }) {
    const [batch, filters, ...positions] = region as Planes;
    const channels = channelsRead(filters, kernel!.shape, attributes.groups);
    const { cells, taps } = meet(attributes, kernel!.shape.slice(2), x!.shape.slice(2), { positions });
    return [[[batch, channels, ...cells]], [[filters, allIndices(kernel!.shape[1]!), ...taps]]];
  },
  convolutionInputGradient(region, { inputs: [g, kernel], attributes }) {
    const [batch, channels, ...cells] = region as Planes;
    const [count, size] = [kernel!.shape[0]! / attributes.groups, kernel!.shape[1]!];
    const filters = setOf(
      [...indices(channels)].map((channel) => {
        const group = Math.floor(channel / size);
        return [group * count, (group + 1) * count - 1];
      }),
    );
    const within = setOf([...indices(channels)].map((channel) => [channel % size, channel % size]));
    const positions = wholeOf(g!.shape.slice(2));
    const met = meet(attributes, kernel!.shape.slice(2), attributes.inputSpatial, { positions, cells });
    return [[[batch, filters, ...met.positions]], [[filters, within, ...met.taps]]];
  },
  convolutionKernelGradient(region, { inputs: [x, g], shape, attributes }) {
    const [filters, within, ...taps] = region as Planes;
    const channels = setOf(
      [...indices(filters)].flatMap((filter) => {
        const group = Math.floor(filter / (shape[0]! / attributes.groups));
        return within.map(([first, last]) => [group * shape[1]! + first, group * shape[1]! + last] as const);
      }),
    );
    const positions = wholeOf(g!.shape.slice(2));
    const met = meet(attributes, attributes.kernelSpatial, x!.shape.slice(2), { positions, taps });
    const batch = allIndices(x!.shape[0]!);
    return [[[batch, channels, ...met.cells]], [[batch, filters, ...met.positions]]];
  },

  maxPool: (region, { inputs: [x], attributes }) => [[cellsOf(region, x!.shape, attributes)]],
  maxPoolSelect(region, { inputs: [x], attributes }) {
    const cells = cellsOf(region, x!.shape, attributes);
    return [[cells], [cells]];
  },
  maxPoolGradient(region, { inputs: [x, g], attributes }) {
    const [batch, channels, ...cells] = region as Planes;
    const positions = wholeOf(g!.shape.slice(2));
    const met = meet(attributes, attributes.kernel, x!.shape.slice(2), { positions, cells });
    const windows = [batch, channels, ...met.positions];
    return [[cellsOf(windows, x!.shape, attributes)], [windows]];
  },

  // Where indices point is not known: anywhere along the axis.
  gather(region, { inputs: [table, places], attributes: { axis } }) {
    const behind = axis + places!.shape.length;
    return [
      [[...region.slice(0, axis), allIndices(table!.shape[axis]!), ...region.slice(behind)]],
      [region.slice(axis, behind)],
    ];
  },
  scatterAdd(region, { inputs: [, places], attributes: { axis } }) {
    return [
      [[...region.slice(0, axis), ...wholeOf(places!.shape), ...region.slice(axis + 1)]],
      [wholeOf(places!.shape)],
    ];
  },

  // A step may use all that it and the steps before it have seen.
  scan(region, { inputs, attributes: { length, sequences, reverse, next, result } }) {
    const own = result.kind === "states" && !reverse ? 1 : 0;
    const set = result.kind === "final" ? allIndices(length) : region[0]!;
    const first = reverse ? (set[0]?.[0] ?? length) : 0;
    const last = reverse ? length - 1 : (set.at(-1)?.[1] ?? -1) - own;
    const steps: IndexSet = first <= last ? [[first, last]] : [];
    return inputs.map(({ shape }, i) => {
      const isSequence = i >= next.length && i < next.length + sequences;
      return [isSequence ? [steps, ...wholeOf(shape.slice(1))] : wholeOf(shape)];
    });
  },
};

/** Which elements of each operand of `node` the elements in `region` of its result are computed from. */
export function operandRegions<K extends OpName>(
  region: Region,
  node: NodeOf<K>,
): readonly (readonly Region[])[] {
  const rule = (rules as Partial<{ readonly [P in K]: Rule<P> }>)[node.op];
  return rule ? rule(region, node) : node.inputs.map(() => [region]);
}

function reduced(
  region: Region,
  { inputs: [x], attributes: { axes } }: { inputs: readonly Node[]; attributes: { axes: readonly number[] } },
) {
  return [[acrossAxes(region, x!.shape, axes)]];
}

/** The region with whole axes put back where a reduction dropped them. */
function acrossAxes(region: Region, shape: Shape, axes: readonly number[]): Region {
  let next = 0;
  return shape.map((extent, axis) => (axes.includes(axis) ? allIndices(extent) : region[next++]!));
}

/** The channels that filters of a kernel `[O, C / groups, ...]` read. */
function channelsRead(filters: IndexSet, kernel: Shape, groups: number): IndexSet {
  const [count, channels] = [kernel[0]! / groups, kernel[1]!];
  return setOf(
    [...indices(filters)].map((filter) => {
      const group = Math.floor(filter / count);
      return [group * channels, (group + 1) * channels - 1];
    }),
  );
}

function cellsOf([batch, channels, ...positions]: Region, input: Shape, attributes: PoolAttributes): Region {
  return [batch!, channels!, ...meet(attributes, attributes.kernel, input.slice(2), { positions }).cells];
}

/**
 * A window's tap `t` at position `p` meets the cell `p stride + t dilation - padding` of the input, if there is one. Of
 * the positions, taps and cells given, for each axis, those that meet; all taps and cells where none are given.
 */
function meet(
  geometry: WindowGeometry,
  kernel: Shape,
  extents: Shape,
  given: { readonly positions: Region; readonly cells?: Region; readonly taps?: Region },
): { positions: IndexSet[]; taps: IndexSet[]; cells: IndexSet[] } {
  const axes = given.positions.map((positions, axis) => {
    const met: { position: number; tap: number; cell: number }[] = [];
    const { strides, dilation, padding } = geometry;
    const cells = given.cells?.[axis] ?? allIndices(extents[axis]!);
    for (const position of indices(positions)) {
      for (const tap of indices(given.taps?.[axis] ?? allIndices(kernel[axis]!))) {
        const cell = position * strides[axis]! + tap * dilation[axis]! - padding[axis]![0];
        if (includes(cells, [[cell, cell]])) met.push({ position, tap, cell });
      }
    }
    return met;
  });
  const collect = (part: "position" | "tap" | "cell") =>
    axes.map((met) => setOf(met.map((one) => [one[part], one[part]])));
  return { positions: collect("position"), taps: collect("tap"), cells: collect("cell") };
}
