import type { Node, NodeOf, OpName } from "../../graph/types.js";
import { formatShape } from "../../shape/shape.js";
import { at, type Derivation, derived, number, slope, sum, term } from "./derive.js";
import { applyTransfer, slopeThrough, throughTransfer } from "./functions.js";
import { cameFrom, isMovement, wentTo } from "./movement.js";
import { constantOf, type NodeFunction } from "./node-functions.js";
import type { Numbers } from "./numbers.js";
import { factorAt, type StepRules } from "./site.js";
import type { NodeStep, Source } from "./steps.js";
import type { Factor, Term } from "./types.js";
import { indicesOf } from "./windows.js";

type Index = readonly number[];

/** An operation in a network that has been run: what its rules read. */
class NodeSite {
  readonly step: NodeStep;
  readonly #numbers: Numbers;

  constructor(step: NodeStep, numbers: Numbers) {
    this.step = step;
    this.#numbers = numbers;
  }

  /** The symbol of an operand: `x` for what the module itself reads. */
  symbol(operand: number): string {
    const { operands, entry } = this.step;
    const node = operands[operand]!;
    const constant = constantOf(node);
    if (constant !== undefined) return number(constant);
    if (operands.length === 1 || node === entry) return "x";
    return String.fromCharCode("a".charCodeAt(0) + operands.indexOf(node));
  }

  /** A number of an operand, by its address in what the operand is made of. */
  x(operand: number, index: Index): Factor {
    const found = this.#found(this.step.operands[operand]!, index);
    if (typeof found === "number") return derived(number(found), found);
    return factorAt(this.#numbers, at(this.symbol(operand), index), found);
  }

  y(index: Index): Factor {
    return factorAt(this.#numbers, at("y", index), { ...this.#own, index });
  }

  dy(index: Index): Factor {
    const own = this.#own;
    const kind = own.kind === "weight" ? "weightGradient" : "activationGradient";
    return factorAt(this.#numbers, `\\partial L / \\partial ${at("y", index)}`, { ...own, kind, index });
  }

  /** Where a number comes from, in plain words. */
  origin(operand: number, index: Index): string {
    const found = this.#found(this.step.operands[operand]!, index);
    if (typeof found === "number") return "constant";
    const entry = this.step.entry && this.step.sources.get(this.step.entry);
    const shortcut = entry && entry.kind === found.kind && entry.path === found.path;
    const place = found.kind === "input" ? "the input" : `"${found.path}"`;
    return shortcut ? `${place}, what the module reads` : place;
  }

  get #own(): Source {
    return this.step.sources.get(this.step.node)!;
  }

  #found(node: Node, index: Index): (Source & { readonly index: Index }) | number {
    const source = this.step.sources.get(node);
    if (source) return { ...source, index };
    const constant = constantOf(node);
    if (constant !== undefined) return constant;
    const from = cameFrom(node, index);
    return "filling" in from ? from.filling : this.#found(node.inputs[from.operand]!, from.index);
  }

  /** Where a number of `source` stands in an operand. */
  places(node: Node, source: Node, index: Index): readonly Index[] {
    if (node === source) return [index];
    if (this.step.sources.has(node) || !isMovement(node)) return [];
    return node.inputs.flatMap((input, i) =>
      this.places(input, source, index).flatMap((place) => wentTo(node, place, i)),
    );
  }
}

interface Rule<K extends OpName> {
  forward(site: NodeSite, node: NodeOf<K>, index: Index): Derivation;
  /** What the gradient of the number at `index` of an operand has from here, and its formula. */
  backward(site: NodeSite, node: NodeOf<K>, index: Index, operand: number): Term[];
  slope(site: NodeSite, operand: number): string;
}

const other = (operand: number) => 1 - operand;

/** `y = a + b` and `y = a - b` */
const sumOfTwo = (sign: 1 | -1): Rule<"add" | "subtract"> => ({
  forward(site, _, index) {
    const [a, b] = [site.x(0, index), site.x(1, index)];
    const second = sign === 1 ? [b] : [derived("-1", -1), b];
    return sum(
      ["y", `${site.symbol(0)} ${sign === 1 ? "+" : "-"} ${site.symbol(1)}`],
      [term(site.origin(0, index), [a]), term(site.origin(1, index), second)],
    );
  },
  backward(site, _, index, operand) {
    const factors = [site.dy(index)];
    if (operand === 1 && sign === -1) factors.unshift(derived("-1", -1));
    return [term(sign === 1 ? "through the sum" : "through the difference", factors)];
  },
  slope: (_, operand) => `${operand === 1 && sign === -1 ? "-" : ""}${slope("y")}`,
});

const rules = {
  add: sumOfTwo(1),
  subtract: sumOfTwo(-1),

  multiply: {
    forward: (site, _, index) =>
      sum(
        ["y", `${site.symbol(0)} \\cdot ${site.symbol(1)}`],
        [
          term(`${site.origin(0, index)} times ${site.origin(1, index)}`, [
            site.x(0, index),
            site.x(1, index),
          ]),
        ],
      ),
    backward: (site, _, index, operand) => [
      term(`through the product, output ${formatShape(index)}`, [
        site.dy(index),
        site.x(other(operand), index),
      ]),
    ],
    slope: (site, operand) => `${slope("y")} \\cdot ${site.symbol(other(operand))}`,
  },

  divide: {
    forward(site, _, index) {
      const [a, b] = [site.x(0, index), site.x(1, index)];
      return sum(
        ["y", `\\frac{${site.symbol(0)}}{${site.symbol(1)}}`],
        [
          term(`${site.origin(0, index)} divided by ${site.origin(1, index)}`, [
            a,
            derived(`1/${b.name}`, 1 / b.value, [b]),
          ]),
        ],
      );
    },
    backward(site, _, index, operand) {
      const [b, y] = [site.x(1, index), site.y(index)];
      const change = operand === 0 ? derived(`1/${b.name}`, 1 / b.value, [b]) : undefined;
      return [
        term(`through the quotient, output ${formatShape(index)}`, [
          site.dy(index),
          change ?? derived(`-y/${b.name}`, -y.value / b.value, [y, b]),
        ]),
      ];
    },
    slope: (site, operand) => `${slope("y")} \\cdot ${operand === 0 ? "1" : "(-y)"} / ${site.symbol(1)}`,
  },

  sum: {
    forward(site, { inputs: [x], attributes: { axes } }, index) {
      const terms = within(x!, axes, index).map((place) =>
        term(`${site.origin(0, place)} ${formatShape(place)}`, [site.x(0, place)]),
      );
      return sum(
        ["y", `\\sum ${site.symbol(0)}`],
        terms,
        `over ${axes.length === 1 ? "axis" : "axes"} ${axes.join(", ")}`,
      );
    },
    backward: (site, { attributes: { axes } }, index) => [
      term("through the sum", [site.dy(index.filter((_, axis) => !axes.includes(axis)))]),
    ],
    slope: () => slope("y"),
  },

  matmul: {
    forward(site, { inputs: [a] }, index) {
      const [batch, row, column] = split(index);
      const terms = Array.from({ length: a!.shape.at(-1)! }, (_, k) =>
        term(`position ${k}`, [site.x(0, [...batch, row, k]), site.x(1, [...batch, k, column])]),
      );
      return sum(["y_{i,j}", `\\sum_k ${site.symbol(0)}_{i,k}\\, ${site.symbol(1)}_{k,j}`], terms);
    },
    backward(site, { shape }, index, operand) {
      const [batch, row, column] = split(index);
      if (operand === 0)
        return Array.from({ length: shape.at(-1)! }, (_, j) =>
          term(`column ${j}`, [site.dy([...batch, row, j]), site.x(1, [...batch, column, j])]),
        );
      return Array.from({ length: shape.at(-2)! }, (_, i) =>
        term(`row ${i}`, [site.dy([...batch, i, column]), site.x(0, [...batch, i, row])]),
      );
    },
    slope: (site, operand) =>
      operand === 0
        ? `\\sum_j ${slope("y_{i,j}")}\\, ${site.symbol(1)}_{k,j}`
        : `\\sum_i ${slope("y_{i,j}")}\\, ${site.symbol(0)}_{i,k}`,
  },
} satisfies { readonly [K in OpName]?: Rule<K> };

/** A movement whose result has an address. */
const movement: Rule<OpName> = {
  forward(site, node, index) {
    const from = cameFrom(node as Node, index);
    if ("filling" in from) {
      const filling = derived(number(from.filling), from.filling);
      return sum(["y", number(from.filling)], [term("padding", [filling], "padding")]);
    }
    const { operand, index: place } = from;
    return sum(["y", site.symbol(operand)], [term(site.origin(operand, place), [site.x(operand, place)])]);
  },
  backward: (site, node, index, operand) =>
    wentTo(node as Node, index, operand).map((to) => term(`output ${formatShape(to)}`, [site.dy(to)])),
  slope: () => slope("y"),
};

function ruleOf<K extends OpName>(node: NodeOf<K>): Rule<K> | undefined {
  if (isMovement(node as Node)) return movement;
  return (rules as Partial<{ readonly [P in K]: Rule<P> }>)[node.op];
}

/** Whether numbers of this kind have a formula; functions apart. */
export const isOperation = (node: Node): boolean => ruleOf(node) !== undefined;

/** The rules for an operation, if there are any. */
export function operationRules(step: NodeStep, numbers: Numbers): StepRules | undefined {
  const site = new NodeSite(step, numbers);
  const { node, operands, reads, function: known } = step;
  const rule = known ? functionRule(known) : ruleOf(node);
  return (
    rule && {
      forward: (index) => rule.forward(site, node, index),
      backward(index, input) {
        const parts = operands.map((operand, i) =>
          site.places(operand, reads[input]!, index).flatMap((at) => rule.backward(site, node, at, i)),
        );
        const rights = operands.flatMap((_, i) => (parts[i]!.length > 0 ? [rule.slope(site, i)] : []));
        const symbol = operands.findIndex((_, i) => parts[i]!.length > 0);
        return sum([slope(symbol < 0 ? "x" : site.symbol(symbol)), rights.join(" + ") || "0"], parts.flat());
      },
      weight: () => undefined,
    }
  );
}

function functionRule({ name, transfer, options }: NodeFunction): Rule<OpName> {
  return {
    forward: (site, _, index) => applyTransfer(transfer, options, site.x(0, index)),
    backward: (site, _, index) =>
      throughTransfer(name, transfer, options, site.x(0, index), site.y(index), site.dy(index)),
    slope: () => slopeThrough(transfer, options),
  };
}

/** The indices of `x` that a reduction over `axes` puts together at `index`. */
function within(x: Node, axes: readonly number[], index: Index): number[][] {
  const kept = [...index];
  const first = x.shape.map((_, axis) => (axes.includes(axis) ? 0 : kept.shift()!));
  const extents = x.shape.map((extent, axis) => (axes.includes(axis) ? extent : 1));
  return indicesOf(extents).map((offset) => offset.map((by, axis) => first[axis]! + by));
}

const split = (index: Index) => [index.slice(0, -2), index.at(-2)!, index.at(-1)!] as const;
