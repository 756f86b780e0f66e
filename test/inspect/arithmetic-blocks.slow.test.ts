import { describe, expect, it, test } from "vitest";
import { grad, inspect, losses, models, nn, tensor } from "../../src/index.js";
import { BasicBlock, projection } from "../../src/models/resnet.js";
import type { Shape } from "../../src/shape/shape.js";
import { concatenate } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { expectClose } from "../support/close.js";
import { addresses, check, nameOf, open } from "./arithmetic-book.js";

const head = [nn.flatten, () => nn.dense(3)];
const withHead = (...layers: nn.Module[]) => [...layers, ...head.map((make) => make())];

const strided = () => new BasicBlock(4, { stride: 2, downsample: projection(4, 2), zeroInitResidual: true });

/** Scales channels by what a small network makes of their means. */
class SqueezeExcitation extends nn.Module {
  readonly kind = "squeezeExcitation";
  readonly squeeze = nn.globalAveragePool();
  readonly reduce = nn.dense(2);
  readonly expand = nn.dense(3);
  protected override compute(x: Tensor, options: nn.ForwardOptions) {
    const small = this.reduce.forward(this.squeeze.forward(x, options), options).silu();
    const scale = this.expand.forward(small, options).sigmoid();
    return x.multiply(scale.reshape([...scale.shape, 1, 1]));
  }
}

/** Two ways, one of which reads the other's result as well, joined. */
class Inception extends nn.Module {
  readonly kind = "inception";
  readonly narrow = nn.conv2d(2, 1);
  readonly wide = nn.conv2d(1, 3, { padding: 1 });
  protected override compute(x: Tensor, options: nn.ForwardOptions) {
    const narrow = this.narrow.forward(x, options).gelu();
    return concatenate([narrow, this.wide.forward(narrow, options), x], 1);
  }
}

/** Single-head attention over the positions of `[N, positions, 4]`. */
class Attention extends nn.Module {
  readonly kind = "attention";
  readonly query = nn.dense(3);
  readonly key = nn.dense(3);
  readonly value = nn.dense(4);
  protected override compute(x: Tensor, options: nn.ForwardOptions) {
    const [q, k, v] = [this.query, this.key, this.value].map((layer) => layer.forward(x, options));
    const powers = q!.matmul(k!.transpose()).divide(Math.sqrt(3)).exp();
    return x.add(powers.divide(powers.sum([2], true)).matmul(v!));
  }
}

/** All the rest that has a formula, in one line. */
class Odd extends nn.Module {
  readonly kind = "odd";
  readonly inner = nn.dense(4);
  protected override compute(x: Tensor, options: nn.ForwardOptions) {
    const y = this.inner
      .forward(x.flip([1]), options)
      .abs()
      .add(0.5);
    const z = y
      .log()
      .subtract(y.sqrt())
      .add(y.power(1.5))
      .add(y.maximum(1).minimum(2))
      .subtract(y.negate().exp());
    return z
      .slice([0, 1], [z.shape[0]!, 4])
      .pad(
        [
          [0, 0],
          [1, 0],
        ],
        2,
      )
      .multiply(y.sin())
      .add(z.cos().stopGradient());
  }
}

const networks: [string, () => readonly nn.Module[], Shape][] = [
  [
    "a basic block, whose shape stays",
    () =>
      withHead(
        nn.conv2d(2, 1),
        new BasicBlock(2, { stride: 1, downsample: undefined, zeroInitResidual: false }),
      ),
    [1, 4, 4],
  ],
  ["a basic block with stride and projection", () => withHead(strided(), nn.relu()), [2, 4, 4]],
  ["squeeze and excitation", () => withHead(nn.residual(new SqueezeExcitation())), [3, 3, 2]],
  [
    "an inverted residual",
    () =>
      withHead(
        nn.residual(
          nn.sequential([
            nn.conv2d(4, 1),
            nn.batchNorm(),
            nn.relu6(),
            nn.depthwiseConv2d(3, { padding: 1 }),
            nn.conv2d(2, 1),
          ]),
        ),
      ),
    [2, 3, 3],
  ],
  [
    "joined branches",
    () => withHead(new Inception(), nn.parallel([nn.relu(), nn.relu(), nn.tanh()])),
    [2, 3, 3],
  ],
  ["attention", () => withHead(new Attention()), [3, 4]],
  ["operations of all kinds", () => withHead(new Odd()), [4]],
  [
    "a shortcut by way of nothing",
    () => withHead(nn.residual(nn.dropout(0.5)), nn.residual(nn.residual(nn.dense(4)))),
    [4],
  ],
  ["group normalization", () => withHead(nn.groupNorm(2)), [4, 2, 3]],
  ["instance normalization", () => withHead(nn.instanceNorm({ trackRunningStatistics: true })), [2, 2, 2]],
  [
    "locally connected, enlarged, surrounded, pooled",
    () =>
      withHead(
        nn.locallyConnected2d(2, 2),
        nn.upsample(2),
        nn.pad(1, "reflect"),
        nn.adaptiveAveragePool2d(2),
        nn.channelAveragePool(2),
      ),
    [1, 3, 3],
  ],
];

describe("the numbers inside of modules", () => {
  test.each(networks)("are given by their terms: %s", async (_, layers, shape) => {
    const { book } = await open(layers(), shape);
    for (const address of addresses(book)) {
      expect(check(book, address).combination, nameOf(address)).not.toBe("composite");
    }
  });

  it("are functions, however many operations they are made of", async () => {
    const functions = [
      "relu",
      "leakyRelu",
      "elu",
      "selu",
      "gelu",
      "softplus",
      "logSigmoid",
      "softsign",
      "silu",
      "mish",
      "hardTanh",
      "hardSigmoid",
      "hardSwish",
      "step",
    ] as const;
    class Functions extends nn.Module {
      readonly kind = "functions";
      readonly inner = nn.dense(2);
      protected override compute(x: Tensor, options: nn.ForwardOptions) {
        const y = this.inner.forward(x, options);
        // Each of another number, for some have a part in common.
        const parts = functions.map((name, i) => y.add(i / 10 - 0.55)[name]());
        return concatenate([...parts, y.gelu("tanh"), y.hardTanh(0, 6), y.multiply(2).erf()], 1);
      }
    }
    const { book } = await open(withHead(new Functions()), [3]);
    const inside = book.tensors.flatMap(({ kind, path }) =>
      kind === "activation" && path.startsWith("0/") ? [path.slice(2)] : [],
    );
    const found = inside.filter((path) => !/^(add|multiply)/.test(path));
    expect(found.sort()).toEqual([...functions, "gelu.2", "relu6", "erf"].sort());
    for (const address of addresses(book)) expect(check(book, address).combination).not.toBe("composite");
  });

  it("are those of the whole network, whatever it is called there", async () => {
    const model = models.resnetCifar(8, { width: 0.25 });
    const { book } = await open(model, [3, 8, 8], 1);
    for (const address of addresses(book, 4)) expect(check(book, address).combination).not.toBe("composite");
    const inside = book.tensors.flatMap(({ kind, path }) =>
      kind === "activation" && path.startsWith("layer2.0") ? [path] : [],
    );
    const names = [".conv1", ".bn1", "/relu", ".conv2", ".bn2", ".downsample", "/add", ""];
    expect(inside).toEqual(names.map((name) => `layer2.0${name}`));
    // As a part of another model the layers have longer paths there, but not here.
    const whole = nn.sequential([model, nn.relu()]);
    whole.build([3, 8, 8], { seed: 3 });
    const { book: again } = await open(model, [3, 8, 8], 1);
    expect(again.tensors.map(({ path }) => path)).toEqual(book.tensors.map(({ path }) => path));
  });
});

describe("a block's arithmetic", () => {
  it("adds branch and shortcut", async () => {
    const { book } = await open(
      withHead(nn.residual(nn.sequential([nn.conv2d(2, 1), nn.tanh()]))),
      [2, 3, 3],
    );
    const index = [1, 0, 2, 1];
    const { terms, formula } = check(book, { kind: "activation", path: "0", index });
    expect(formula).toBe("y = a + x");
    expect(terms.map(({ label }) => label)).toEqual(['"0.body.1"', "the input, what the module reads"]);
    expect(terms.map(({ factors }) => factors.map(({ address }) => address))).toEqual([
      [{ kind: "activation", path: "0.body.1", index }],
      [{ kind: "input", path: "", index }],
    ]);
  });

  it("goes down both ways from the loss to a pixel", async () => {
    const { book } = await open(withHead(strided()), [2, 4, 4], 1);
    const seen = new Map<string, inspect.Address>();
    const waiting: inspect.Address[] = [{ kind: "loss", path: "", index: [] }];
    for (let address = waiting.pop(); address; address = waiting.pop()) {
      if (seen.has(nameOf(address))) continue;
      seen.set(nameOf(address), address);
      const factors = check(book, address).terms.flatMap((term) => term.factors);
      for (const { address: next } of factors.flatMap((one) => [one, ...(one.of ?? [])]))
        if (next) waiting.push(next);
    }
    const paths = new Set(
      [...seen.values()].flatMap(({ kind, path }) => (kind === "activation" ? [path] : [])),
    );
    const inside = [
      ".conv1",
      ".bn1",
      "/relu",
      ".conv2",
      ".bn2",
      ".downsample.0",
      ".downsample.1",
      "/add",
      "",
    ];
    for (const name of inside) expect(paths).toContain(`0${name}`);
    expect([...seen.values()].filter(({ kind }) => kind === "input")).toHaveLength(32);
  });

  it("sums the gradients of all ways where they part, which is what grad gives", async () => {
    const { book, model, images, labels } = await open(withHead(nn.conv2d(2, 1), strided()), [1, 4, 4]);
    const logits = new Map<string, Tensor>();
    const out = model.forward(images, { onOutput: (path, output) => void logits.set(path, output) });
    const loss = losses.crossEntropy(out, tensor(labels, { dtype: "int32" }));
    const [expected] = grad(loss, [logits.get("0")!]);
    const own = book.tensor("activationGradient", "0");
    expectClose(own.values, await expected.data(), 1e-6);
    const found = check(book, { kind: "activationGradient", path: "0", index: [1, 1, 2, 2] });
    const through = (path: string) => found.terms.filter(({ label }) => label.startsWith(`${path}: `));
    expect(through("1.conv1").length + through("1.downsample.0").length).toBe(found.terms.length);
    expect([through("1.conv1").length, through("1.downsample.0").length]).toEqual([16 / 4, 4]);
    const readers = found.terms.map(({ factors }) => factors[0]!.address!);
    for (const reader of readers)
      expect(book.value(reader)).toBe(
        found.terms.flatMap(({ factors }) => factors).find(({ address }) => address === reader)!.value,
      );
    expect(found.note).toMatch(
      /^used 2 times: .* by "1.conv1" \(conv2d\), .* by "1.downsample.0" \(conv2d\)/,
    );
    // By finite differences, whatever the graph says.
    const nudge = async (by: number) => {
      const shifted = await images.data();
      const moved = Float32Array.from(shifted);
      moved[5]! += by;
      const again = await inspect.arithmetic(
        model,
        tensor(moved, { shape: images.shape }),
        tensor(labels, { dtype: "int32" }),
      );
      return again.value({ kind: "loss", path: "", index: [] });
    };
    const slope = ((await nudge(1e-2)) - (await nudge(-1e-2))) / 2e-2;
    expect(check(book, { kind: "inputGradient", path: "", index: [0, 0, 1, 1] }).result).toBeCloseTo(
      slope,
      3,
    );
  });

  it("takes what an inner layer does twice over into account", async () => {
    // The sigmoid is a layer, and part of silu as well.
    class Both extends nn.Module {
      readonly kind = "both";
      readonly sigmoid = nn.sigmoid();
      readonly silu = nn.silu();
      protected override compute(x: Tensor, options: nn.ForwardOptions) {
        return this.sigmoid.forward(x, options).multiply(3).add(this.silu.forward(x, options));
      }
    }
    const { book } = await open([new Both(), nn.dense(2)], [3]);
    for (const address of addresses(book)) expect(check(book, address).combination).not.toBe("composite");
    expect(check(book, { kind: "activationGradient", path: "0.sigmoid", index: [0, 1] }).terms).toHaveLength(
      2,
    );
  });
});
