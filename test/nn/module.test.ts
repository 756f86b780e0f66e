import { describe, expect, it } from "vitest";
import * as nn from "../../src/nn/index.js";
import { Variable } from "../../src/runtime/variable.js";
import { tensor, zeros } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { Stepper } from "../support/stepper.js";

class Residual extends nn.Module {
  readonly kind = "residual";
  readonly blocks = [nn.conv2d(2, 3, { padding: "same" }), nn.conv2d(2, 1)];
  readonly scale = new Variable([], 0.5, { name: "scale" });

  protected override compute(x: Tensor, options: nn.ForwardOptions): Tensor {
    const inner = this.blocks.reduce((value, block) => block.forward(value, options), x);
    return x.add(inner.multiply(this.scale.value)).relu();
  }
}

const digits = () =>
  nn.sequential([
    nn.conv2d(8, 5, { padding: "same" }),
    nn.relu(),
    nn.maxPool2d(2),
    nn.conv2d(16, 5, { padding: "same" }),
    nn.relu(),
    nn.maxPool2d(3),
    nn.flatten(),
    nn.dense(10),
  ]);

describe("building", () => {
  it("infers sizes and names variables by path", () => {
    const model = digits();
    expect(model.build([1, 24, 24], { seed: 1 })).toEqual([10]);
    const shapes = [...model.variables()].map(([path, variable]) => [path, variable.name, variable.shape]);
    expect(shapes).toEqual([
      ["0.weight", "0.weight", [8, 1, 5, 5]],
      ["0.bias", "0.bias", [8]],
      ["3.weight", "3.weight", [16, 8, 5, 5]],
      ["3.bias", "3.bias", [16]],
      ["7.weight", "7.weight", [10, 256]],
      ["7.bias", "7.bias", [10]],
    ]);
    expect(model.forward(zeros([20, 1, 24, 24])).shape).toEqual([20, 10]);
  });

  it("walks the fields of a user's module, arrays included", () => {
    const model = nn.sequential([nn.conv2d(2, 1), new Residual()]);
    expect(model.build([3, 4, 4])).toEqual([2, 4, 4]);
    expect([...model.variables().keys()]).toEqual([
      "0.weight",
      "0.bias",
      "1.scale",
      "1.blocks.0.weight",
      "1.blocks.0.bias",
      "1.blocks.1.weight",
      "1.blocks.1.bias",
    ]);
    expect(model.variables().get("1.blocks.0.weight")?.name).toBe("1.blocks.0.weight");
  });

  it("leaves running statistics out of the parameters", () => {
    const model = nn.sequential([nn.batchNorm(), nn.dropout(0.5)]);
    model.build([3, 2]);
    expect([...model.variables().keys()]).toEqual([
      "0.weight",
      "0.bias",
      "0.running_mean",
      "0.running_var",
      "1.generator",
    ]);
    expect(model.parameters().map((parameter) => parameter.name)).toEqual(["0.weight", "0.bias"]);
  });

  it("counts a shared module once", () => {
    const shared = nn.dense(4);
    const model = nn.sequential([shared, nn.relu(), shared]);
    expect(model.build([4])).toEqual([4]);
    expect([...model.variables().keys()]).toEqual(["0.weight", "0.bias"]);
  });

  it("gives the same first values for the same seed and path, whatever comes later in the model", () => {
    const stepper = new Stepper();
    const first = (layers: nn.Module[], seed: number) => {
      const model = nn.sequential(layers);
      model.build([6], { seed });
      return [...stepper.get(model.variables().get("0.weight")!)];
    };
    const short = first([nn.dense(5)], 3);
    expect(first([nn.dense(5), nn.dense(7)], 3)).toEqual(short);
    expect(first([nn.dense(5)], 4)).not.toEqual(short);
    const model = nn.sequential([nn.dense(6), nn.dense(6)]);
    model.build([6], { seed: 3 });
    const [one, two] = model.parameters().filter((parameter) => parameter.name.endsWith("weight"));
    expect([...stepper.get(one!)]).not.toEqual([...stepper.get(two!)]);
  });

  it("does nothing the second time, and refuses another shape or seed", () => {
    const model = digits();
    model.build([1, 24, 24], { seed: 1 });
    const before = model.parameters();
    expect(model.build([1, 24, 24], { seed: 1 })).toEqual([10]);
    expect(model.parameters()).toEqual(before);
    expect(() => model.build([1, 28, 28], { seed: 1 })).toThrow(
      "build: this sequential was built for input [1, 24, 24] with seed 1 and cannot be built again for [1, 28, 28] with seed 1",
    );
    expect(() => model.build([1, 24, 24], { seed: 2 })).toThrow("with seed 2");
  });

  it("keeps the variables of parts built before", () => {
    const trunk = nn.dense(3);
    trunk.build([2], { seed: 9 });
    const weight = trunk.weight;
    const model = nn.sequential([trunk, nn.dense(1)]);
    expect(model.build([2])).toEqual([1]);
    expect(model.variables().get("0.weight")).toBe(weight);
  });

  it("can be built with a fitting shape after one that did not fit", () => {
    const model = digits();
    expect(() => model.build([1, 5, 5])).toThrow(/layer 5: maxPool: .*\[2, 2\]/);
    expect(model.built).toBe(false);
    expect(model.build([1, 24, 24])).toEqual([10]);
    expect(model.variables().get("7.weight")?.shape).toEqual([10, 256]);
  });
});

describe("running", () => {
  it("asks for build first", () => {
    expect(() => digits().forward(zeros([1, 1, 24, 24]))).toThrow(
      "forward: this sequential is not built yet; call build([...sizes of one example], { seed }) on the model first",
    );
    expect(() => digits().parameters()).toThrow("variables: this sequential is not built yet");
    const grown = nn.sequential([nn.relu()]);
    grown.build([2]);
    (grown.layers as nn.Module[]).push(nn.dense(2));
    expect(() => grown.forward(zeros([1, 2]))).toThrow("forward: this dense is not built yet");
  });

  it("names the layer in errors and in the origin of nodes", () => {
    const model = nn.sequential([nn.flatten(), nn.sequential([nn.relu(), nn.dense(3)])]);
    model.build([2, 2]);
    expect(model.forward(zeros([4, 2, 2])).node.origin.layer).toBe("1.1");
    expect(() => model.forward(zeros([4, 5]))).toThrow(
      "layer 1.1: dense: the last axis of [4, 5] must have the 4 inputs for which it was built",
    );
    const convolution = nn.sequential([nn.conv2d(2, 3)]);
    convolution.build([1, 5, 5]);
    expect(() => convolution.forward(zeros([4, 25]))).toThrow(/layer 0: conv2d: an example is \[25\]/);
    expect(() => convolution.forward(zeros([4, 3, 5, 5]))).toThrow(/layer 0: convolution/);
  });

  it("shows every module's output to an observer, in order", () => {
    const model = nn.sequential([nn.flatten(), nn.sequential([nn.relu(), nn.dense(3)])]);
    model.build([2, 2]);
    const seen: unknown[] = [];
    model.forward(zeros([4, 2, 2]), {
      onOutput: (path, output, module) => seen.push([path, module.kind, output.shape]),
    });
    expect(seen).toEqual([
      ["0", "flatten", [4, 4]],
      ["1.0", "relu", [4, 4]],
      ["1.1", "dense", [4, 3]],
      ["1", "sequential", [4, 3]],
      ["", "sequential", [4, 3]],
    ]);
  });

  it("takes other spatial sizes than it was built for, where the layers allow it", () => {
    const model = nn.sequential([nn.conv2d(2, 3), nn.globalAveragePool()]);
    model.build([1, 8, 8]);
    expect(model.forward(zeros([3, 1, 11, 9])).shape).toEqual([3, 2]);
  });
});

describe("layers refuse what makes no sense", () => {
  it.each<[string, () => unknown]>([
    ["conv2d: filters is 0", () => nn.conv2d(0, 3)],
    ["conv2d: kernelSize is [3,3,3]", () => nn.conv2d(1, [3, 3, 3])],
    ["conv2d: 3 filters do not split into 2 groups", () => nn.conv2d(3, 3, { groups: 2 })],
    [
      "conv2d: 3 input channels do not split into 2 groups",
      () => nn.conv2d(4, 1, { groups: 2 }).build([3, 4, 4]),
    ],
    [
      "conv1d: an example is [3, 4, 4], but must be [channels, ...1 spatial extents]",
      () => nn.conv1d(1, 1).build([3, 4, 4]),
    ],
    ["dense: units is 1.5", () => nn.dense(1.5)],
    ["maxPool1d: window is 0", () => nn.maxPool1d(0)],
    ["averagePool2d: an example is [4]", () => nn.averagePool2d(2).build([4])],
    ["globalAveragePool: an example is [4]", () => nn.globalAveragePool().build([4])],
    ["dropout: rate is 1", () => nn.dropout(1)],
    ["batchNorm: momentum is 2", () => nn.batchNorm({ momentum: 2 })],
    ["leakyRelu: slope is NaN", () => nn.leakyRelu(Number.NaN)],
    ["[2, -1] is not a shape", () => nn.relu().build([2, -1])],
  ])("%s", (message, make) => {
    expect(make).toThrow(message);
  });

  it("batch normalization needs a batch to train on", () => {
    const layer = nn.batchNorm();
    layer.build([3]);
    expect(() => layer.forward(zeros([1, 3]), { training: true })).toThrow(
      "which has no variance; use a larger batch",
    );
    expect(() => layer.forward(zeros([2, 4]))).toThrow("[2, 4] must have 3 channels in axis 1");
  });

  it("an initializer must fill the shape", () => {
    const layer = nn.dense(2, { initializer: () => new Float32Array(3) });
    layer.build([2]);
    expect(() => new Stepper().get(layer.weight)).toThrow(
      "weight: the initializer gave 3 values for shape [2, 2]",
    );
  });

  it("a seed must be one", () => {
    expect(() => nn.dense(2).build([2], { seed: -1 })).toThrow("seed is -1, but must be an integer");
  });
});

describe("dropout", () => {
  it("is the identity outside of training", () => {
    const layer = nn.dropout(0.5);
    layer.build([4]);
    const x = tensor([[1, 2, 3, 4]]);
    expect(layer.forward(x).node).toBe(x.node);
  });

  it("drops the given share, scales the rest, and drops others at the next step", () => {
    const layer = nn.dropout(0.25);
    layer.build([4000], { seed: 5 });
    const x = tensor(new Float32Array(4000).fill(3), { shape: [1, 4000] });
    const stepper = new Stepper();
    const [first] = stepper.run(() => [layer.forward(x, { training: true })]);
    const [second] = stepper.run(() => [layer.forward(x, { training: true })]);
    const dropped = first!.filter((value) => value === 0).length;
    expect(dropped / 4000).toBeGreaterThan(0.22);
    expect(dropped / 4000).toBeLessThan(0.28);
    expect(new Set(first)).toEqual(new Set([0, 4]));
    expect(second).not.toEqual(first);
    expect([...stepper.get(layer.generator)][2]).toBe(2);
  });
});
