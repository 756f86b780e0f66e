import type { Node } from "../../graph/types.js";
import { formatShape } from "../../shape/shape.js";
import { dependence } from "../dependence.js";
import { indices } from "../index-set.js";
import { trace } from "../trace.js";
import { at, type Derivation, number, term } from "./derive.js";
import type { Numbers } from "./numbers.js";
import { factorAt } from "./site.js";
import type { Source, Step } from "./steps.js";
import type { Term } from "./types.js";

/** For a number that is made in more ways than a formula says. `terms` is what is known of them. */
export function composite(left: string, value: number, terms: readonly Term[], note: string): Derivation {
  const live = number(value);
  return { left, right: "\\ldots", live, combination: "composite", terms, result: value, note };
}

/** An output of a step without rules: the numbers from which it is computed, found on its graph. */
export function compositeForward(
  step: Step,
  numbers: Numbers,
  index: readonly number[],
  value: number,
): Derivation {
  const ways = "node" in step ? waysOfNode(step, index) : waysOfLayer(step, numbers, index);
  const terms = ways.flatMap(({ source, cells }) =>
    cells.map((cell) => {
      const name = "node" in step && source.kind !== "input" ? `"${source.path}"` : "input";
      return term(`${name} ${formatShape(cell)}`, [
        factorAt(numbers, at("x", cell), { ...source, index: cell }),
      ]);
    }),
  );
  const what =
    "node" in step
      ? `${step.node.op}, an operation without a formula`
      : `${step.module.kind}: a computation of several steps`;
  return composite("y", value, terms, `${what}, from ${terms.length} numbers of its input`);
}

type Way = { readonly source: Source; readonly cells: number[][] };

const waysOfNode = (step: Extract<Step, { node: Node }>, index: readonly number[]): Way[] =>
  step.reads.map((read, i) => ({ source: step.inputs[i]!, cells: cellsOf(step.node, read, index) }));

/** A layer is traced for one example, whose place the example of `index` takes. */
function waysOfLayer(
  { module, inputs: [source] }: Exclude<Step, { node: Node }>,
  numbers: Numbers,
  [example, ...unit]: readonly number[],
): Way[] {
  const { shape } = numbers.tensor(source!.kind, source!.path);
  const { input, output } = trace(module, "", shape.slice(1), "arithmetic");
  const cells = cellsOf(output.node, input, [0, ...unit]).map((cell) => [example!, ...cell.slice(1)]);
  return [{ source: source!, cells }];
}

function cellsOf(root: Node, leaf: Node, index: readonly number[]): number[][] {
  const region = index.map((position) => [[position, position]] as const);
  return dependence(root, region, leaf).flatMap((part) =>
    part.reduce<number[][]>(
      (heads, set) => heads.flatMap((head) => [...indices(set)].map((position) => [...head, position])),
      [[]],
    ),
  );
}
