import { describe, expect, it } from "vitest";
import { grad } from "../../src/autodiff/api.js";
import * as nn from "../../src/nn/index.js";
import { sgd } from "../../src/optim/index.js";
import { compile } from "../../src/runtime/compile.js";
import { Variable } from "../../src/runtime/variable.js";
import { tensor, zeros } from "../../src/tensor/creation.js";
import { expectClose } from "../support/close.js";
import { Stepper } from "../support/stepper.js";

/** All 2^count states of binary units, `[2^count, count]`. */
function states(count: number): number[][] {
  return Array.from({ length: 2 ** count }, (_, i) =>
    Array.from({ length: count }, (_, bit) => (i >> bit) & 1),
  );
}

const repeat = (rows: readonly number[][], times: number) => Array.from({ length: times }, () => rows).flat();
const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);

/** Weights large enough that one step of a chain does not forget where it began. */
const weights = { initializer: nn.init.normal(0, 1.5), visibleBiasInitializer: nn.init.normal(0, 0.5) };

function machine(inputs: number, units: number, options: nn.RbmOptions = {}) {
  const rbm = nn.rbm(units, { ...weights, ...options });
  rbm.build([inputs], { seed: 3 });
  rbm.bias.write(Array.from({ length: units }, (_, i) => 0.3 * i - 0.4));
  return rbm;
}

/** `p(v)` of every visible state, and `p(v, h)` of every pair, from nothing but energies. */
function enumerate(stepper: Stepper, rbm: nn.Rbm, visible: readonly number[][]) {
  const hidden = states(rbm.units);
  const pairs = visible.flatMap((v) => hidden.map((h) => ({ v, h })));
  const [energies] = stepper.run(() => [
    rbm.energy(tensor(pairs.map(({ v }) => v)), tensor(pairs.map(({ h }) => h))),
  ]);
  const weight = energies!.map((energy) => Math.exp(-energy));
  const z = sum(weight);
  const joint = visible.map((_, i) =>
    [...weight.subarray(i * hidden.length, (i + 1) * hidden.length)].map((w) => w / z),
  );
  return { hidden, joint, marginal: joint.map(sum), logZ: Math.log(z) };
}

describe("against every state of a small machine", () => {
  const visible = states(4);

  it("free energy and conditional probabilities follow from the energy", () => {
    const stepper = new Stepper();
    const rbm = machine(4, 3);
    const { hidden, joint, marginal, logZ } = enumerate(stepper, rbm, visible);
    const [freeEnergy, ofHidden, ofVisible] = stepper.run(() => [
      rbm.freeEnergy(tensor(visible)),
      rbm.forward(tensor(visible)),
      rbm.visible(tensor(hidden)),
    ]);
    expectClose(
      freeEnergy!,
      marginal.map((p) => -Math.log(p) - logZ),
      1e-10,
      "free energy",
    );
    const share = (weight: readonly number[], rows: readonly number[][], unit: number) =>
      sum(weight.map((w, i) => w * rows[i]![unit]!)) / sum(weight);
    expectClose(
      ofHidden!,
      joint.flatMap((row) => [0, 1, 2].map((unit) => share(row, hidden, unit))),
      1e-10,
      "p(h | v)",
    );
    expectClose(
      ofVisible!,
      hidden.flatMap((_, j) => {
        const column = joint.map((row) => row[j]!);
        return [0, 1, 2, 3].map((unit) => share(column, visible, unit));
      }),
      1e-10,
      "p(v | h)",
    );
  });

  it("Gibbs sampling draws from the distribution", () => {
    const stepper = new Stepper();
    const rbm = machine(4, 3);
    const { marginal } = enumerate(stepper, rbm, visible);
    const chains = 4000;
    const [samples] = stepper.run(() => [rbm.gibbs(zeros([chains, 4]), 20)]);
    const counts = new Array<number>(16).fill(0);
    for (let i = 0; i < chains; i++) {
      const state = sum(samples!.subarray(4 * i, 4 * i + 4).map((bit, position) => bit << position));
      counts[state] = counts[state]! + 1;
    }
    // Five standard deviations of a count.
    marginal.forEach((p, state) => {
      expect(Math.abs(counts[state]! / chains - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / chains));
    });
  });

  it("contrastive divergence comes near the gradient of the likelihood as its chains grow longer", () => {
    const data = [[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0]]; // biome-ignore format: patterns
    const exact = new Stepper().run(() => {
      const rbm = machine(4, 3);
      const logZ = rbm.freeEnergy(tensor(visible)).negate().logSumExp();
      const loss = rbm.freeEnergy(tensor(data)).mean().add(logZ); // -log p(data)
      return grad(
        loss,
        rbm.parameters().map((parameter) => parameter.value),
      );
    });
    const many = tensor(repeat(data, 1000));
    const distance = (steps: number) => {
      const estimate = new Stepper().run(() => {
        const rbm = machine(4, 3);
        const loss = rbm.contrastiveDivergence(many, { steps });
        return grad(
          loss,
          rbm.parameters().map((parameter) => parameter.value),
        );
      });
      return Math.sqrt(
        sum(estimate.flatMap((g, i) => [...g].map((value, k) => (value - exact[i]![k]!) ** 2))),
      );
    };
    const [one, four, twentyFive] = [distance(1), distance(4), distance(25)];
    expect(four).toBeLessThan(0.7 * one!);
    expect(twentyFive).toBeLessThan(0.4 * one!);
    expect(twentyFive).toBeLessThan(0.06);
  });

  it("a machine with classes has one of them on, with the probability that its energies give", () => {
    const stepper = new Stepper();
    const rbm = machine(5, 3, { classes: 3 });
    const features = states(2);
    const classes = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]; // biome-ignore format: one-hot
    const allowed = features.flatMap((f) => classes.map((c) => [...f, ...c]));
    const { hidden, joint, marginal } = enumerate(stepper, rbm, allowed);
    const [logits, ofVisible] = stepper.run(() => [
      rbm.classLogits(tensor(features)).softmax(1),
      rbm.visible(tensor(hidden)),
    ]);
    expectClose(
      logits!,
      features.flatMap((_, i) => {
        const three = marginal.slice(3 * i, 3 * i + 3);
        return three.map((p) => p / sum(three));
      }),
      1e-10,
      "p(class | features)",
    );
    hidden.forEach((_, j) => {
      const column = joint.map((row) => row[j]!);
      const expected = [0, 1, 2].map((c) => sum(column.filter((_, i) => i % 3 === c)) / sum(column));
      expectClose(ofVisible!.subarray(5 * j + 2, 5 * j + 5), expected, 1e-10, `p(class | h) of state ${j}`);
    });

    const count = 4000;
    const [drawn, expected, clamped] = stepper.run(() => {
      const h = tensor(repeat([[1, 0, 1]], count));
      const label = tensor(repeat([[0, 1, 0]], count));
      return [rbm.sampleVisible(h), rbm.visible(h), rbm.gibbs(zeros([count, 5]), 2, label)];
    });
    const share = (rows: Float64Array, column: number) =>
      sum(rows.filter((_, i) => i % 5 === column)) / count;
    for (const column of [0, 1, 2, 3, 4]) {
      expect(Math.abs(share(drawn!, column) - expected![column]!)).toBeLessThan(0.04);
    }
    for (let row = 0; row < count; row++) {
      expect(sum(drawn!.subarray(5 * row + 2, 5 * row + 5))).toBe(1);
      expect([...clamped!.subarray(5 * row + 2, 5 * row + 5)]).toEqual([0, 1, 0]);
    }
  });
});

describe("learning", () => {
  it("persistent chains bring the likelihood near its best, and go on where they were", async () => {
    const data = tensor([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [1, 1, 1, 1]]); // biome-ignore format: patterns
    const rbm = nn.rbm(6);
    rbm.build([4], { seed: 1 });
    const chains = new Variable([100, 4], 0, { name: "chains", trainable: false });
    const optimizer = sgd(rbm.parameters(), { learningRate: 0.1 });
    const step = compile(() => optimizer.minimize(rbm.contrastiveDivergence(data, { chains })));
    const negativeLogLikelihood = compile(() =>
      rbm
        .freeEnergy(data)
        .mean()
        .add(
          rbm
            .freeEnergy(tensor(states(4)))
            .negate()
            .logSumExp(),
        ),
    );
    const before = await negativeLogLikelihood().item();
    for (let i = 0; i < 1500; i++) step();
    const after = await negativeLogLikelihood().item();
    const entropy = 0.5 * Math.log(2) + 0.5 * Math.log(4);
    expect(before).toBeCloseTo(4 * Math.log(2), 1);
    expect(after).toBeGreaterThan(entropy);
    expect(after).toBeLessThan(entropy + 0.25);
    const kept = await chains.data();
    expect(new Set(kept)).toEqual(new Set([0, 1]));
    step();
    expect(await chains.data()).not.toEqual(kept);
  });

  it("is a layer: the sigmoid of a dense one with its weights, and can be fine-tuned in a stack", () => {
    const stepper = new Stepper();
    const rbm = machine(4, 3);
    const stack = nn.sequential([rbm, nn.rbm(2), nn.dense(2)]);
    expect(stack.build([4], { seed: 5 })).toEqual([2]);
    expect([...stack.variables().keys()].slice(0, 4)).toEqual([
      "0.weight",
      "0.bias",
      "0.visibleBias",
      "0.generator",
    ]);
    expect(stack.variables().get("0.weight")).toBe(rbm.weight);
    const x = tensor([[1, 0.5, 0, 0.25]]);
    const [hidden, dense, ...gradients] = stepper.run(() => [
      rbm.forward(x),
      x.matmul(rbm.weight.value.transpose()).add(rbm.bias.value).sigmoid(),
      ...grad(stack.forward(x).sum(), [rbm.weight.value, rbm.bias.value]),
    ]);
    expectClose(hidden!, dense!, 1e-12);
    for (const gradient of gradients) expect(gradient.some((value) => value !== 0)).toBe(true);
    expect(stack.describe()[0]).toMatchObject({ kind: "rbm", parameters: 12 + 3 + 4, multiplyAdds: 12 });
  });
});

describe("refuses what makes no sense", () => {
  const built = () => machine(5, 3);
  const withClasses = () => machine(5, 3, { classes: 2 });
  it.each<[string, () => unknown]>([
    ["rbm: units is 0", () => nn.rbm(0)],
    ["rbm: classes is 1.5", () => nn.rbm(2, { classes: 1.5 })],
    [
      "an example is [1, 28, 28], but must be [inputs]; put nn.flatten() before it",
      () => nn.rbm(2).build([1, 28, 28]),
    ],
    ["with more inputs than the 10 classes at their end", () => nn.rbm(2, { classes: 10 }).build([10])],
    ["this rbm is not built yet", () => nn.rbm(2).freeEnergy(zeros([1, 4]))],
    ["the visible units are [2, 4], but must be [batch, 5]", () => built().forward(zeros([2, 4]))],
    ["the hidden units are [3], but must be [batch, 3]", () => built().visible(zeros([3]))],
    ["steps is 0", () => built().gibbs(zeros([2, 5]), 0)],
    ["a label needs a machine with the option classes", () => built().gibbs(zeros([2, 5]), 1, zeros([2, 2]))],
    ["classLogits needs a machine with the option classes", () => built().classLogits(zeros([2, 3]))],
    ["the label is [1, 3], but must be [2, 2]", () => withClasses().gibbs(zeros([2, 5]), 1, zeros([1, 3]))],
    [
      "the chains' visible units are [10, 4], but must be [batch, 5]",
      () => built().contrastiveDivergence(zeros([2, 5]), { chains: new Variable([10, 4], 0) }),
    ],
  ])("%s", (message, act) => {
    expect(act).toThrow(message);
  });
});
