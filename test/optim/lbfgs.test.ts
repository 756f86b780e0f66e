import { beforeAll, describe, expect, it } from "vitest";
import * as losses from "../../src/losses/index.js";
import * as nn from "../../src/nn/index.js";
import { type LbfgsOptions, lbfgs } from "../../src/optim/index.js";
import { useDevice } from "../../src/runtime/device.js";
import { Variable } from "../../src/runtime/variable.js";
import { tensor } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import fixtures from "../fixtures/lbfgs.json" with { type: "json" };
import { expectClose } from "../support/close.js";

function rosenbrock(x: Tensor): Tensor {
  const [size] = x.shape;
  const [head, tail] = [x.slice([0], [size! - 1]), x.slice([1], [size!])];
  const valley = tail.subtract(head.square()).square().multiply(100);
  return valley.add(head.subtract(1).square()).sum();
}

const { problem } = fixtures;
const matrix = (values: readonly (readonly number[])[]) => tensor(values);

function net([w, b, v, c]: readonly Variable[]): Tensor {
  const hidden = matrix(problem.input).matmul(w!.value.transpose()).add(b!.value).tanh();
  const output = hidden.matmul(v!.value.transpose()).add(c!.value);
  return losses.meanSquaredError(output, matrix(problem.target));
}

function variables(values: readonly (readonly number[] | readonly (readonly number[])[])[]): Variable[] {
  return values.map((value, i) => {
    const { shape } = tensor(value);
    return new Variable(shape, value.flat(), { name: `p${i}` });
  });
}

describe.each(["reference", "wasm"] as const)("L-BFGS on %s", (backend) => {
  beforeAll(() => {
    useDevice({ backend, ...(backend === "wasm" ? { threads: 1 } : {}) });
  });

  // Steps and losses pass through float32 even on the reference, and Rosenbrock's valley magnifies what that leaves out.
  it.each<[string, number[][], (x: readonly Variable[]) => Tensor, LbfgsOptions, number]>([
    ["rosenbrock", [[-1.25, 1]], ([x]) => rosenbrock(x!.value), {}, 2e-3],
    [
      "rosenbrock4",
      [[-1.25, 1, 0.5, -0.5]],
      ([x]) => rosenbrock(x!.value),
      { historySize: 3, learningRate: 0.5 },
      1e-6,
    ],
    ["net", problem.weights as number[][], net, { historySize: 4 }, backend === "wasm" ? 1e-3 : 2e-5],
  ])("goes PyTorch's way, with as many evaluations: %s", async (name, start, loss, options, tolerance) => {
    const fixture = fixtures[name as "rosenbrock"];
    const parameters = variables(start);
    const optimizer = lbfgs(parameters, { ...options, iterations: 1 });
    const closure = () => loss(parameters);
    let evaluations = 0;
    for (const [step, points] of fixture.points.entries()) {
      const result = await optimizer.minimize(closure);
      expectClose([result.loss], [fixture.losses[step]!], tolerance, `loss after step ${step + 1}`);
      // Each call finds out where it stands first.
      evaluations += result.evaluations - 1;
      for (const [i, point] of points.entries()) {
        const data = await parameters[i]!.data();
        expectClose(data, point, tolerance, `parameter ${i} after step ${step + 1}`);
      }
    }
    expect(evaluations).toBe(fixture.evaluations);
  });
});

describe("L-BFGS", () => {
  const variable = (values: number[], name = "x") => new Variable([values.length], values, { name });
  const square = (x: Variable, target = 3) => x.value.subtract(target).square().sum();

  it("finds the minimum of a narrow quadratic in a few steps, and says why it stopped", async () => {
    const x = variable([5, -3, 2, 8]);
    const scales = tensor([1, 10, 100, 1000]);
    const optimizer = lbfgs([x], { gradientTolerance: 1e-3 });
    const result = await optimizer.minimize(() => x.value.subtract(1).square().multiply(scales).sum());
    expectClose(await x.data(), [1, 1, 1, 1], 1e-3);
    expect(result.reason).toBe("gradient");
    expect(result.gradient).toBeLessThanOrEqual(1e-3);
    expect(result.iterations).toBeLessThan(20);
    expect(result.evaluations).toBeGreaterThan(result.iterations);
  });

  it("goes on in the next call as if there had been one, apart from looking again", async () => {
    const run = async (calls: number) => {
      const x = variable([-1.25, 1]);
      const optimizer = lbfgs([x], { iterations: 12 / calls, evaluations: 100 });
      for (let i = 0; i < calls; i++) await optimizer.minimize(() => rosenbrock(x.value));
      return [...(await x.data())];
    };
    expect(await run(3)).toEqual(await run(1));
  });

  it("traces a loss once, whatever the number of calls", async () => {
    const x = variable([4]);
    let traces = 0;
    const loss = () => {
      traces++;
      return square(x).square();
    };
    const optimizer = lbfgs([x], { iterations: 2 });
    for (let i = 0; i < 3; i++) await optimizer.minimize(loss);
    expect(traces).toBe(1);
  });

  it("ends after so many iterations or evaluations", async () => {
    const x = variable([-1.25, 1]);
    const few = await lbfgs([x], { iterations: 3, evaluations: 100 }).minimize(() => rosenbrock(x.value));
    expect([few.reason, few.iterations]).toEqual(["iterations", 3]);
    const y = variable([-1.25, 1]);
    const costly = await lbfgs([y], { evaluations: 2 }).minimize(() => rosenbrock(y.value));
    expect(costly.reason).toBe("evaluations");
  });

  it("leaves alone what is at its minimum, or what the loss does not depend on", async () => {
    const [x, y] = [variable([3]), variable([7], "y")];
    const result = await lbfgs([x, y]).minimize(() => square(x));
    expect([result.reason, result.iterations, result.evaluations]).toEqual(["gradient", 0, 1]);
    expect(await y.data()).toEqual(Float32Array.of(7));
  });

  it("climbs back from where the loss is not finite", async () => {
    // log(x) is NaN below 0, where the first long step leads.
    const x = variable([0.01]);
    const { loss } = await lbfgs([x], { learningRate: 5 }).minimize(() =>
      x.value.subtract(x.value.log()).sum(),
    );
    expect(loss).toBeCloseTo(1, 5);
    expectClose(await x.data(), [1], 1e-2);
  });

  it("puts the parameters back where no lower loss is to be found", async () => {
    const x = variable([2]);
    // The gradient is that of -x, the value x.
    const loss = () => x.value.multiply(2).stopGradient().subtract(x.value).sum();
    const result = await lbfgs([x]).minimize(loss);
    expect([result.reason, result.loss]).toEqual(["noDescent", 2]);
    expect(await x.data()).toEqual(Float32Array.of(2));
  });

  it("fits a network to a full batch more closely than it began, in several parameters of different shapes", async () => {
    const model = nn.sequential([nn.dense(8), nn.tanh(), nn.dense(3)]);
    model.build([2], { seed: 1 });
    const inputs = tensor(
      Float32Array.from({ length: 60 }, (_, i) => Math.sin(i * 1.7)),
      { shape: [30, 2] },
    );
    const labels = tensor(Int32Array.from({ length: 30 }, (_, i) => (Math.sin(i * 3.4) > 0 ? 2 : i % 2)));
    const optimizer = lbfgs(model.parameters(), { iterations: 40, evaluations: 100 });
    const loss = () => losses.crossEntropy(model.forward(inputs), labels);
    const before = await loss().item();
    const result = await optimizer.minimize(loss);
    expect(result.loss).toBeLessThan(0.5 * before);
    expect(await loss().item()).toBeCloseTo(result.loss, 5);
  });

  it("refuses a first loss or gradient that is not finite", async () => {
    const x = variable([0, 0]);
    await expect(lbfgs([x]).minimize(() => x.value.log().sum())).rejects.toThrow(
      "lbfgs: the loss is -Infinity",
    );
    await expect(lbfgs([x]).minimize(() => x.value.sqrt().sum())).rejects.toThrow(
      "lbfgs: the gradient is not finite",
    );
  });

  it("refuses what cannot be", async () => {
    const x = variable([1, 2]);
    await expect(lbfgs([x]).minimize(() => x.value)).rejects.toThrow("lbfgs: the loss is float32 [2]");
    expect(() => lbfgs([])).toThrow("lbfgs: there are no parameters");
    expect(() => lbfgs([x, x])).toThrow("lbfgs: parameter x is listed twice");
    expect(() => lbfgs([x], { historySize: 0 })).toThrow("historySize is 0");
    expect(() => lbfgs([x], { iterations: 1.5 })).toThrow("iterations is 1.5");
    expect(() => lbfgs([x], { learningRate: 0 })).toThrow("learningRate is 0");
  });
});
