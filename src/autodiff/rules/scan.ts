import { inputSlot, node } from "../../graph/build.js";
import { type Loop, scanParameters } from "../../graph/scan.js";
import { substitute } from "../../graph/substitute.js";
import type { Node, ScanResult } from "../../graph/types.js";
import { topological } from "../../graph/walk.js";
import { add, constant } from "../../tensor/elementwise.js";
import { reshape, slice } from "../../tensor/movement.js";
import { scan, statesAfter, statesBefore } from "../../tensor/scan.js";
import { chooseResiduals } from "../residuals.js";
import type { LoopRule, RulesFor, Seed } from "../rule.js";
import { planSums } from "../step-sums.js";

/**
 * The derivative of a loop is a loop in the other direction. It carries the cotangents of the carries, and each of its steps is
 * the derivative of the body. What that needs of the forward step's values are the carries, which the forward loop then
 * keeps as `states`, and a few others, which it stacks: nothing costly is computed twice.
 */
const scanRule: LoopRule = (loop, cotangents, wanted, differentiate) => {
  const { inputs, attributes } = loop;
  const { length, sequences, reverse, next } = attributes;
  const parameters = scanParameters(inputs, attributes);
  const given = byResult(loop, cotangents);
  const along = new Elements();

  // Cotangents in one step: of a carry, what comes from the step after it and from its use outside; of what is stacked.
  const carried = next.map((output, carry) => {
    const state = placeholder(output);
    const states = given.states[carry];
    const cotangent = states ? add(state, along.element(output, statesAfter(states, reverse))) : state;
    return { state, seed: { output, cotangent } };
  });
  const stacks = given.stacks.map(({ output, cotangent }) => ({
    output,
    cotangent: along.element(output, cotangent),
  }));

  // A carry takes part when it has a cotangent, or gets one from a carry that takes part.
  let active = [...next.keys()].filter((carry) => given.finals[carry] ?? given.states[carry]);
  const sought = parameters.filter((_, i) => i < next.length || wanted[i]);
  let gradients: (Node | undefined)[];
  for (;;) {
    const found = differentiate([...active.map((carry) => carried[carry]!.seed), ...stacks], sought);
    gradients = parameters.map((parameter) => found[sought.indexOf(parameter)]);
    const more = [...next.keys()].filter((carry) => active.includes(carry) || gradients[carry] !== undefined);
    if (more.length === active.length) break;
    active = more;
  }
  gradients = fromStored(loop, gradients, along, [...carried.map(({ state }) => state), ...along.all.keys()]);

  const zeros = (of: Node) => constant(0, "float32", of.shape);
  const ofElements = gradients.slice(next.length, next.length + sequences);
  const ofShared = gradients.slice(next.length + sequences);
  const present = (node: Node | undefined) => node !== undefined;
  const sums = planSums(ofShared.filter(present), ofElements.filter(present));
  const back = scan({
    length,
    reverse: !reverse,
    carries: [
      ...active.map((carry) => ({
        state: carried[carry]!.state,
        initial: given.finals[carry] ?? zeros(next[carry]!),
        next: gradients[carry] ?? zeros(next[carry]!),
      })),
      ...sums.carries,
    ],
    sequences: [...along.all].map(([element, of]) => ({ element, of })),
    outputs: sums.outputs,
  });
  const stacked = (value: Node) => back.outputs[sums.outputs.indexOf(value)]!;
  const totals = sums.finish(stacked, back.finals.slice(active.length));

  const ofCarries = next.map((_, carry) => {
    const final = back.finals[active.indexOf(carry)];
    const states = given.states[carry];
    return final && states ? add(final, entry(states, reverse ? length : 0)) : final;
  });
  return [
    ...ofCarries,
    ...ofElements.map((gradient) => gradient && stacked(gradient)),
    ...ofShared.map((gradient) => gradient && totals.shift()),
  ];
};

/** Stands for a value of one step in the loop that is being written. */
function placeholder(like: Node): Node {
  return node("input", [], { slot: inputSlot("value of a scan's step", like) });
}

function entry(states: Node, at: number): Node {
  return reshape(slice(states, [at], [at + 1]), states.shape.slice(1));
}

/** Placeholders for the elements of the sequences that a loop goes along. */
class Elements {
  readonly all = new Map<Node, Node>();

  /** What is, in each step, the entry of `sequence`; of the type of `like`. */
  element(like: Node, sequence: Node): Node {
    const element = placeholder(like);
    this.all.set(element, sequence);
    return element;
  }
}

/** The cotangents of a loop's results: of final carries and states by carry, and of stacks with the value of a step. */
function byResult({ results, attributes }: Loop, cotangents: readonly (Node | undefined)[]) {
  const finals = new Array<Node | undefined>(attributes.next.length);
  const states = new Array<Node | undefined>(attributes.next.length);
  const stacks: Seed[] = [];
  results.forEach(({ attributes: { result } }, i) => {
    const cotangent = cotangents[i];
    if (cotangent === undefined) return;
    if (result.kind === "stack") stacks.push({ output: result.value, cotangent });
    else (result.kind === "final" ? finals : states)[result.carry] = cotangent;
  });
  return { finals, states, stacks };
}

/**
 * The gradients of a step with the forward step's values replaced: by elements of what the forward loop keeps, and the
 * loop's own inputs by what they are.
 * @param cotangents placeholders; what does not depend on these are forward values
 */
function fromStored(
  { inputs, results, attributes }: Loop,
  gradients: readonly (Node | undefined)[],
  along: Elements,
  cotangents: readonly Node[],
): (Node | undefined)[] {
  const { next, sequences, reverse } = attributes;
  const parameters = scanParameters(inputs, attributes);
  const forward = (result: ScanResult) => node("scan", inputs, { ...attributes, result }) as Node;
  const stored = new Map<Node, () => Node>();
  next.forEach((value, carry) => {
    stored.set(value, () => statesAfter(forward({ kind: "states", carry }), reverse));
  });
  for (const result of results) {
    const { result: which } = result.attributes;
    if (which.kind === "stack") stored.set(which.value, () => result as Node);
  }
  const replacements = new Map<Node, Node>();
  parameters.forEach((parameter, i) => {
    if (i < next.length)
      stored.set(parameter, () => statesBefore(forward({ kind: "states", carry: i }), reverse));
    else if (i < next.length + sequences) stored.set(parameter, () => inputs[i]!);
    else replacements.set(parameter, inputs[i]!);
  });

  const roots = gradients.filter((gradient) => gradient !== undefined);
  const order = topological(roots);
  const late = new Set(cotangents);
  const varying = new Set(parameters.slice(0, next.length + sequences));
  const needed: Node[] = [];
  for (const of of order) {
    if (of.inputs.some((input) => late.has(input))) {
      late.add(of);
      needed.push(...of.inputs.filter((input) => varying.has(input)));
    } else if (of.inputs.some((input) => varying.has(input))) varying.add(of);
  }
  needed.push(...roots.filter((root) => varying.has(root)));
  for (const value of chooseResiduals(needed, (of) => !varying.has(of) || stored.has(of))) {
    stored.set(value, () => forward({ kind: "stack", value }));
  }
  for (const of of order) {
    const sequence = varying.has(of) ? stored.get(of) : undefined;
    if (sequence) replacements.set(of, along.element(of, sequence()));
  }
  const replaced = substitute(roots, replacements);
  return gradients.map((gradient) => gradient && replaced.shift());
}

export const loopRules: RulesFor<"scan"> = { scan: scanRule };
