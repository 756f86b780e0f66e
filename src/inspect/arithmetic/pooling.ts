import { wins } from "../../backends/reference/reduction.js";
import { GlobalAveragePool, GlobalMaxPool } from "../../nn/global-pool.js";
import type { Module } from "../../nn/module.js";
import { AveragePool, MaxPool } from "../../nn/pool.js";
import type { LayerWindow } from "../../nn/receptive-field.js";
import { formatShape, type Shape, sameShape, sizeOf } from "../../shape/shape.js";
import { poolAttributes } from "../../tensor/contraction.js";
import { derived, maximum, slope, sum, term } from "./derive.js";
import { family, type LayerRules, type Site } from "./site.js";
import { cellAt, indicesOf, isInside, windowOf, windowsOver } from "./windows.js";

type Position = [example: number, channel: number, ...spatial: number[]];

/** The cell that is the maximum of the window of an output: the first of equal values, as the program decides. */
function winner(site: Site<Module>, [n, c]: Position, cells: readonly number[][]): number[] | undefined {
  let best: { cell: number[]; value: number } | undefined;
  for (const cell of cells) {
    const { value } = site.x([n, c, ...cell]);
    if (best === undefined || wins(value, best.value)) best = { cell, value };
  }
  return best?.cell;
}

function maximumOf(site: Site<Module>, index: Position, cells: readonly number[][], right: string) {
  const [n, c] = index;
  const won = winner(site, index, cells);
  const terms = cells.map((cell) =>
    term(`position ${formatShape(cell)}`, [site.x([n, c, ...cell])], cell === won ? "chosen" : undefined),
  );
  const note = won
    ? `${formatShape(won)} has won; padding never does`
    : "the window has no cell in the input";
  return maximum(["y_{n,c,p}", right], terms, note);
}

/** The gradient of an output, if its window was won by `position`. */
function routed(site: Site<Module>, output: Position, cells: readonly number[][], position: number[]) {
  const won = winner(site, output, cells);
  const isWinner = won !== undefined && sameShape(won, position);
  const label = `output ${formatShape(output.slice(2))}: ${isWinner ? "won" : `lost to ${formatShape(won ?? [])}`}`;
  const share = derived("[\\text{won}]", isWinner ? 1 : 0);
  return term(label, [site.dy(output), share], isWinner ? "chosen" : undefined);
}

const cellsOf = (window: LayerWindow, p: readonly number[]) =>
  indicesOf(window.kernel).map((k) => cellAt(window, p, k));

/** The cells of a window that can win. */
const insideCellsOf = (site: Site<Module>, window: LayerWindow, p: readonly number[]) =>
  cellsOf(window, p).filter((cell) => isInside(cell, site.inputShape().slice(2)));

const maximumGradient = [
  slope("x_{n,c,q}"),
  `\\sum_{p:\\; q \\text{ won } p} ${slope("y_{n,c,p}")}`,
] as const;

const maxPool: LayerRules<MaxPool> = {
  forward(site, index) {
    const [n, c, ...p] = index as Position;
    const cells = insideCellsOf(site, windowOf(site.module, site.inputShape()), p);
    return maximumOf(site, [n, c], cells, "\\max_k x_{n,c,\\,ps+kd-a}");
  },

  backward(site, index) {
    const [n, c, ...q] = index as Position;
    const window = windowOf(site.module, site.inputShape());
    const terms = windowsOver(window, q, site.outputShape.slice(2)).map(({ p }) =>
      routed(site, [n, c, ...p], insideCellsOf(site, window, p), q),
    );
    return sum(maximumGradient, terms, "the gradient of a maximum goes to the cell that won");
  },
};

const globalMaxPool: LayerRules<GlobalMaxPool> = {
  forward(site, index) {
    const [n, c] = index as Position;
    return maximumOf(site, [n, c], indicesOf(site.inputShape().slice(2)), "\\max_q x_{n,c,q}");
  },

  backward(site, index) {
    const [n, c, ...q] = index as Position;
    const cells = indicesOf(site.inputShape().slice(2));
    return sum(maximumGradient, [routed(site, [n, c], cells, q)]);
  },
};

/** How many cells of the window of output `p` the mean counts. */
function countedCells({ module }: Site<AveragePool>, inputShape: Shape, p: readonly number[]): number {
  const window = windowOf(module, inputShape);
  const spatial = inputShape.slice(2);
  const options = { ...module.options, ceilMode: false };
  const { padding } = poolAttributes(inputShape, module.window, options, module.kind);
  return cellsOf(window, p).filter((position) =>
    position.every((at, axis) => {
      const [before, after] = module.countIncludePad ? padding[axis]! : [0, 0];
      return at >= -before && at < spatial[axis]! + after;
    }),
  ).length;
}

const fraction = (count: number) => derived(`1/${count}`, 1 / count);

const averagePool: LayerRules<AveragePool> = {
  forward(site, index) {
    const [n, c, ...p] = index as Position;
    const shape = site.inputShape();
    const weight = fraction(countedCells(site, shape, p));
    const terms = cellsOf(windowOf(site.module, shape), p).map((position) => {
      const label = `position ${formatShape(position)}`;
      return isInside(position, shape.slice(2))
        ? term(label, [site.x([n, c, ...position]), weight])
        : term(label, [derived("0", 0), weight], "padding");
    });
    return sum(["y_{n,c,p}", "\\frac{1}{K} \\sum_k x_{n,c,\\,ps+kd-a}"], terms);
  },

  backward(site, index) {
    const [n, c, ...q] = index as Position;
    const shape = site.inputShape();
    const window = windowOf(site.module, shape);
    const terms = windowsOver(window, q, site.outputShape.slice(2)).map(({ p }) =>
      term(`output ${formatShape(p)}`, [site.dy([n, c, ...p]), fraction(countedCells(site, shape, p))]),
    );
    return sum(
      [slope("x_{n,c,q}"), `\\sum_{p,k:\\; ps+kd-a=q} \\frac{1}{K} ${slope("y_{n,c,p}")}`],
      terms,
      "K is the number of cells that the mean counts",
    );
  },
};

const globalAveragePool: LayerRules<GlobalAveragePool> = {
  forward(site, index) {
    const [n, c] = index as Position;
    const spatial = site.inputShape().slice(2);
    const terms = indicesOf(spatial).map((q) =>
      term(`position ${formatShape(q)}`, [site.x([n, c, ...q]), fraction(sizeOf(spatial))]),
    );
    return sum(["y_{n,c}", "\\frac{1}{K} \\sum_q x_{n,c,q}"], terms);
  },

  backward(site, index) {
    const [n, c] = index as Position;
    const count = sizeOf(site.inputShape().slice(2));
    const terms = [term("through the mean", [site.dy([n, c]), fraction(count)])];
    return sum([slope("x_{n,c,q}"), `\\frac{1}{K} ${slope("y_{n,c}")}`], terms);
  },
};

export const pooling = [
  family(MaxPool, maxPool),
  family(GlobalMaxPool, globalMaxPool),
  family(AveragePool, averagePool),
  family(GlobalAveragePool, globalAveragePool),
];
