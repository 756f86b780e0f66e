import { describe, expect, it } from "vitest";
import { grad } from "../../src/autodiff/api.js";
import { runPipeline } from "../../src/compile/pipeline.js";
import * as nn from "../../src/nn/index.js";
import { scan } from "../../src/runtime/scan.js";
import type { Structure } from "../../src/runtime/structure.js";
import { sizeOf } from "../../src/shape/shape.js";
import { tensor, zeros } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import layerFixtures from "../fixtures/layers-recurrent.json" with { type: "json" };
import fixtures from "../fixtures/recurrent.json" with { type: "json" };
import { expectClose } from "../support/close.js";
import { expectAsFixture } from "../support/layer-fixture.js";
import { Stepper } from "../support/stepper.js";

/** A layer with the parts of its state as a list, as PyTorch orders them. */
interface Kind {
  readonly layer: nn.Recurrent<Structure>;
  state(parts: readonly Tensor[]): Structure;
  parts(state: Structure): Tensor[];
}

const single = (layer: nn.Recurrent<Tensor>): Kind => ({
  layer: layer as nn.Recurrent<Structure>,
  state: ([hidden]) => hidden,
  parts: (state) => [state as Tensor],
});

const kinds: Record<string, (units: number, options: object) => Kind> = {
  rnn: (units, options) => single(nn.rnn(units, options)),
  gru: (units, options) => single(nn.gru(units, options)),
  lstm: (units, options) => ({
    layer: nn.lstm(units, options) as nn.Recurrent<Structure>,
    state: ([hidden, cell]) => ({ hidden, cell }),
    parts: (state) => {
      const { hidden, cell } = state as nn.LstmState;
      return [hidden, cell];
    },
  }),
};

describe("recurrent layers agree with PyTorch", () => {
  const title = (fixture: (typeof fixtures)[number]) => `${fixture.name} ${JSON.stringify(fixture.options)}`;
  it.each(fixtures.map((fixture) => [title(fixture), fixture] as const))("%s", (_, fixture) => {
    const units = 2;
    const { layer, state, parts } = kinds[fixture.name]!(units, fixture.options);
    const { shape } = fixture;
    expect(layer.build(shape.slice(1), { seed: 1 })).toEqual([shape[1], units]);
    const stepper = new Stepper();
    const variables = layer.variables();
    expect([...variables.keys()]).toEqual(Object.keys(fixture.variables));
    for (const [name, values] of Object.entries<number[]>(fixture.variables))
      stepper.set(variables.get(name)!, values);

    const of = (values: readonly number[], ...sizes: number[]) =>
      tensor(Float64Array.from(values), { shape: sizes });
    const x = of(fixture.input, ...shape);
    const initial = fixture.state.map((values) => of(values, shape[0]!, units));
    const wanted = [x, ...initial, ...layer.parameters().map((parameter) => parameter.value)];
    const results = stepper.run(() => {
      const { output, state: final } = layer.run(x, state(initial));
      const outputs = [output, ...parts(final)];
      const total = outputs
        .map((y, i) => y.multiply(of(fixture.cotangents[i]!, ...y.shape)).sum())
        .reduce((a, b) => a.add(b));
      return [...outputs, ...grad(total, wanted)];
    });
    const gradients = Object.values<number[]>(fixture.gradients);
    const expected = [
      fixture.output,
      ...fixture.finalState,
      fixture.inputGradient,
      ...fixture.stateGradients,
      ...gradients,
    ];
    expected.forEach((values, i) => {
      expectClose(results[i]!, values, 1e-10, `result ${i}`);
    });
    expect(results).toHaveLength(expected.length);
  });

  const layers: Record<string, readonly [nn.Module, rename: (path: string) => string]> = {
    stacked: [
      nn.sequential([nn.lstm(2), nn.lstm(2)]),
      (path) => path.replace(/(.*)_l(\d)$/, (_, name, n) => `${n}.${name}`),
    ],
    bidirectional: [nn.bidirectional(nn.lstm(2), nn.lstm(2, { reverse: true })), bothWays],
    bidirectionalLast: [
      nn.bidirectional(
        nn.gru(2, { returnSequences: false }),
        nn.gru(2, { returnSequences: false, reverse: true }),
      ),
      bothWays,
    ],
    last: [nn.gru(2, { returnSequences: false }), (path) => path.replace("_l0", "")],
    embedding: [nn.embedding(5, 2), (path) => path],
  };

  function bothWays(path: string): string {
    return path.endsWith("_reverse")
      ? `reverse.${path.replace("_l0_reverse", "")}`
      : `forward.${path.replace("_l0", "")}`;
  }

  it.each(layerFixtures)("$name", (fixture) => {
    const [layer, rename] = layers[fixture.name]!;
    expectAsFixture(layer, fixture, rename);
  });
});

describe("a recurrent layer", () => {
  const x = tensor(
    Float32Array.from({ length: 2 * 6 * 3 }, (_, i) => Math.sin(i)),
    { shape: [2, 6, 3] },
  );
  const part = (from: number, to: number) => x.slice([0, from, 0], [2, to, 3]);

  it("goes on from the state in which it stopped", async () => {
    const layer = nn.lstm(4);
    layer.build([6, 3], { seed: 2 });
    const whole = layer.run(x);
    const first = layer.run(part(0, 4));
    const second = layer.run(part(4, 6), first.state);
    expectClose(await second.state.cell.data(), await whole.state.cell.data(), 1e-6);
    expectClose(await second.output.data(), await whole.output.slice([0, 4, 0], [2, 6, 4]).data(), 1e-6);
  });

  it("does the same step by step", async () => {
    const layer = nn.gru(4);
    layer.build([6, 3], { seed: 2 });
    let state = layer.zeroState(2);
    for (let t = 0; t < 6; t++) state = layer.step(part(t, t + 1).reshape([2, 3]), state).state;
    expectClose(await state.data(), await layer.run(x).state.data(), 1e-6);
  });

  it("can take its own steps inside of a scan, and is built by them", async () => {
    class Echo extends nn.Module {
      readonly kind = "echo";
      readonly cell = nn.lstm(3);
      protected override compute(start: Tensor): Tensor {
        const initial = { input: start, state: this.cell.zeroState(start.shape[0]!) };
        const { outputs } = scan(
          ({ input, state }) => {
            const { output, state: next } = this.cell.step(input, state);
            return { carry: { input: output, state: next }, output };
          },
          initial,
          undefined,
          { length: 5 },
        );
        return outputs.permute([1, 0, 2]);
      }
    }
    const echo = new Echo();
    expect(echo.build([3], { seed: 3 })).toEqual([5, 3]);
    expect([...echo.variables().keys()]).toContain("cell.weight_hh");
    const generated = echo.forward(tensor([[1, 0, -1]]));
    let [input, state] = [tensor([[1, 0, -1]]), echo.cell.zeroState(1)];
    for (let t = 0; t < 5; t++) {
      const next = echo.cell.step(input, state);
      [input, state] = [next.output, next.state];
    }
    expectClose(await input.data(), (await generated.data()).slice(-3), 1e-6);
  });

  it("describes itself, and names its variables by its path", () => {
    const model = nn.sequential([nn.lstm(4), nn.gru(5, { returnSequences: false }), nn.dense(2)]);
    expect(model.build([6, 3])).toEqual([2]);
    const [lstm, gru] = model.describe();
    expect(lstm).toMatchObject({
      path: "0",
      kind: "lstm",
      outputShape: [6, 4],
      parameters: 16 * (3 + 4 + 2),
    });
    expect(lstm!.multiplyAdds).toBe(6 * 16 * (3 + 4));
    expect(gru).toMatchObject({ kind: "gru", outputShape: [5] });
    expect(model.parameters()[0]!.name).toBe("0.weight_ih");
  });

  it("starts uniformly within 1 / sqrt(units)", () => {
    const layer = nn.rnn(16);
    layer.build([3, 40], { seed: 4 });
    for (const variable of layer.parameters()) {
      const values = new Stepper().get(variable);
      const greatest = Math.max(...values.map(Math.abs));
      expect(greatest).toBeLessThanOrEqual(0.25);
      expect(greatest).toBeGreaterThan(0.2);
      expect(sizeOf(variable.shape)).toBe(values.length);
    }
  });

  it("says what does not fit", () => {
    expect(() => nn.lstm(0)).toThrow("lstm: units is 0");
    expect(() => nn.gru(2).build([3])).toThrow("gru: the input is [1, 3]; it must be [batch, length, 3]");
    expect(() => nn.gru(2).build([3, 4, 5])).toThrow("gru: an example is [3, 4, 5], but must be a sequence");
    expect(() => nn.lstm(2).run(x)).toThrow("this lstm is not built yet");
    const layer = nn.lstm(2);
    layer.build([6, 3]);
    expect(() => layer.forward(zeros([2, 6, 4]))).toThrow(
      "lstm: the input is [2, 6, 4]; it must be [batch, length, 3]",
    );
    expect(() => layer.forward(zeros([2, 0, 3]))).toThrow("length of at least 1");
    expect(() => layer.step(zeros([2, 6, 3]), layer.zeroState(2))).toThrow(
      "lstm: the input of a step is [2, 6, 3]",
    );
    expect(() => layer.run(x, layer.zeroState(1))).toThrow("carry hidden starts as float32[1, 2]");
    expect(() => nn.bidirectional(nn.lstm(2), nn.lstm(2))).toThrow("bidirectional: takes a recurrent layer");
    expect(() => nn.bidirectional(nn.dense(2), nn.lstm(2, { reverse: true }))).toThrow("bidirectional");
  });
});

describe("the cell is fused", () => {
  const training = (layer: nn.Module) => {
    layer.build([10, 16], { seed: 1 });
    const x = tensor(new Float32Array(32 * 10 * 16), { shape: [32, 10, 16] });
    const gradients = grad(layer.forward(x).square().mean(), [
      x,
      ...layer.parameters().map((parameter) => parameter.value),
    ]);
    const { program } = runPipeline({ outputs: gradients.map(({ node }) => node), updates: [] });
    return program.kernels.flatMap((kernel) =>
      kernel.kind === "scan" ? [kernel.step.program.kernels.map(({ kind }) => kind)] : [],
    );
  };

  it.each([
    ["lstm", nn.lstm(32), ["matmul", "loop"], ["loop", "matmul"]],
    ["gru", nn.gru(32), ["matmul", "loop"], ["loop", "matmul"]],
    ["rnn", nn.rnn(32), ["matmul"], ["loop", "matmul"]],
  ] as const)("%s: one product and one loop a step, forward and backward", (_, layer, forward, backward) => {
    expect(training(layer)).toEqual([forward, backward]);
  });

  it("inputs are multiplied in one product before the loop, and no copies lie between stacked layers", () => {
    const model = nn.sequential([nn.lstm(32), nn.lstm(32)]);
    model.build([10, 16]);
    const x = tensor(new Float32Array(32 * 10 * 16), { shape: [32, 10, 16] });
    const { program } = runPipeline({ outputs: [model.forward(x).sum().node], updates: [] });
    const kinds = program.kernels.map((kernel) => kernel.kind);
    expect(kinds.filter((kind) => kind === "scan")).toHaveLength(2);
    const between = kinds.slice(kinds.indexOf("scan") + 1, kinds.lastIndexOf("scan"));
    expect(between.filter((kind) => kind === "matmul")).toHaveLength(1);
  });
});
