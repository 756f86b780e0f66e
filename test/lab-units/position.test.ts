import { describe, expect, it } from "vitest";
import { Branch } from "../../lab/src/worker/branch.js";
import { examplesBefore, positionOf } from "../../lab/src/worker/position.js";
import type { Settings } from "../../lab/src/worker/protocol.js";

const settings = (batchSize: number): Settings => ({
  batchSize,
  optimizer: { type: "sgd", learningRate: 0.1 },
});

describe("the batch of a step", () => {
  it("counts through epochs", () => {
    const branch = Branch.first(settings(10), [], 1000);
    const places = [0, 1, 9, 10, 25].map((step) => positionOf(branch, step, 105));
    expect(places).toEqual([
      { epoch: 0, step: 0 },
      { epoch: 0, step: 1 },
      { epoch: 0, step: 9 },
      { epoch: 1, step: 0 },
      { epoch: 2, step: 5 },
    ]);
  });

  it("begins a new epoch with another batch size, and never uses one twice", () => {
    const branch = Branch.first(settings(10), [], 1000);
    branch.change(14, settings(50));
    expect(positionOf(branch, 13, 100)).toEqual({ epoch: 1, step: 3 });
    expect(positionOf(branch, 14, 100)).toEqual({ epoch: 2, step: 0 });
    expect(positionOf(branch, 17, 100)).toEqual({ epoch: 3, step: 1 });
  });

  it("goes on undisturbed when only the optimizer changes", () => {
    const branch = Branch.first(settings(10), [], 1000);
    branch.change(14, { ...settings(10), optimizer: { type: "sgd", learningRate: 1 } });
    expect(positionOf(branch, 14, 100)).toEqual({ epoch: 1, step: 4 });
  });
});

describe("the examples of so many steps", () => {
  it("are counted by the batch sizes that they had", () => {
    const branch = Branch.first(settings(10), [], 1000);
    branch.change(14, settings(50));
    branch.change(20, settings(5));
    expect([0, 14, 16, 20, 21].map((step) => examplesBefore(branch, step))).toEqual([0, 140, 240, 440, 445]);
  });
});
