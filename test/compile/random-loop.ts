import { accumulate } from "../../src/autodiff/walk.js";
import { inputSlot, node } from "../../src/graph/build.js";
import type { Node } from "../../src/graph/types.js";
import { matmul } from "../../src/tensor/contraction.js";
import * as e from "../../src/tensor/elementwise.js";
import * as m from "../../src/tensor/movement.js";
import * as r from "../../src/tensor/reduction.js";
import { scan } from "../../src/tensor/scan.js";
import type { Random } from "./support.js";

/**
 * A loop along the first axis of `sequence` (float32), with one or two carries that start as `initial` (shaped like its entries),
 * and a step made of a few smooth operations. Its results, and sometimes their derivatives; all values stay small.
 * @param outside broadcasts to the entries
 */
export function randomLoop(
  random: Random,
  sequence: Node,
  initial: Node,
  outside: Node | undefined,
  depth = 0,
): Node[] {
  const placeholder = () => node("input", [], { slot: inputSlot("placeholder", initial) });
  const [state, other, element] = [placeholder(), placeholder(), placeholder()];
  const shape = initial.shape;
  const mix = (a: Node, b: Node): Node =>
    random.pick([
      () => e.tanh(e.add(a, b)),
      () => e.multiply(e.add(a, b), 0.5),
      () => e.multiply(e.sigmoid(a), b),
      () => e.multiply(e.sin(a), b),
      () => e.divide(a, e.add(e.multiply(b, b), 1)),
      () => e.subtract(a, e.multiply(r.mean(b), 0.5)),
    ])();
  const captured = (x: Node): Node => {
    if (outside !== undefined && random.chance(0.5)) return mix(x, m.broadcastTo(outside, shape));
    const last = shape.at(-1) ?? 1;
    if (shape.length === 2 && random.chance(0.6) && last <= 64) {
      // A weight that only the loop knows: its derivative is a sum over the steps.
      const weight = m.slice(m.broadcastTo(e.constant(0.5), [last, last]), [0, 0]);
      return e.multiply(matmul(e.tanh(x), e.multiply(weight, e.sin(r.sum(sequence)))), 1 / last);
    }
    if (depth === 0 && shape.length > 0 && random.chance(0.4)) {
      const start = m.slice(x, [0], [1]);
      const inner = randomLoop(random, x, m.reshape(start, shape.slice(1)), undefined, 1);
      const same = inner.find((y) => y.dtype === "float32" && y.shape.length === shape.length - 1);
      return same === undefined ? x : e.tanh(e.add(x, m.broadcastTo(m.expandDimensions(same, 0), shape)));
    }
    return x;
  };
  const next = e.tanh(captured(mix(state, element)));
  const two = random.chance(0.5);
  const carries = [{ state, initial, next }];
  if (two) carries.push({ state: other, initial: e.multiply(initial, 0.5), next: mix(state, other) });
  const output = random.pick([next, state, element, mix(next, element), two ? mix(other, next) : next]);
  const { finals, outputs } = scan({
    length: sequence.shape[0]!,
    reverse: random.chance(0.4),
    carries,
    sequences: [{ element, of: sequence }],
    outputs: [output, r.mean(e.tanh(state))].slice(0, random.integer(0, 2)),
  });
  const results = [...finals, ...outputs];
  if (depth > 0 || !random.chance(0.4)) return results;
  const differentiable = results.filter((y) => y.dtype === "float32");
  const gradients = accumulate(
    differentiable.map((y) => ({ output: y, cotangent: e.multiply(e.tanh(y), 0.5) })),
    [initial, sequence],
  );
  return [...results, ...gradients.filter((gradient) => gradient !== undefined)];
}
