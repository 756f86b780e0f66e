import { describe, expect, test } from "vitest";
import { checkGradients, losses, nn, stopGradient, type Tensor, tensor, Variable } from "../../src/index.js";

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

  test("checks a network's parameters, and names the worst by its path", async () => {
    const model = nn.sequential([nn.conv2d(2, 3), nn.tanh(), nn.flatten(), nn.dense(3)]);
    model.build([1, 5, 5], { seed: 3 });
    const labels = tensor([2, 0], { dtype: "int32" });
    const pixels = Float32Array.from({ length: 50 }, (_, i) => Math.sin(i));
    const images = tensor(pixels, { shape: [2, 1, 5, 5] });
    const loss = (x: Tensor) => losses.crossEntropy(model.forward(x), labels);
    const parameters = model.parameters();
    const before = await Promise.all(parameters.map((parameter) => parameter.data()));
    const right = await checkGradients(loss, [images], { parameters });
    expect(right.ok, String(right)).toBe(true);
    expect(right.compared).toBe(50 + 2 * 9 + 2 + 3 * 18 + 3);

    // The first filter's weights are shrunk, too, but by a term whose derivative is forgotten for one of them.
    const filter = parameters[0]!.value;
    const one = tensor([...new Array(17).fill(0), 1], { shape: [2, 1, 3, 3] });
    const wrong = await checkGradients(
      (x) => loss(x).add(stopGradient(filter).multiply(one).multiply(filter).sum()),
      [images],
      { parameters },
    );
    expect(wrong.ok).toBe(false);
    expect(wrong.worst).toMatchObject({
      name: "0.weight",
      input: 1,
      shape: [2, 1, 3, 3],
      index: [1, 0, 2, 2],
    });
    expect(String(wrong)).toContain("the worst is element [1, 0, 2, 2] of 0.weight [2, 1, 3, 3]");
    expect(await Promise.all(parameters.map((parameter) => parameter.data()))).toEqual(before);
  });

  test("sees assignments that nobody has read yet", async () => {
    const weight = new Variable([1], [2], { name: "weight" });
    weight.assign(tensor([3]));
    const square = () => weight.value.square().sum();
    const report = await checkGradients(square, [], { parameters: [weight] });
    expect(report).toMatchObject({ ok: true, compared: 1 });
    expect(report.worst!.analytic).toBe(6);
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
