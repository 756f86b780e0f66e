import type { Computation } from "../graph/computation.js";
import type { Node } from "../graph/types.js";
import type { WinogradLimit } from "./algorithms.js";
import { fuse } from "./fuse.js";
import type { Plan, Program } from "./kernel.js";
import { lower } from "./lower.js";
import { shareMasks } from "./masks.js";
import { mergeLoops } from "./merge.js";
import { plan, withCopies } from "./plan.js";
import { repeatPads } from "./repeat-pads.js";
import { schedule } from "./schedule.js";
import { simplify } from "./simplify.js";
import { nodesOf, structureOf } from "./structure.js";

/** A computation after all passes but the backend's own. */
export interface Lowered {
  readonly program: Program;
  readonly plan: Plan;
  /** What each pass did, for `explain`. */
  readonly report: readonly string[];
}

export interface PipelineOptions {
  /** Checks the graph after every pass: `verify`, in tests. */
  readonly verify?: ((roots: readonly Node[]) => void) | undefined;
  /** Greatest tile of Winograd's convolutions; 0 for none. Default 4. */
  readonly winograd?: WinogradLimit;
  /** `rematerialize` with its budget, given in because few programs need it. */
  readonly rematerialize?: ((program: Program) => Program) | undefined;
}

/** The compiler: each line is a pass, in order. */
export function runPipeline(computation: Computation, options: PipelineOptions = {}): Lowered {
  const report: string[] = [];
  const graphPass = (
    name: string,
    pass: (computation: Computation) => Computation,
    input: Computation,
  ): Computation => {
    const output = sameResults(input, pass(input));
    report.push(`${name}: ${nodesOf(input).length} -> ${nodesOf(output).length} nodes`);
    options.verify?.([...output.outputs, ...output.updates.map((update) => update.value)]);
    return output;
  };
  let graph = computation;
  graph = graphPass("simplify", simplify, graph);
  graph = graphPass("share masks", shareMasks, graph);
  graph = graphPass("lower", lower, graph);
  graph = graphPass("simplify", simplify, graph);

  // A budget of memory is the whole program's: the steps of its loops take little.
  const compileStep = (step: Computation) => runPipeline(step, { ...options, rematerialize: undefined });
  const fused = fuse(graph, structureOf(computation).leaves, compileStep, options.winograd);
  report.push(`fuse: ${fused.kernels.length} kernels`);
  const merged = mergeLoops(fused);
  report.push(`merge: ${merged.kernels.length} kernels`);
  const ordered = schedule(merged);
  const scheduled = repeatPads(ordered);
  report.push(`repeat pads: ${scheduled.kernels.length - ordered.kernels.length} kernels run twice`);
  const program = options.rematerialize?.(scheduled) ?? scheduled;
  if (program !== scheduled) {
    report.push(`rematerialize: ${program.kernels.length - scheduled.kernels.length} kernels run twice`);
  }
  const placed = plan(program);
  report.push(`plan: ${placed.peakBytes} bytes of arena; at least ${placed.lowerBound} in this order`);
  return { program: withCopies(program, placed), plan: placed, report };
}

/** Passes must not lose results. */
function sameResults(before: Computation, after: Computation): Computation {
  if (before.outputs.length !== after.outputs.length || before.updates.length !== after.updates.length) {
    throw new Error("a pass changed the number of results");
  }
  return after;
}
