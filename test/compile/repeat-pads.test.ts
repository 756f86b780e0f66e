import { expect, test } from "vitest";
import type { Kernel } from "../../src/compile/kernel.js";
import { mergeLoops } from "../../src/compile/merge.js";
import { plan } from "../../src/compile/plan.js";
import { repeatPads } from "../../src/compile/repeat-pads.js";
import { schedule } from "../../src/compile/schedule.js";
import { compile, grad, losses, type Tensor, tensor, useDevice } from "../../src/index.js";
import { checkOrder, fused, outputs } from "./kernels.js";

/** Five convolutions of one another, whose kernel gradients want the padded operands of all of them. */
function gradients(x: Tensor, weights: readonly Tensor[]): readonly Tensor[] {
  let y = x;
  for (const w of weights) y = y.convolution(w, { padding: 1 }).relu();
  return grad(losses.meanSquaredError(y, y.multiply(0)), weights);
}

const wave = (shape: readonly number[], scale: number) =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => scale * Math.sin(i * 0.7)),
    { shape },
  );
const filters = [8, 8, 8, 8, 8].map((count, i) => wave([count, i === 0 ? 1 : 8, 3, 3], 0.3));

function scheduled(images: number) {
  return schedule(
    mergeLoops(
      fused(outputs(...gradients(wave([images, 1, 64, 64], 1), filters).map((gradient) => gradient.node))),
    ),
  );
}

const isPad = ({ nodes }: Kernel) => nodes.length === 1 && nodes[0]!.op === "pad";

test("large padded arrays are made twice rather than kept", () => {
  const before = scheduled(16);
  const after = repeatPads(before);
  checkOrder(after);
  const [once, twice] = [before, after].map(({ kernels }) => kernels.filter(isPad).length);
  // Those of the three inner operands; the first has one channel, and lies in an input anyway.
  expect(twice! - once!).toBe(3);
  expect(after.kernels.filter((kernel) => !isPad(kernel))).toHaveLength(
    before.kernels.filter((kernel) => !isPad(kernel)).length,
  );
  const bytes = 16 * 8 * 66 * 66 * 4;
  expect(plan(after).peakBytes).toBeLessThan(plan(before).peakBytes - 2 * bytes);
});

test("small ones are kept", () => {
  const before = scheduled(2);
  expect(repeatPads(before)).toBe(before);
});

test("a padded array is kept where what it was made of is not", () => {
  // The sum needs only the padded array once more; its operand would have to be kept for it.
  const x = wave([32, 8, 64, 64], 1);
  const padded = x.sin().convolution(filters[1]!, { padding: 1 });
  const before = schedule(
    mergeLoops(fused(outputs(...grad(padded.sum(), [filters[1]!]).map((g) => g.node)))),
  );
  expect(repeatPads(before).kernels).toHaveLength(before.kernels.length);
});

test("gradients are those of smaller batches", async () => {
  useDevice({ threads: 1 });
  const step = compile((x: Tensor, ...weights: Tensor[]) => [...gradients(x, weights)]);
  const whole = wave([16, 1, 64, 64], 1);
  const all = await Promise.all(step(whole, ...filters).map((gradient) => gradient.data()));
  expect(step.explain()).toMatch(/repeat pads: 3 /);
  const data = await whole.data();
  const size = data.length / 4;
  const sums = all.map((gradient) => new Float64Array(gradient.length));
  for (let part = 0; part < 4; part++) {
    const some = tensor(data.slice(part * size, (part + 1) * size), { shape: [4, 1, 64, 64] });
    const parts = await Promise.all(step(some, ...filters).map((gradient) => gradient.data()));
    expect(step.explain()).toMatch(/repeat pads: 0 /);
    parts.forEach((gradient, n) => {
      gradient.forEach((value, i) => {
        sums[n]![i]! += value / 4;
      });
    });
  }
  all.forEach((gradient, n) => {
    const largest = Math.max(...Array.from(gradient, Math.abs));
    expect(largest).toBeGreaterThan(0);
    gradient.forEach((value, i) => {
      expect(Math.abs(value - sums[n]![i]!)).toBeLessThan(1e-5 * largest);
    });
  });
});
