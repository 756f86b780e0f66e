import { beforeAll, describe, expect, it } from "vitest";
import { grad } from "../../src/autodiff/api.js";
import { compile } from "../../src/runtime/compile.js";
import { useDevice } from "../../src/runtime/device.js";
import { tensor } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { expectClose } from "../support/close.js";
import { fixtures, layers } from "./layer-cases.js";

beforeAll(() => {
  useDevice({ backend: "wasm", threads: 2 });
});

// The unit tests hold each layer to its fixture in float64; this holds the compiled layer to it, within float32.
describe("compiled layers, with their gradients, agree with PyTorch", () => {
  it.each(fixtures)("$name", async (fixture) => {
    const layer = layers[fixture.name]!();
    layer.build(fixture.shape.slice(1));
    const variables = [...layer.variables().values()];
    Object.values<number[]>({ ...fixture.variables }).forEach((values, i) => {
      variables[i]!.write(values);
    });
    const step = compile((x: Tensor, cotangent: Tensor) => {
      const y = layer.forward(x, { training: fixture.training });
      const inputs = [x, ...layer.parameters().map(({ value }) => value)];
      return [y, ...grad(y, inputs, { cotangent })];
    });
    const results = step(
      tensor(Float32Array.from(fixture.input), { shape: fixture.shape }),
      tensor(Float32Array.from(fixture.cotangent), { shape: fixture.outputShape }),
    );
    const expected = [
      fixture.output,
      fixture.inputGradient,
      ...Object.values<number[]>({ ...fixture.gradients }),
    ];
    expect(results).toHaveLength(expected.length);
    for (const [i, values] of expected.entries()) {
      expectClose(await results[i]!.data(), values, 2e-5, `result ${i}`);
    }
  });
});
