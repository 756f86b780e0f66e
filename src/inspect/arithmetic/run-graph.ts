import { inputSlot, node } from "../../graph/build.js";
import type { Node } from "../../graph/types.js";
import { topological } from "../../graph/walk.js";
import type { Module } from "../../nn/module.js";
import { recordAssignments } from "../../runtime/variable.js";
import { Tensor } from "../../tensor/tensor.js";

/** The graph from the images to the logits. */
export class RunGraph {
  /** Operands before users. */
  readonly order: readonly Node[];
  readonly #images: Node;
  readonly #live: Set<Node>;
  readonly #users = new Map<Node, Node[]>();

  constructor(images: Node, output: Node) {
    this.#images = images;
    this.order = topological([output]);
    this.#live = new Set([images]);
    for (const one of this.order) {
      for (const input of one.inputs) {
        if (this.#live.has(input)) this.#live.add(one);
        this.#users.set(input, [...(this.#users.get(input) ?? []), one]);
      }
    }
  }

  /** Whether it depends on the images. */
  isLive(node: Node): boolean {
    return this.#live.has(node);
  }

  /**
   * What of the images' way from `x` to `y` lies between them, if it is theirs alone: everything goes through `x`, and nothing
   * else is computed from what is between. Only then can the way be taken as one step. Conditions do not count, since no gradient
   * comes back through them.
   */
  between(x: Node, y: Node): ReadonlySet<Node> | undefined {
    const inside = new Set<Node>();
    const waiting = [y];
    for (let one = waiting.pop(); one; one = waiting.pop()) {
      for (const input of one.inputs) {
        if (input === x || inside.has(input) || !this.isLive(input)) continue;
        if (input === this.#images) return undefined;
        inside.add(input);
        waiting.push(input);
      }
    }
    const isOwn = (user: Node) => user === y || inside.has(user);
    const isPrivate = (one: Node) => one.dtype !== "float32" || this.#users.get(one)!.every(isOwn);
    return [...inside].every(isPrivate) ? inside : undefined;
  }
}

/**
 * What a module read when it gave `output`, found by running it once more, on a placeholder: both graphs are alike, and where one
 * has the placeholder, the other has what was read. Undefined if they differ, as a module's may that was built for another shape.
 */
export function inputOf(module: Module, output: Node, batch: number): Node | undefined {
  const slot = inputSlot("input", { shape: [batch, ...module.inputShape], dtype: "float32" });
  const placeholder = node("input", [], { slot });
  const { result } = recordAssignments(() => module.forward(new Tensor(placeholder)));
  const seen = new Set<Node>();
  const pairs: [Node, Node][] = [[result.node, output]];
  for (let pair = pairs.pop(); pair; pair = pairs.pop()) {
    const [like, one] = pair;
    if (like === placeholder) return one;
    if (like === one || seen.has(like)) continue;
    seen.add(like);
    if (like.op !== one.op || like.inputs.length !== one.inputs.length) return undefined;
    for (const [i, input] of like.inputs.entries()) pairs.push([input, one.inputs[i]!]);
  }
  return undefined;
}
