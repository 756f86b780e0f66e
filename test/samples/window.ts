import { node } from "../../src/graph/build.js";
import type { PoolAttributes } from "../../src/graph/types.js";
import { windowOutputs } from "../../src/shape/window.js";
import { type Domain, float32, type Sample } from "./sample.js";

interface Pool extends PoolAttributes {
  readonly x: readonly number[];
}

const pools: readonly Pool[] = [
  plain([1, 1, 4, 4], [2, 2]),
  plain([2, 3, 7], [2]),
  plain([2, 3, 6, 9], [2, 3]),
  plain([1, 2, 4, 4, 6], [2, 2, 3]),
  { ...plain([2, 2, 7, 8], [3, 3]), strides: [2, 2] },
  { ...plain([1, 2, 6, 5], [3, 2]), strides: [1, 1] },
  {
    ...plain([1, 2, 5, 6], [3, 3]),
    strides: [2, 2],
    padding: [
      [0, 1],
      [2, 1],
    ],
  },
  {
    ...plain([1, 2, 8, 9], [2, 3]),
    strides: [2, 1],
    dilation: [3, 2],
    padding: [
      [1, 1],
      [0, 2],
    ],
  },
  {
    ...plain([1, 1, 4, 5, 6], [2, 3, 2]),
    strides: [1, 2, 2],
    padding: [
      [1, 0],
      [1, 1],
      [0, 1],
    ],
  },
  { ...plain([2, 1, 9], [3]), strides: [2], padding: [[1, 2]], dilation: [2] },
  { ...plain([1, 1, 7, 7], [2, 2]), strides: [3, 3] },
  plain([2, 3, 1, 1], [1, 1]),
  plain([0, 3, 4, 4], [2, 2]),
];

const nan = Number.NaN;
const ties: { readonly pool: Pool; readonly domain: Domain }[] = [
  {
    pool: plain([1, 1, 2, 4], [2, 2]),
    domain: { given: [3, 1, -Infinity, -Infinity, 2, 3, -Infinity, -Infinity] },
  },
  {
    pool: plain([1, 1, 2, 6], [2, 2]),
    domain: { given: [1, 2, nan, 7, 0, nan, nan, 9, 8, nan, Infinity, nan] },
  },
  { pool: { ...plain([1, 1, 3], [2]), strides: [1], padding: [[1, 1]] }, domain: { given: [-5, -5, -5] } },
];

/** A dilated window may reach over a narrow input with nothing below it but padding. PyTorch refuses such padding. */
const uncovered: Pool = {
  ...plain([1, 2, 1], [2]),
  strides: [1],
  dilation: [2],
  padding: [[2, 2]],
};

export const maxPoolSamples: readonly Sample[] = [
  ...pools.map((pool) => maxPool(pool, "distinct", true)),
  ...ties.map(({ pool, domain }) => maxPool(pool, domain, true)),
  maxPool(uncovered, "distinct", false),
];

export const maxPoolGradientSamples: readonly Sample[] = [
  ...pools.map((pool) => maxPoolGradient(pool, "distinct", true)),
  ...ties.map(({ pool, domain }) => maxPoolGradient(pool, domain, false)),
  maxPoolGradient(uncovered, "distinct", false),
];

export const maxPoolSelectSamples: readonly Sample[] = [
  ...pools.map((pool) => maxPoolSelect(pool, "distinct", true)),
  ...ties.map(({ pool, domain }) => maxPoolSelect(pool, domain, false)),
  maxPoolSelect(uncovered, "distinct", false),
];

function maxPool({ x, ...attributes }: Pool, domain: Domain, inTorch: boolean): Sample {
  return {
    name: `maxPool ${describe(x, attributes, domain)}`,
    inputs: [float32(x, domain)],
    build: ([a]) => node("maxPool", [a!], attributes),
    differentiable: domain === "distinct" && inTorch,
    ...(inTorch ? { torch: `max_pool(a, ${python(attributes)})` } : {}),
  };
}

function maxPoolGradient({ x, ...attributes }: Pool, domain: Domain, inTorch: boolean): Sample {
  return {
    name: `maxPoolGradient ${describe(x, attributes, domain)}`,
    inputs: [float32(x, domain), float32(outputShape(x, attributes))],
    build: ([a, g]) => node("maxPoolGradient", [a!, g!], attributes),
    differentiable: domain === "distinct",
    ...(inTorch ? { torch: `vjp(lambda x: max_pool(x, ${python(attributes)}), a, b)` } : {}),
  };
}

function maxPoolSelect({ x, ...attributes }: Pool, domain: Domain, inTorch: boolean): Sample {
  return {
    name: `maxPoolSelect ${describe(x, attributes, domain)}`,
    inputs: [float32(x, domain), float32(x)],
    build: ([a, t]) => node("maxPoolSelect", [a!, t!], attributes),
    differentiable: domain === "distinct",
    ...(inTorch ? { torch: `max_pool_select(a, b, ${python(attributes)})` } : {}),
  };
}

function plain(x: readonly number[], kernel: readonly number[]): Pool {
  return {
    x,
    kernel,
    strides: kernel,
    padding: kernel.map(() => [0, 0] as const),
    dilation: kernel.map(() => 1),
  };
}

function outputShape(x: readonly number[], attributes: PoolAttributes): number[] {
  return [x[0]!, x[1]!, ...windowOutputs(x.slice(2), attributes.kernel, attributes, "sample")];
}

function describe(
  x: readonly number[],
  { kernel, strides, padding, dilation }: PoolAttributes,
  domain: Domain,
): string {
  const pairs = padding.map((pair) => pair.join("+"));
  const special = domain === "distinct" ? "" : " with ties";
  return `[${x}] window ${kernel} strides ${strides} padding ${pairs} dilation ${dilation}${special}`;
}

function python({ kernel, strides, padding, dilation }: PoolAttributes): string {
  return `[${kernel}], [${strides}], ${JSON.stringify(padding)}, [${dilation}]`;
}
