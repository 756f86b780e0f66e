import { describe, expect, it } from "vitest";
import { grad } from "../../src/autodiff/api.js";
import * as losses from "../../src/losses/index.js";
import { tensor } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import cases from "../fixtures/losses.json" with { type: "json" };
import { expectClose } from "../support/close.js";
import { Stepper } from "../support/stepper.js";

type Loss = (prediction: Tensor, target: Tensor, options: object) => Tensor;

const functions: Record<string, Loss> = {
  crossEntropy: losses.crossEntropy,
  binaryCrossEntropy: losses.binaryCrossEntropy,
  meanSquaredError: losses.meanSquaredError,
  meanAbsoluteError: losses.meanAbsoluteError,
  huber: losses.huber,
  hinge: losses.hinge,
  multiclassHinge: losses.multiclassHinge,
  klDivergence: losses.klDivergence,
};

const evaluate = (...tensors: Tensor[]) => new Stepper().run(() => tensors);

describe("losses agree with PyTorch", () => {
  it("has fixtures for every loss", () => {
    expect(new Set(cases.map(({ name }) => name))).toEqual(new Set(Object.keys(functions)));
  });

  it.each(cases)("$name of $shape, $options", (fixture) => {
    const prediction = tensor(Float64Array.from(fixture.prediction), { shape: fixture.shape });
    const target = tensor(Float64Array.from(fixture.target), {
      shape: fixture.targetShape,
      dtype: fixture.integerTarget ? "int32" : "float32",
    });
    const loss = functions[fixture.name]!(prediction, target, fixture.options);
    expect(loss.shape).toEqual(fixture.outputShape);
    const cotangent = tensor(Float64Array.from(fixture.cotangent), { shape: fixture.outputShape });
    const [output, gradient] = evaluate(loss, grad(loss, [prediction], { cotangent })[0]!);
    expectClose(output!, fixture.output, 1e-10, "loss");
    expectClose(gradient!, fixture.gradient, 1e-10, "gradient");
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
    const [value, gradient] = evaluate(loss, grad(loss, [extreme])[0]!);
    expect(value![0]).toBe(2e4);
    expectClose(gradient!, [1, -1, 0], 1e-12);
  });

  it("counts a label outside the classes as no class", () => {
    const [value] = evaluate(losses.crossEntropy(logits, tensor(Int32Array.of(-1, 7)), { reduction: "sum" }));
    expect(Math.abs(value![0]!)).toBe(0);
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
