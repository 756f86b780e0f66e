import { describe, expect, it } from "vitest";
import * as nn from "../../src/nn/index.js";
import { layer } from "../../src/recipe/layers/index.js";
import { buildModel } from "../../src/recipe/model.js";
import { parseRecipe } from "../../src/recipe/parse.js";
import { useDevice } from "../../src/runtime/device.js";
import { tensor } from "../../src/tensor/creation.js";
import { build, small } from "./support.js";

const { init } = nn;
useDevice({ backend: "reference" });

/** Each type of layer with its options, and the module that it must make. */
const cases: Record<string, [options: object, make: () => nn.Module][]> = {
  conv2d: [
    [
      {
        filters: 4,
        kernelSize: [3, 2],
        stride: 2,
        padding: "same",
        bias: false,
        initializer: "xavierUniform",
      },
      () =>
        nn.conv2d(4, [3, 2], { stride: 2, padding: "same", bias: false, initializer: init.xavierUniform }),
    ],
    [
      { filters: 4, kernelSize: 2, padding: [1, 0], dilation: 2, groups: 2 },
      () => nn.conv2d(4, 2, { padding: [1, 0], dilation: 2, groups: 2 }),
    ],
  ],
  depthwiseConv2d: [
    [
      { kernelSize: 3, padding: 1, multiplier: 2, initializer: "leCunNormal" },
      () => nn.depthwiseConv2d(3, { padding: 1, multiplier: 2, initializer: init.leCunNormal }),
    ],
  ],
  separableConv2d: [
    [
      { filters: 3, kernelSize: 3, stride: [1, 2], multiplier: 2, bias: false },
      () => nn.separableConv2d(3, 3, { stride: [1, 2], multiplier: 2, bias: false }),
    ],
  ],
  convTranspose2d: [
    [
      { filters: 2, kernelSize: 3, stride: 2, padding: 1, outputPadding: [1, 0], groups: 2 },
      () => nn.convTranspose2d(2, 3, { stride: 2, padding: 1, outputPadding: [1, 0], groups: 2 }),
    ],
  ],
  locallyConnected2d: [
    [
      { filters: 2, kernelSize: 3, stride: 3, initializer: "ones" },
      () => nn.locallyConnected2d(2, 3, { stride: 3, initializer: init.ones }),
    ],
  ],
  dense: [
    ...(
      [
        ["heUniform", init.heUniform],
        ["xavierNormal", init.xavierNormal],
        ["leCunUniform", init.leCunUniform],
        ["fanInUniform", init.fanInUniform],
        ["zeros", init.zeros],
        [{ type: "normal", standardDeviation: 2 }, init.normal(0, 2)],
        [{ type: "normal", mean: 1, standardDeviation: 2 }, init.normal(1, 2)],
        [{ type: "uniform", low: -1, high: 2 }, init.uniform(-1, 2)],
        [{ type: "constant", value: 3 }, init.constant(3)],
        [{ type: "orthogonal", gain: 2 }, init.orthogonal(2)],
      ] as const
    ).map(([initializer, made]): [object, () => nn.Module] => [
      { units: 5, initializer },
      () => nn.dense(5, { initializer: made }),
    ]),
    [{ units: 3, bias: false }, () => nn.dense(3, { bias: false })],
  ],
  maxPool2d: [
    [
      { window: 3, stride: 2, padding: 1, dilation: [1, 2], ceilMode: true },
      () => nn.maxPool2d(3, { stride: 2, padding: 1, dilation: [1, 2], ceilMode: true }),
    ],
  ],
  averagePool2d: [
    [
      { window: [2, 3], padding: 1, countIncludePad: false },
      () => nn.averagePool2d([2, 3], { padding: 1, countIncludePad: false }),
    ],
  ],
  lpPool2d: [[{ order: 3, window: 2, stride: 1 }, () => nn.lpPool2d(3, 2, { stride: 1 })]],
  adaptiveAveragePool2d: [[{ size: [2, 4] }, () => nn.adaptiveAveragePool2d([2, 4])]],
  globalAveragePool: [[{}, () => nn.globalAveragePool()]],
  globalMaxPool: [[{}, () => nn.globalMaxPool()]],
  globalLpPool: [[{ order: 1.5 }, () => nn.globalLpPool(1.5)]],
  channelMaxPool: [
    [{ window: 2, stride: 1, padding: [0, 1] }, () => nn.channelMaxPool(2, { stride: 1, padding: [0, 1] })],
  ],
  channelAveragePool: [[{ window: 3, padding: 1 }, () => nn.channelAveragePool(3, { padding: 1 })]],
  channelLpPool: [[{ order: 2, window: 2, stride: 2 }, () => nn.channelLpPool(2, 2, { stride: 2 })]],
  relu: [[{}, () => nn.relu()]],
  relu6: [[{}, () => nn.relu6()]],
  leakyRelu: [
    [{}, () => nn.leakyRelu()],
    [{ slope: 0.3 }, () => nn.leakyRelu(0.3)],
  ],
  prelu: [[{ perChannel: true, initialSlope: 0.4 }, () => nn.prelu({ perChannel: true, initialSlope: 0.4 })]],
  elu: [[{ alpha: 0.5 }, () => nn.elu(0.5)]],
  selu: [[{}, () => nn.selu()]],
  gelu: [
    [{}, () => nn.gelu()],
    [{ form: "tanh" }, () => nn.gelu("tanh")],
  ],
  silu: [[{}, () => nn.silu()]],
  mish: [[{}, () => nn.mish()]],
  sigmoid: [[{}, () => nn.sigmoid()]],
  logSigmoid: [[{}, () => nn.logSigmoid()]],
  hardSigmoid: [[{}, () => nn.hardSigmoid()]],
  hardSwish: [[{}, () => nn.hardSwish()]],
  softplus: [[{}, () => nn.softplus()]],
  softsign: [[{}, () => nn.softsign()]],
  tanh: [[{}, () => nn.tanh()]],
  hardTanh: [[{ low: -0.5, high: 0.25 }, () => nn.hardTanh(-0.5, 0.25)]],
  step: [[{}, () => nn.step()]],
  maxout: [[{ pieces: 2 }, () => nn.maxout(2)]],
  batchNorm: [
    [
      { momentum: 0.2, epsilon: 0.5, affine: false },
      () => nn.batchNorm({ momentum: 0.2, epsilon: 0.5, affine: false }),
    ],
  ],
  groupNorm: [[{ groups: 2, epsilon: 0.5 }, () => nn.groupNorm(2, { epsilon: 0.5 })]],
  instanceNorm: [
    [
      { affine: true, trackRunningStatistics: true, momentum: 0.5 },
      () => nn.instanceNorm({ affine: true, trackRunningStatistics: true, momentum: 0.5 }),
    ],
  ],
  layerNorm: [[{ axes: 3, epsilon: 0.5 }, () => nn.layerNorm({ axes: 3, epsilon: 0.5 })]],
  channelNorm: [[{ epsilon: 0.5 }, () => nn.channelNorm({ epsilon: 0.5 })]],
  localResponseNorm: [
    [
      { size: 3, alpha: 0.5, beta: 0.5, k: 2 },
      () => nn.localResponseNorm(3, { alpha: 0.5, beta: 0.5, k: 2 }),
    ],
  ],
  localContrastNorm: [
    [
      { size: 3, deviation: 0.5, epsilon: 0.1 },
      () => nn.localContrastNorm(3, { deviation: 0.5, epsilon: 0.1 }),
    ],
  ],
  flatten: [[{}, () => nn.flatten()]],
  dropout: [[{ rate: 0.25 }, () => nn.dropout(0.25)]],
  spatialDropout: [[{ rate: 0.25 }, () => nn.spatialDropout(0.25)]],
  gaussianDropout: [[{ rate: 0.25 }, () => nn.gaussianDropout(0.25)]],
  pad: [
    [{ padding: [1, 2], filling: 0.5 }, () => nn.pad([1, 2], 0.5)],
    [{ padding: 1, filling: "reflect" }, () => nn.pad(1, "reflect")],
  ],
  upsample: [
    [{ factor: [2, 3] }, () => nn.upsample([2, 3])],
    [
      { factor: 2, mode: "linear", alignCorners: true },
      () => nn.upsample(2, { mode: "linear", alignCorners: true }),
    ],
  ],
  residual: [
    [
      { layers: [{ type: "conv2d", filters: 4, kernelSize: 3, padding: 1 }, { type: "relu" }] },
      () => nn.residual(nn.sequential([nn.conv2d(4, 3, { padding: 1 }), nn.relu()])),
    ],
    [
      {
        layers: [{ type: "maxPool2d", window: 2 }],
        shortcut: [{ type: "averagePool2d", window: 2 }, { type: "tanh" }],
      },
      () => nn.residual(nn.sequential([nn.maxPool2d(2)]), nn.sequential([nn.averagePool2d(2), nn.tanh()])),
    ],
  ],
};

const shape = [4, 6, 6];

/** Each module's name and those of its options that are plain values. */
function optionsOf(model: nn.Module): unknown[] {
  return [...model.modules()].map(([path, module]) => [
    path,
    Object.fromEntries(
      Object.entries(module).filter(([, value]) => typeof value !== "object" && typeof value !== "function"),
    ),
  ]);
}

/** What the network computes of two fixed examples while training. */
async function outputOf(model: nn.Module): Promise<number[]> {
  const values = Float32Array.from({ length: 2 * 144 }, (_, i) => 3 * Math.sin(i * 12.9898));
  const output = model.forward(tensor(values, { shape: [2, ...shape] }), { training: true });
  return Array.from(await output.data(), Number);
}

describe("layers of recipes", () => {
  it("are all looked at here", () => {
    expect(layer.options.map((option) => option.shape.type.value).sort()).toEqual(Object.keys(cases).sort());
  });

  it.each(
    Object.entries(cases).flatMap(([type, list]) => list.map(([options, make]) => ({ type, options, make }))),
  )("are those of the library: $type $options", async ({ type, options, make }) => {
    // Behind it, what makes a classifier of any output.
    const recipe = parseRecipe(
      { ...small, layers: [{ type, ...options }, { type: "flatten" }, { type: "dense", units: 10 }] },
      "r",
    );
    const dataset = { name: "data", classes: Array.from({ length: 10 }, String) };
    const made = buildModel(recipe, shape, dataset);
    const expected = nn.sequential([make(), nn.flatten(), nn.dense(10)]);
    expected.build(shape, { seed: recipe.seed });
    expect(optionsOf(made)).toEqual(optionsOf(expected));
    expect(await outputOf(made)).toEqual(await outputOf(expected));
  });

  it("keep what they were written as", () => {
    for (const [type, list] of Object.entries(cases)) {
      for (const [options] of list) {
        const written = [{ type, ...options }];
        expect(parseRecipe({ ...small, layers: written }, "r").layers).toEqual(written);
      }
    }
  });

  it("may be as many and as deep as residual networks need", () => {
    const block = {
      type: "residual",
      layers: [
        { type: "conv2d", filters: 2, kernelSize: 3, padding: "same", bias: false },
        { type: "batchNorm" },
        { type: "residual", layers: [{ type: "relu" }] },
      ],
      shortcut: [{ type: "conv2d", filters: 2, kernelSize: 1 }],
    };
    const model = build({
      layers: [block, block, { type: "globalAveragePool" }, { type: "dense", units: 10 }],
    });
    expect([...model.variables().keys()]).toContain("1.body.0.weight");
    expect([...model.variables().keys()]).toContain("1.shortcut.0.bias");
  });
});
