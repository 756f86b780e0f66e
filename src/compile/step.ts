import { inputSlot, node, variableCell } from "../graph/build.js";
import type { Computation, Update } from "../graph/computation.js";
import { type Loop, scanParameters } from "../graph/scan.js";
import { substitute } from "../graph/substitute.js";
import type { InputSlot, Node, VariableCell } from "../graph/types.js";
import { topological } from "../graph/walk.js";
import type { Plan, Program } from "./kernel.js";
import { structureOf } from "./structure.js";

/** Compiles one step of a loop: the pipeline. */
export type StepCompiler = (step: Computation) => { readonly program: Program; readonly plan: Plan };

/** What a leaf of a compiled step stands for, by position among the loop's inputs, carries or results. */
export type StepLeaf =
  | { readonly kind: "input"; readonly input: number }
  | { readonly kind: "next"; readonly carry: number }
  | { readonly kind: "stack"; readonly result: number };

/** The body of a loop as a program: of its leaves, it reads inputs, and writes next carries and stacked values. */
export interface CompiledStep {
  readonly program: Program;
  readonly plan: Plan;
  /** In the order of the program's leaves. */
  readonly leaves: readonly StepLeaf[];
}

/**
 * Compiles what the results of a loop need of its body. Next carries and stacked values are updates of variables that
 * nothing reads, so that the plan has them written where they are wanted.
 */
export function compileStep(loop: Loop, compiler: StepCompiler): CompiledStep {
  const { inputs, attributes, results } = loop;
  const parameters = scanParameters(inputs, attributes);
  const wanted: { readonly value: Node; readonly leaf: StepLeaf }[] = results.flatMap(
    ({ attributes: { result } }, i) =>
      result.kind === "stack" ? [{ value: result.value, leaf: { kind: "stack", result: i } }] : [],
  );
  for (const carry of carriesOf(loop, parameters)) {
    wanted.push({ value: attributes.next[carry]!, leaf: { kind: "next", carry } });
  }

  const leafOf = new Map<InputSlot | VariableCell, StepLeaf>();
  const replacements = new Map<Node, Node>();
  parameters.forEach((parameter, input) => {
    const slot = inputSlot(`input ${input} of a loop`, parameter);
    leafOf.set(slot, { kind: "input", input });
    replacements.set(parameter, node("input", [], { slot }));
  });
  // What a loop computes belongs to its layer, whoever wrote the same body first.
  const { origin } = results[0]!;
  const values = substitute(
    wanted.map(({ value }) => value),
    replacements,
    origin,
  );
  const updates = wanted.map(({ leaf }, i): Update => {
    const cell = variableCell(leaf.kind, values[i]!);
    leafOf.set(cell, leaf);
    return { cell, value: values[i]! };
  });
  const step: Computation = { outputs: [], updates };
  const leaves = structureOf(step).leaves.map(
    (leaf) => leafOf.get(leaf.kind === "input" ? leaf.slot : leaf.cell)!,
  );
  const { program, plan } = compiler(step);
  return { program, plan, leaves };
}

/** The carries that some result depends on, whether at once or a few steps later. */
function carriesOf({ attributes, results }: Loop, parameters: readonly Node[]): Set<number> {
  const needed = new Set<number>();
  const roots: Node[] = [];
  for (const {
    attributes: { result },
  } of results) {
    if (result.kind === "stack") roots.push(result.value);
    else needed.add(result.carry);
  }
  for (let before = -1; before < needed.size; ) {
    before = needed.size;
    const used = new Set(topological([...roots, ...[...needed].map((carry) => attributes.next[carry]!)]));
    attributes.next.forEach((_, carry) => {
      if (used.has(parameters[carry]!)) needed.add(carry);
    });
  }
  return needed;
}
