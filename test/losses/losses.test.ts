import { describe, expect, it } from "vitest";
import { grad } from "../../src/autodiff/api.js";
import * as losses from "../../src/losses/index.js";
import "../../src/runtime/realize.js";
import { sgd } from "../../src/optim/index.js";
import { Variable } from "../../src/runtime/variable.js";
import { tensor } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import cases from "../fixtures/losses.json" with { type: "json" };
import { expectClose } from "../support/close.js";
import { Stepper } from "../support/stepper.js";

type Loss = (...inputs: Tensor[]) => Tensor;

/** A loss of two tensors, or of three, with its options. */
type TwoInputs = (a: Tensor, b: Tensor, options: object) => Tensor;
type ThreeInputs = (a: Tensor, b: Tensor, c: Tensor, options: object) => Tensor;

const ofTwo: Record<string, TwoInputs> = {
  crossEntropy: losses.crossEntropy,
  binaryCrossEntropy: losses.binaryCrossEntropy,
  meanSquaredError: losses.meanSquaredError,
  meanAbsoluteError: losses.meanAbsoluteError,
  huber: losses.huber,
  smoothL1: losses.smoothL1,
  poisson: losses.poisson,
  hinge: losses.hinge,
  perceptron: losses.perceptron,
  multiclassHinge: losses.multiclassHinge,
  klDivergence: losses.klDivergence,
};

const ofThree: Record<string, ThreeInputs> = {
  contrastive: losses.contrastive,
  cosineEmbedding: losses.cosineEmbedding,
  triplet: losses.triplet,
};

function lossOf(name: string, options: object): Loss {
  const [two, three] = [ofTwo[name], ofThree[name]];
  return three
    ? (a, b, c) => three(a, b, c, options)
    : (prediction, target) => two!(prediction, target, options);
}

const evaluate = (...tensors: Tensor[]) => new Stepper().run(() => tensors);

describe("losses agree with PyTorch", () => {
  it("has fixtures for every loss", () => {
    // These two are of parameters, and accuracy is no loss.
    const others = ["l1", "l2", "accuracy"];
    expect(new Set(cases.map(({ name }) => name))).toEqual(
      new Set(Object.keys(losses).filter((name) => !others.includes(name))),
    );
  });

  it.each(cases)("$name of $inputs.0.shape, $options", (fixture) => {
    const inputs = fixture.inputs.map(({ shape, integers, values }) =>
      tensor(Float64Array.from(values), { shape, dtype: integers ? "int32" : "float32" }),
    );
    const loss = lossOf(fixture.name, fixture.options)(...inputs);
    expect(loss.shape).toEqual(fixture.outputShape);
    const cotangent = tensor(Float64Array.from(fixture.cotangent), { shape: fixture.outputShape });
    const varied = inputs.slice(0, fixture.gradients.length);
    const [output, ...gradients] = evaluate(loss, ...grad(loss, varied, { cotangent }));
    expectClose(output!, fixture.output, 1e-10, "loss");
    for (const [i, gradient] of gradients.entries()) {
      expectClose(gradient, fixture.gradients[i]!, 1e-10, `gradient by input ${i}`);
    }
  });
});

describe("cross-entropy", () => {
  const logits = tensor([
    [1, 2, 3],
    [3, 2, 1],
  ]);

  it("stays finite for extreme logits", () => {
    const extreme = tensor([[1e4, -1e4, 0]]);
    const labels = tensor(Int32Array.of(1));
    const loss = losses.crossEntropy(extreme, labels);
    const [value, gradient] = evaluate(loss, grad(loss, [extreme])[0]);
    expect(value![0]).toBe(2e4);
    expectClose(gradient!, [1, -1, 0], 1e-12);
  });

  it("counts a label outside the classes as no class", () => {
    const [value] = evaluate(losses.crossEntropy(logits, tensor(Int32Array.of(-1, 7)), { reduction: "sum" }));
    expect(Math.abs(value![0]!)).toBe(0);
  });

  it("is 0 where nothing counts, instead of 0 / 0", () => {
    const labels = tensor(Int32Array.of(2, 2));
    for (const options of [{ ignoreIndex: 2 }, { classWeights: [1, 1, 0] }]) {
      const loss = losses.crossEntropy(logits, labels, options);
      const [value, gradient] = evaluate(loss, grad(loss, [logits])[0]);
      expectClose(value!, [0], 0);
      expectClose(gradient!, new Array(6).fill(0), 0);
    }
  });

  it("refuses targets that do not fit, and says what would", () => {
    expect(() => losses.crossEntropy(logits, tensor(Int32Array.of(1, 2, 0)))).toThrow(
      "crossEntropy: logits [2, 3] need int32 class indices [2], or float32 probabilities [2, 3]; got int32 [3]",
    );
    expect(() => losses.crossEntropy(logits, tensor([1, 2]))).toThrow("got float32 [2]");
    expect(() => losses.crossEntropy(tensor([1, 2]), tensor(Int32Array.of(1)))).toThrow(
      "float32 [batch, classes, ...]",
    );
    expect(() => losses.crossEntropy(logits, logits, { labelSmoothing: 1 })).toThrow("labelSmoothing is 1");
    expect(() => losses.crossEntropy(logits, logits, { ignoreIndex: 0 })).toThrow(
      "the targets are probabilities",
    );
    const labels = tensor(Int32Array.of(0, 1));
    expect(() => losses.crossEntropy(logits, labels, { classWeights: [1, 2] })).toThrow(
      "crossEntropy: 2 classWeights for logits [2, 3], which need 3",
    );
    expect(() => losses.crossEntropy(logits, labels, { classWeights: [1, -1, 1] })).toThrow(
      "a class weight is -1",
    );
  });
});

describe("binary cross-entropy", () => {
  it("keeps its digits where the decision is sure, right or wrong", () => {
    const logits = [-1e4, -1e4, -60, -60, 0, 60, 60, 1e4, 1e4];
    const targets = [0, 1, 0, 1, 0.5, 0, 1, 0, 1];
    const x = tensor(logits);
    const loss = losses.binaryCrossEntropy(x, tensor(targets), { reduction: "none" });
    const [values, slopes] = evaluate(loss, grad(loss.sum(), [x])[0]);
    const tail = Math.exp(-60);
    const exact = [0, 1e4, tail, 60 + tail, Math.LN2, 60 + tail, tail, 1e4, 0];
    for (const [i, value] of exact.entries())
      expect(Math.abs(values![i]! - value)).toBeLessThanOrEqual(1e-15 * value);
    expectClose(slopes!, [0, -1, 0, -1, 0, 1, 0, 1, 0], 1e-12);
  });

  it("has the right second derivative everywhere: p (1 - p)", () => {
    const x = tensor([-2, 0, 3]);
    const loss = losses.binaryCrossEntropy(x, tensor([0, 1, 1]), { reduction: "sum" });
    const p = [-2, 0, 3].map((v) => 1 / (1 + Math.exp(-v)));
    const [curvature] = evaluate(grad(grad(loss, [x])[0].sum(), [x])[0]);
    expectClose(
      curvature!,
      p.map((v) => v * (1 - v)),
      1e-14,
    );
  });

  it("of probabilities 0 and 1 is finite, and so is its gradient", () => {
    const p = tensor([0, 0, 1, 1]);
    const loss = losses.binaryCrossEntropy(p, tensor([0, 1, 0, 1]), {
      from: "probabilities",
      reduction: "none",
    });
    const [values, slopes] = evaluate(loss, grad(loss.sum(), [p])[0]);
    expectClose(values!, [0, 100, 100, 0], 1e-12);
    expect([...slopes!].every(Number.isFinite)).toBe(true);
  });
});

describe("in float32", () => {
  it("losses of extreme logits are finite and right, and so are their gradients", async () => {
    const logits = tensor([[1000, -1000, 998]]);
    const x = tensor([-1000, -60, 60, 1000]);
    const of = losses.crossEntropy(logits, tensor(Int32Array.of(2)));
    const binary = losses.binaryCrossEntropy(x, tensor([1, 0, 1, 1]), { reduction: "none" });
    const p = 1 / (1 + Math.exp(-2));
    expectClose(await of.data(), [2 + Math.log1p(Math.exp(-2))], 3e-7);
    expectClose(await grad(of, [logits])[0].data(), [p, 0, -p], 3e-7);
    const scaled = [1e-3, 1 / Math.exp(-60), 1 / Math.exp(-60), 1];
    expectClose(
      (await binary.data()).map((value, i) => value * scaled[i]!),
      [1, 1, 1, 0],
      3e-7,
    );
    expectClose(await grad(binary.sum(), [x])[0].data(), [-1, 0, 0, 0], 3e-7);
  });
});

describe("parameter penalties", () => {
  const weight = new Variable([2, 2], [0.5, -1.5, 0, 2]);
  const bias = new Variable([1], [-3]);

  it("add up magnitudes, and halves of squares", () => {
    const stepper = new Stepper();
    const [l1, l2] = stepper.run(() => [losses.l1([weight, bias]), losses.l2([weight, bias])]);
    expectClose(l1!, [7], 0);
    expectClose(l2!, [(0.25 + 2.25 + 4 + 9) / 2], 0);
    const [slope] = stepper.run(() => grad(losses.l1([weight]), [weight.value]));
    expectClose(slope!, [1, -1, 0, 1], 0);
    expectClose(stepper.run(() => [losses.l2([])])[0]!, [0], 0);
  });

  it("l2 moves weights as the optimizers' weightDecay does", () => {
    const trained = (penalty: number, weightDecay: number) => {
      const w = new Variable([3], [1, -2, 0.5]);
      const optimizer = sgd([w], { learningRate: 0.1, momentum: 0.9, weightDecay });
      const stepper = new Stepper();
      for (let step = 0; step < 5; step++) {
        stepper.update(() => {
          optimizer.minimize(
            w.value
              .sin()
              .sum()
              .add(losses.l2([w]).multiply(penalty)),
          );
        });
      }
      return stepper.get(w);
    };
    expectClose(trained(0.25, 0), trained(0, 0.25), 1e-14);
  });
});

describe("other losses", () => {
  it("refuse shapes that would only broadcast", () => {
    const [column, row] = [tensor([[1], [2]]), tensor([1, 2])];
    expect(() => losses.meanSquaredError(column, row)).toThrow(
      "meanSquaredError: predictions [2, 1] and targets [2]",
    );
    expect(() => losses.binaryCrossEntropy(column, row)).toThrow("must have one shape");
    expect(() => losses.huber(row, row, { delta: 0 })).toThrow("delta is 0");
    expect(() => losses.multiclassHinge(column, row)).toThrow("int32 class indices [2]; got float32 [2]");
    expect(() => losses.smoothL1(row, row, { beta: 0 })).toThrow("beta is 0");
    expect(() => losses.perceptron(column, row)).toThrow("must have one shape");
    expect(() => losses.triplet(column, column, row)).toThrow("must have one shape");
    expect(() => losses.triplet(row, row, row)).toThrow("triplet: vectors are [2], but must be [N, D]");
    expect(() => losses.contrastive(column, column, column)).toThrow(
      "contrastive: pairs [2, 1] need targets [2]; got [2, 1]",
    );
  });

  it("stay finite for predictions far off", () => {
    const far = tensor([-1e6, 1e6]);
    const targets = tensor([1, -1]);
    const { meanAbsoluteError, huber, smoothL1, hinge, perceptron } = losses;
    for (const lossOf of [meanAbsoluteError, huber, smoothL1, hinge, perceptron]) {
      const loss = lossOf(far, targets, { reduction: "none" });
      const [values, slopes] = evaluate(loss, grad(loss.sum(), [far])[0]);
      expectClose(
        values!.map((value) => value / 1e6),
        [1, 1],
        2e-6,
        lossOf.name,
      );
      expectClose(slopes!, [-1, 1], 0, lossOf.name);
    }
  });

  it("a perceptron learns from a score of 0, and nothing from a right one", () => {
    const scores = tensor([0, 0, 2, -2, 2]);
    const targets = tensor([1, -1, 1, 1, -1]);
    const loss = losses.perceptron(scores, targets, { reduction: "sum" });
    expectClose(evaluate(grad(loss, [scores])[0])[0]!, [-1, 1, 0, -1, 1], 0);
  });

  it("of embeddings have finite gradients where vectors are equal or zero", () => {
    const a = tensor([
      [1, 2],
      [0, 0],
    ]);
    const targets = tensor([1, -1]);
    for (const loss of [
      losses.contrastive(a, a, targets),
      losses.cosineEmbedding(a, a, targets),
      losses.triplet(a, a, a),
    ]) {
      expect([...evaluate(grad(loss, [a])[0])[0]!].every(Number.isFinite)).toBe(true);
    }
  });
});

describe("accuracy", () => {
  it("is the share of greatest logits at the label", () => {
    const logits = tensor([
      [1, 2, 3],
      [3, 2, 1],
      [0, 5, 1],
      [9, 0, 0],
    ]);
    expect(evaluate(losses.accuracy(logits, tensor(Int32Array.of(2, 0, 2, 1))))[0]![0]).toBe(0.5);
    expect(() => losses.accuracy(logits, tensor([1, 2, 3, 4]))).toThrow("accuracy: logits [4, 3] need int32");
  });
});
