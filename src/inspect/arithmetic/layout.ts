import type { Node } from "../../graph/types.js";
import type { Tensor } from "../../tensor/tensor.js";
import { isMovement } from "./movement.js";
import { functionOf, type NodeFunction } from "./node-functions.js";
import { isOperation } from "./operations.js";
import { isKnown } from "./rules.js";
import { inputOf, RunGraph } from "./run-graph.js";
import type { Call, Layout, Source, Step } from "./steps.js";

/**
 * Who reads what, by the graph of a run. A layer whose rules are known is one step; so is a layer without layers inside that
 * does what no rules are known for. All other modules are opened: their layers are steps, and so is each operation between these.
 *
 * @param calls in the order of the run, innermost first
 * @param prefix the path under which the model itself ran
 */
export function layOut(
  images: Tensor,
  logits: Tensor,
  variables: ReadonlyMap<string, Tensor>,
  calls: readonly Call[],
  prefix: string,
): Layout {
  const graph = new RunGraph(images.node, logits.node);
  const [batch] = images.shape as [number];
  const named = new Map<Node, Source>([[images.node, { kind: "input", path: "" }]]);
  for (const [path, { node }] of variables) named.set(node, { kind: "weight", path });
  const same = new Map<string, Source>();
  const owners = new Map<Node, Call>();
  for (const call of calls) {
    const { node } = call.output;
    const known = named.get(node);
    if (known) same.set(call.path, known);
    else {
      named.set(node, { kind: "activation", path: call.path });
      owners.set(node, call);
    }
  }

  // From the logits back: which layers are steps, and which nodes are read, and so need a name.
  const layers = new Map<Node, Node>();
  const functions = new Map<Node, NodeFunction>();
  const layerOf = new Map<Node, string>();
  const wanted = new Set([logits.node]);
  const isNumber = (node: Node) =>
    named.has(node) || (node.dtype === "float32" && !isMovement(node) && node.op !== "constant");
  for (const node of [...graph.order].reverse()) {
    if (!wanted.has(node) || node.inputs.length === 0) continue;
    const call = owners.get(node);
    const input = call && stepInput(call, graph, batch);
    if (input) {
      layers.set(node, input);
      wanted.add(input);
      continue;
    }
    const made = graph.isLive(node)
      ? node.origin.layer.slice(prefix === "" ? 0 : prefix.length + 1)
      : undefined;
    const layer = call?.path ?? made ?? layerOf.get(node) ?? "";
    layerOf.set(node, layer);
    const found = isMovement(node) ? undefined : functionOf(node, graph, (one) => named.has(one));
    if (found) functions.set(node, found);
    for (const read of nearest(found ? [found.x] : node.inputs, isNumber)) {
      wanted.add(read);
      if (!graph.isLive(read) && !layerOf.has(read)) layerOf.set(read, layer);
    }
  }

  const read = graph.order.filter((node) => wanted.has(node));
  const paths = new Set<string>();
  for (const node of read) {
    if (named.has(node)) continue;
    const title = functions.get(node)?.name ?? (node.op === "input" ? "values" : node.op);
    const start = `${layerOf.get(node) ?? ""}/${title}`;
    let path = start;
    for (let i = 2; paths.has(path); i++) path = `${start}.${i}`;
    paths.add(path);
    named.set(node, { kind: graph.isLive(node) ? "activation" : "weight", path });
  }

  const steps = new Map<string, Step>();
  const callsByPath = new Map(calls.map((call) => [call.path, call]));
  const entries = new Map<string, Node | undefined>();
  const entryOf = (path: string) => {
    const call = callsByPath.get(path);
    if (call && !entries.has(path)) entries.set(path, inputOf(call.module, call.output.node, batch));
    return entries.get(path);
  };
  for (const node of read) {
    const { path } = named.get(node)!;
    const input = layers.get(node);
    if (input) {
      steps.set(path, { path, module: owners.get(node)!.module, inputs: [named.get(input)!] });
    } else if (node.inputs.length > 0) {
      const known = functions.get(node);
      const operands = known ? [known.x] : node.inputs;
      const reads = nearest(operands, (one) => named.has(one));
      const inputs = reads.map((one) => named.get(one)!);
      const entry = entryOf(layerOf.get(node)!);
      steps.set(path, { path, inputs, reads, node, operands, function: known, entry, sources: named });
    }
  }
  const nodes = [...variables.values()].map(({ node }) => node);
  const modules = new Map(calls.map(({ path, module }) => [path, module]));
  return {
    steps,
    same,
    modules,
    output: named.get(logits.node)!,
    tensors: inOrder(nodes, graph.order, named, calls),
  };
}

/** What a layer reads, if the layer is one step. */
function stepInput({ module, output }: Call, graph: RunGraph, batch: number): Node | undefined {
  const isLeaf = module.modules().size === 1;
  if (!isLeaf && !isKnown(module)) return undefined;
  const input = inputOf(module, output.node, batch);
  if (!input || !graph.between(input, output.node)) return undefined;
  return isKnown(module) || !isOpen(output.node, input, graph) ? input : undefined;
}

/** Whether `y` is computed from `x` by nothing but operations that have rules. */
function isOpen(y: Node, x: Node, graph: RunGraph): boolean {
  const seen = new Set([x]);
  const waiting = [y];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (seen.has(node) || node.inputs.length === 0) continue;
    seen.add(node);
    if (node.dtype !== "float32") return false;
    const found = functionOf(node, graph, (one) => one === x);
    if (!found && !isOperation(node)) return false;
    waiting.push(...(found ? [found.x] : node.inputs));
  }
  return true;
}

/** Of what `nodes` are made without another number between. */
function nearest(nodes: readonly Node[], isNumber: (node: Node) => boolean): Node[] {
  const found = new Set<Node>();
  const seen = new Set<Node>();
  const waiting = [...nodes].reverse();
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (isNumber(node)) found.add(node);
    else waiting.push(...[...node.inputs].reverse());
  }
  return [...found];
}

/** Variables in the model's order, then all in that of the run; outputs that are not used come last. */
function inOrder(
  first: readonly Node[],
  order: readonly Node[],
  named: ReadonlyMap<Node, Source>,
  calls: readonly Call[],
) {
  const passed = new Map<Node, Call[]>();
  for (const call of calls) {
    const { node } = call.output;
    passed.set(node, [...(passed.get(node) ?? []), call]);
  }
  const tensors: { readonly source: Source; readonly node: Node }[] = [];
  for (const node of new Set([...first, ...order, ...named.keys()])) {
    const own = named.get(node);
    if (own && own.kind !== "input") tensors.push({ source: own, node });
    for (const { path } of passed.get(node) ?? [])
      if (path !== own?.path) tensors.push({ source: { kind: "activation", path }, node });
  }
  return tensors;
}
