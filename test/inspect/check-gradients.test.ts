import { describe, expect, test } from "vitest";
import { checkGradients, losses, nn, stopGradient, tensor, Variable } from "../../src/index.js";

describe("checkGradients", () => {
  test("passes where derivatives are right, through variables too", async () => {
    const weight = new Variable([3, 2], [1, -2, 0.5, 3, 0.25, -1], { name: "weight" });
    const report = await checkGradients(
      (x) => x.matmul(weight.value).tanh().sum(),
      [tensor([[0.1, -0.2, 0.3]])],
    );
    expect(report.ok).toBe(true);
    expect(report.compared).toBe(3);
  });

  test("finds a planted bug and names its worst entry", async () => {
    // The true derivative of x * x is 2 x; stopping one factor leaves x.
    const report = await checkGradients((x) => x.multiply(stopGradient(x)).sum(), [tensor([0.1, 5, 0.2])]);
    expect(report.ok).toBe(false);
    expect(report.worst).toMatchObject({ input: 0, index: [1] });
    expect(report.worst!.analytic).toBeCloseTo(5, 6);
    expect(report.worst!.numeric).toBeCloseTo(10, 4);
    expect(String(report)).toMatch(/\[1\]/);
  });

  test("checks a whole network with respect to its input", async () => {
    const model = nn.sequential([nn.conv2d(2, 3), nn.tanh(), nn.averagePool2d(2), nn.flatten(), nn.dense(3)]);
    model.build([1, 6, 6], { seed: 3 });
    const labels = tensor([2], { dtype: "int32" });
    const pixels = Float32Array.from({ length: 36 }, (_, i) => Math.sin(i));
    const report = await checkGradients(
      (x) => losses.crossEntropy(model.forward(x), labels),
      [tensor(pixels, { shape: [1, 1, 6, 6] })],
    );
    expect(String(report)).toContain("36");
    expect(report.ok).toBe(true);
  });
});
