import { describe, expect, it, test } from "vitest";
import { inspect, models, nn, tensor } from "../../src/index.js";
import type { Shape } from "../../src/shape/shape.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { expectClose } from "../support/close.js";
import { addresses, built, check, nameOf, noise, open } from "./arithmetic-book.js";

const head = (classes = 3) => [nn.flatten(), nn.dense(classes)];

const networks: [string, () => nn.Module[], Shape][] = [
  ["dense", () => [nn.dense(4), nn.tanh(), nn.dense(3, { bias: false })], [5]],
  ["dense by rows", () => [nn.dense(4), nn.sigmoid(), ...head()], [3, 5]],
  ["conv1d", () => [nn.conv1d(3, 3, { stride: 2, padding: [[2, 1]], dilation: 2 }), ...head()], [2, 9]],
  [
    "conv2d: stride, padding, dilation",
    () => [
      nn.conv2d(3, [3, 2], { stride: [2, 1], padding: [[1, 2], 1], dilation: [1, 2] }),
      nn.relu(),
      nn.conv2d(2, 3, { padding: "same", bias: false }),
      ...head(),
    ],
    [2, 6, 5],
  ],
  ["conv2d: groups", () => [nn.conv2d(6, 2, { groups: 2, stride: 2 }), nn.elu(0.7), ...head()], [4, 5, 6]],
  ["conv2d: same, strided", () => [nn.conv2d(2, 3, { padding: "same", stride: 2 }), ...head()], [1, 6, 7]],
  ["conv3d", () => [nn.conv3d(2, 2, { padding: 1 }), nn.relu(), ...head()], [1, 3, 2, 3]],
  [
    "depthwise, separable",
    () => [
      nn.depthwiseConv2d(3, { multiplier: 2, padding: 1 }),
      nn.silu(),
      nn.separableConv2d(3, 2),
      ...head(),
    ],
    [3, 4, 4],
  ],
  ["maxPool", () => [nn.maxPool2d(2), nn.maxPool2d(3, { stride: 1, padding: 1 }), ...head()], [2, 7, 6]],
  [
    "maxPool: dilated, ceiled",
    () => [nn.maxPool2d(2, { stride: 2, dilation: 2, ceilMode: true }), ...head()],
    [2, 6, 7],
  ],
  ["averagePool", () => [nn.averagePool2d(2), ...head()], [2, 5, 6]],
  [
    "averagePool: padding counted and not",
    () => [
      nn.averagePool2d(3, { stride: 2, padding: 1, ceilMode: true }),
      nn.averagePool2d([2, 3], { stride: 1, padding: 1, countIncludePad: false }),
      ...head(),
    ],
    [2, 6, 7],
  ],
  ["global pooling", () => [nn.conv2d(4, 2), nn.globalAveragePool()], [2, 4, 4]],
  ["global maximum", () => [nn.conv2d(4, 2), nn.globalMaxPool()], [2, 4, 4]],
  ["batchNorm", () => [nn.conv2d(3, 2), nn.batchNorm(), nn.relu(), ...head()], [2, 4, 4]],
  [
    "batchNorm without weights",
    () => [nn.dense(4), nn.batchNorm({ affine: false, epsilon: 0.1 }), nn.dense(3)],
    [5],
  ],
  ["dropout", () => [nn.dropout(0.3), nn.spatialDropout(0.2), nn.gaussianDropout(0.1), ...head()], [2, 3, 3]],
  ["prelu", () => [nn.prelu(), nn.prelu({ perChannel: true }), ...head()], [3, 3, 2]],
  ["softmax", () => [nn.softmax(), nn.softmax(-1), ...head()], [3, 2, 4]],
  [
    "nested, residual, parallel",
    () => [
      nn.sequential([nn.conv2d(2, 3, { padding: 1 }), nn.sequential([nn.relu()])]),
      nn.residual(nn.sequential([nn.conv2d(2, 3, { padding: "same" }), nn.tanh()])),
      nn.residual(nn.conv2d(3, 1), nn.conv2d(3, 1)),
      nn.parallel([nn.conv2d(2, 1), nn.relu(), nn.maxPool2d(3, { stride: 1, padding: 1 })]),
      ...head(),
    ],
    [1, 4, 4],
  ],
];

describe("the terms of a number", () => {
  test.each(networks)("give it: %s", async (_, layers, shape) => {
    const { book } = await open(layers(), shape);
    const kinds = new Set<string>();
    for (const address of addresses(book)) {
      kinds.add(address.kind);
      expect(check(book, address).combination, nameOf(address)).not.toBe("composite");
    }
    expect(kinds.size).toBe(9);
  });

  const functions: [string, () => nn.Module][] = [
    ["step", () => nn.step()],
    ["relu", () => nn.relu()],
    ["relu6", () => nn.relu6()],
    ["leakyRelu", () => nn.leakyRelu(0.2)],
    ["elu", () => nn.elu(1.3)],
    ["selu", () => nn.selu()],
    ["sigmoid", () => nn.sigmoid()],
    ["logSigmoid", () => nn.logSigmoid()],
    ["tanh", () => nn.tanh()],
    ["hardTanh", () => nn.hardTanh(-0.5, 2)],
    ["softsign", () => nn.softsign()],
    ["softplus", () => nn.softplus()],
    ["silu", () => nn.silu()],
    ["mish", () => nn.mish()],
    ["gelu", () => nn.gelu()],
    ["gelu by tanh", () => nn.gelu("tanh")],
    ["hardSigmoid", () => nn.hardSigmoid()],
    ["hardSwish", () => nn.hardSwish()],
  ];

  test.each(functions)("are those of %s, on its kinks too", async (_, make) => {
    const model = built([make(), nn.dense(3)], [11]);
    const images = tensor([[-7, -3, -1.1, -0.5, 0, 0.4, 1.7, 2, 3, 6, 8]]);
    const book = await inspect.arithmetic(model, images, tensor([1], { dtype: "int32" }));
    for (const address of addresses(book)) expect(check(book, address).combination).not.toBe("composite");
  });

  it("give every number of a named network, whose layers have names", async () => {
    const model = models.lenet();
    model.build([1, 28, 28], { seed: 1 });
    const image = tensor(noise(784), { shape: [1, 1, 28, 28] });
    const book = await inspect.arithmetic(model, image, tensor([7], { dtype: "int32" }));
    expect(book.tensor("weight", "fc3.bias").shape).toEqual([10]);
    for (const address of addresses(book, 4)) expect(check(book, address).combination).not.toBe("composite");
  });

  it("of a network's activations are what the network gives without the book", async () => {
    const { model, book, images } = await open(networks[3]![1](), networks[3]![2]);
    const logits = await model.forward(images).data();
    expectClose(book.tensor("activation").values, logits, 1e-6);
    expect(book.value({ kind: "input", path: "", index: [1, 0, 2, 3] })).toBe(
      (await images.data())[60 + 2 * 5 + 3],
    );
  });
});

describe("what the terms say", () => {
  it("of a convolution: patch times kernel, and what is padding", async () => {
    const { book } = await open([nn.conv2d(2, 3, { padding: 1 }), ...head()], [1, 4, 4]);
    const { terms, formula } = book.explain({ kind: "activation", path: "0", index: [1, 1, 0, 2] });
    expect(terms).toHaveLength(10);
    expect(terms.map(({ mark }) => mark === "padding")).toEqual([1, 1, 1, 0, 0, 0, 0, 0, 0, 0].map(Boolean));
    expect(terms[4]!.factors.map(({ address }) => address)).toEqual([
      { kind: "input", path: "", index: [1, 0, 0, 2] },
      { kind: "weight", path: "0.weight", index: [1, 0, 1, 1] },
    ]);
    expect(terms.at(-1)!.label).toBe("bias");
    expect(formula).toContain("\\sum_{c,k}");
  });

  it("of a maximum: the first of equals wins, and gets the gradient", async () => {
    const model = built([nn.maxPool2d(2, { stride: 1 }), ...head(2)], [1, 2, 3]);
    const images = tensor([
      [
        [
          [1, 4, 4],
          [4, 2, 4],
        ],
      ],
    ]);
    const book = await inspect.arithmetic(model, images, tensor([0], { dtype: "int32" }));
    const winners = [0, 1].map((column) => {
      const { terms } = check(book, { kind: "activation", path: "0", index: [0, 0, 0, column] });
      return terms.find(({ mark }) => mark === "chosen")!.factors[0]!.address!.index;
    });
    expect(winners).toEqual([
      [0, 0, 0, 1],
      [0, 0, 0, 1],
    ]);
    const gradients = addresses(book).filter(({ kind }) => kind === "inputGradient");
    const won = gradients.map((address) =>
      check(book, address).terms.filter(({ mark }) => mark === "chosen"),
    );
    expect(won.map(({ length }) => length)).toEqual([0, 2, 0, 0, 0, 0]);
  });

  it("of the loss: exponentials, their sum, the logarithm, the mean", async () => {
    const { book, labels } = await open([nn.dense(3)], [4]);
    const loss = check(book, { kind: "loss", path: "", index: [] });
    expect(loss.terms.map(({ factors }) => factors[0]!.address!.index)).toEqual([[0], [1]]);
    const one = check(book, loss.terms[1]!.factors[0]!.address!);
    const p = book.value({ kind: "probability", path: "", index: [1, labels[1]!] });
    expect(one.result).toBeCloseTo(-Math.log(p), 5);
    const slopes = [0, 1, 2].map((c) =>
      check(book, { kind: "activationGradient", path: "0", index: [1, c] }),
    );
    expect(slopes.map(({ terms }) => terms.length)).toEqual([0, 1, 2].map((c) => (c === labels[1] ? 2 : 1)));
  });

  it("of logits that are far apart stay finite", async () => {
    const model = nn.sequential([nn.dense(2, { initializer: nn.init.constant(1), bias: false })]);
    model.build([1]);
    model.parameters()[0]!.write([300, -300]);
    const book = await inspect.arithmetic(model, tensor([[1]]), tensor([1], { dtype: "int32" }));
    expect(check(book, { kind: "loss", path: "", index: [] }).result).toBe(600);
  });

  it("lead from the loss to every weight", async () => {
    const { book, model } = await open(networks.at(-1)![1](), networks.at(-1)![2], 1);
    const reached = new Map<string, inspect.Address>();
    const waiting: inspect.Address[] = [{ kind: "loss", path: "", index: [] }];
    for (let address = waiting.pop(); address; address = waiting.pop()) {
      if (reached.has(nameOf(address))) continue;
      reached.set(nameOf(address), address);
      const factors = book.explain(address).terms.flatMap((term) => term.factors);
      for (const factor of factors.flatMap((one) => [one, ...(one.of ?? [])]))
        if (factor.address) waiting.push(factor.address);
    }
    const weights = [...reached.values()].filter(({ kind }) => kind === "weight");
    const count = model.parameters().reduce((all, { size }) => all + size, 0);
    expect(weights).toHaveLength(count);
  });

  it("is plain data", async () => {
    const { book } = await open([nn.conv2d(2, 3), nn.relu(), ...head()], [1, 4, 4]);
    for (const address of addresses(book, 3)) {
      const found = book.explain(address);
      expect(JSON.parse(JSON.stringify(found))).toEqual(found);
    }
  });

  it("can be read in a terminal", async () => {
    const { book } = await open([nn.conv2d(1, 3), nn.relu(), ...head()], [1, 4, 4]);
    const found = book.explain({ kind: "activation", path: "0", index: [0, 0, 1, 0] });
    const lines = inspect.arithmeticText(found, { maximumTerms: 4 }).split("\n");
    expect(lines[0]).toMatch(/^activation 0 \[0, 0, 1, 0\] = -?\d/);
    expect(lines.slice(1, 5).every((line) => /<weight 0\.|<input|bias/.test(line))).toBe(true);
    expect(lines[5]).toBe("  and 6 smaller terms");
    expect(lines.join("\n")).not.toContain("\\");
  });
});

describe("what has no formula", () => {
  it("is a composite of the numbers it is computed from", async () => {
    const { book } = await open([nn.convTranspose2d(3, 2), nn.conv2d(2, 2), ...head()], [2, 3, 3]);
    const found = book.explain({ kind: "activation", path: "0", index: [1, 2, 0, 1] });
    expect(found).toMatchObject({ combination: "composite", value: found.result });
    const from = found.terms.map(({ factors }) => factors[0]!.address!.index);
    expect(from).toEqual([0, 1].flatMap((channel) => [0, 1].map((column) => [1, channel, 0, column])));
    for (const address of addresses(book)) check(book, address);
    expect(book.explain({ kind: "inputGradient", path: "", index: [0, 0, 0, 0] }).note).toContain(
      '"0" (convTranspose2d)',
    );
    expect(book.explain({ kind: "weightGradient", path: "0.bias", index: [0] }).combination).toBe(
      "composite",
    );
  });

  it("may stand in the midst of what has: a single operation of the graph", async () => {
    class Sorted extends nn.Module {
      readonly kind = "sorted";
      readonly inner = nn.dense(4);
      protected override compute(x: Tensor, options: nn.ForwardOptions) {
        return this.inner.forward(x, options).cumulativeSum(1).multiply(2);
      }
    }
    const { book } = await open([new Sorted(), nn.dense(2)], [4]);
    const found = check(book, { kind: "activation", path: "0/cumulativeSum", index: [1, 2] });
    expect(found.combination).toBe("composite");
    expect(found.terms.map(({ factors }) => factors[0]!.address)).toEqual(
      [0, 1, 2].map((unit) => ({ kind: "activation", path: "0.inner", index: [1, unit] })),
    );
    expect(check(book, { kind: "activation", path: "0", index: [0, 1] }).combination).toBe("sum");
    for (const address of addresses(book)) check(book, address);
  });
});

describe("a book", () => {
  it("is of the weights as they are now", async () => {
    const { model, images, book } = await open([nn.dense(2)], [2]);
    const before = book.value({ kind: "loss", path: "", index: [] });
    model.variables().get("0.bias")!.write([5, -5]);
    const again = await inspect.arithmetic(model, images, tensor([1, 1], { dtype: "int32" }));
    expect(check(again, { kind: "loss", path: "", index: [] }).value).toBeGreaterThan(before);
    expect(book.value({ kind: "loss", path: "", index: [] })).toBe(before);
  });

  it("says what there is, if something is asked for that is not", async () => {
    const { book } = await open([nn.conv2d(2, 3), ...head()], [1, 4, 4]);
    const ask = (address: inspect.Address) => () => book.explain(address);
    expect(ask({ kind: "activation", path: "7", index: [0] })).toThrow(
      /activation of "7".*"0", "1", "2", ""/,
    );
    expect(ask({ kind: "weight", path: "0", index: [0] })).toThrow(/"0.weight", "0.bias"/);
    expect(ask({ kind: "activation", path: "0", index: [0, 2, 0, 0] })).toThrow(
      /\[0, 2, 0, 0\] is not in the activation of "0", whose shape is \[2, 2, 2, 2\]/,
    );
    expect(ask({ kind: "activation", path: "0", index: [0, 0] })).toThrow(/one index for each axis/);
    expect(ask({ kind: "probability", path: "", index: [0, 0.5] })).toThrow(/whose shape is \[2, 3\]/);
  });

  it("refuses what it cannot run", async () => {
    const one = tensor([0], { dtype: "int32" });
    const relu = nn.relu();
    const twice = built([relu, nn.dense(2), relu], [2]);
    await expect(inspect.arithmetic(twice, tensor([[1, 2]]), one)).rejects.toThrow(/"0" \(relu\) runs twice/);
    const maps = built([nn.conv2d(2, 1)], [1, 2, 2]);
    const image = tensor([
      [
        [
          [1, 2],
          [3, 4],
        ],
      ],
    ]);
    await expect(inspect.arithmetic(maps, image, one)).rejects.toThrow(
      /gives \[1, 2, 2, 2\].*\[N, classes\]/,
    );
    const model = built([nn.dense(2)], [2]);
    const wrong = tensor([2], { dtype: "int32" });
    await expect(inspect.arithmetic(model, tensor([[1, 2]]), wrong)).rejects.toThrow(
      /label of example 0 is 2.*2 classes/,
    );
    await expect(inspect.arithmetic(model, tensor([[1, 2]], { dtype: "int32" }), one)).rejects.toThrow(
      /float32/,
    );
    await expect(
      inspect.arithmetic(model, tensor([[1, 2]]), tensor([0, 1], { dtype: "int32" })),
    ).rejects.toThrow(/crossEntropy.*\[1\]/);
  });
});
