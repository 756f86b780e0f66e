import { inspect, nn, tensor } from "gradus";
import { beforeAll, describe, expect, it } from "vitest";
import { patchesOf, rangeOf, windowOf } from "../../lab/src/parts/numbers/grids.js";
import { holding, nameOf, shortName } from "../../lab/src/parts/numbers/words.js";
import { usesOf } from "../../lab/src/worker/lenses/arithmetic.js";
import {
  isGradient,
  layerOf,
  numberText,
  offsetOf,
  operationOf,
  readNumber,
  twinOf,
} from "../../lab/src/worker/number-address.js";
import { RandomStream } from "../../src/random/stream.js";
import { sizeOf } from "../../src/shape/shape.js";

let book: inspect.ArithmeticBook;
/** All numbers that there are. */
let addresses: inspect.Address[];

beforeAll(async () => {
  const stream = new RandomStream(5);
  const noise = (size: number) => Float32Array.from({ length: size }, () => stream.normal());
  const model = nn.sequential([
    nn.conv2d(2, 3, { padding: "same" }),
    nn.relu(),
    nn.maxPool2d(2),
    nn.conv2d(3, 2),
    nn.residual(nn.sequential([nn.conv2d(3, 1), nn.tanh()])),
    nn.flatten(),
    nn.dense(4),
  ]);
  model.build([2, 6, 4], { seed: 3 });
  for (const [, variable] of model.variables()) variable.write(noise(variable.size));
  const images = tensor(noise(48), { shape: [1, 2, 6, 4] });
  book = await inspect.arithmetic(model, images, tensor([2], { dtype: "int32" }));
  addresses = book.tensors
    .flatMap(({ kind, path, shape }) =>
      Array.from({ length: sizeOf(shape) }, (_, offset) => ({
        kind,
        path,
        index: shape.map((extent, axis) => Math.floor(offset / sizeOf(shape.slice(axis + 1))) % extent),
      })),
    )
    // Rows of layers pass on what their last one gives.
    .filter(({ kind, path }) => !(kind.startsWith("activation") && book.passesOn(path)));
});

const mentioned = ({ terms }: inspect.Arithmetic) =>
  terms
    .flatMap(({ factors }) => factors.flatMap((factor) => [factor, ...(factor.of ?? [])]))
    .flatMap(({ address }) => (address === undefined ? [] : [numberText(address)]));

describe("the uses of a number", () => {
  it("are exactly the numbers that have it in their arithmetic, on the way that it goes", () => {
    const users = new Map<string, Set<string>>();
    for (const address of addresses) {
      for (const part of mentioned(book.explain(address))) {
        const known = users.get(part) ?? new Set();
        users.set(part, known.add(numberText(address)));
      }
    }
    let most = 0;
    for (const address of addresses) {
      // Derivatives and weights' gradients read values as well; the probabilities lead from one way to the other.
      const back = isGradient(address) || address.kind === "probability";
      const own = [...(users.get(numberText(address)) ?? [])].filter(
        (user) => isGradient(readNumber(user)) === back,
      );
      const found = usesOf(book, address).map(numberText);
      expect(found.toSorted(), numberText(address)).toEqual(own.toSorted());
      most = Math.max(most, found.length);
    }
    expect(most).toBeGreaterThanOrEqual(18);
  });
});

describe("numbers drawn as they lie", () => {
  it("are the patches of a convolution, which add up to it, with padding around", () => {
    const found = book.explain({ kind: "activation", path: "0", index: [0, 1, 0, 2] });
    const patches = patchesOf(found);
    expect(patches.map(({ name }) => name)).toEqual(["channel 0", "channel 1"]);
    for (const [channel, { numbers, kernel, products, sum }] of patches.entries()) {
      expect([numbers, kernel, products].map((grid) => grid.map((row) => row.length))).toEqual(
        Array(3).fill([3, 3, 3]),
      );
      let total = 0;
      for (const [y, x] of [0, 1, 2].flatMap((y) => [0, 1, 2].map((x) => [y, x] as const))) {
        const [number, weight, product] = [numbers, kernel, products].map((grid) => grid[y]?.[x]);
        expect(weight?.value).toBe(
          book.value({ kind: "weight", path: "0.weight", index: [1, channel, y, x] }),
        );
        const index = [0, channel, y - 1, 2 + x - 1];
        expect(number?.value).toBe(y === 0 ? 0 : book.value({ kind: "input", path: "", index }));
        expect(number?.mark).toBe(y === 0 ? "padding" : undefined);
        expect(product?.value).toBe((number?.value ?? 0) * (weight?.value ?? 0) + 0);
        total += product?.value ?? 0;
      }
      expect(sum).toBeCloseTo(total, 12);
    }
    const bias = book.value({ kind: "weight", path: "0.bias", index: [1] });
    expect((patches[0]?.sum ?? 0) + (patches[1]?.sum ?? 0) + bias).toBeCloseTo(found.result, 12);
  });

  it("are the filters of a gradient that comes through a convolution", () => {
    const found = book.explain({ kind: "inputGradient", path: "", index: [0, 0, 3, 2] });
    const patches = patchesOf(found);
    expect(patches.map(({ name }) => name)).toEqual(["filter 0", "filter 1"]);
    expect(patches.reduce((all, { sum }) => all + sum, 0)).toBeCloseTo(found.result, 12);
  });

  it("are the window of a maximum with its winner", () => {
    const found = book.explain({ kind: "activation", path: "2", index: [0, 1, 2, 1] });
    const window = windowOf(found) ?? [];
    expect(window.map((row) => row.length)).toEqual([2, 2]);
    const cells = window.flat();
    expect(rangeOf([window])[1]).toBe(found.result);
    expect(cells.filter((cell) => cell?.mark === "chosen").map((cell) => cell?.value)).toEqual([found.value]);
    expect(cells.map((cell) => cell?.address?.index.slice(2))).toEqual([
      [4, 2],
      [4, 3],
      [5, 2],
      [5, 3],
    ]);
  });

  it("are not those of other numbers", () => {
    const dense = book.explain({ kind: "activation", path: "6", index: [0, 1] });
    expect([patchesOf(dense), windowOf(dense)]).toEqual([[], undefined]);
  });
});

describe("the names of numbers", () => {
  it("are words that a link can carry", () => {
    for (const address of addresses) expect(readNumber(numberText(address))).toEqual(address);
    const texts = new Set(addresses.map(numberText));
    expect(texts.size).toBe(addresses.length);
  });

  it("say layer, kind and place", () => {
    const layer = { path: "0", kind: "conv2d" };
    const activation = { kind: "activation", path: "0", shape: [1, 8, 24, 24], layer } as const;
    expect(nameOf(activation, [0, 3, 4, 7], [])).toBe(
      "activation of layer 0 (conv2d), channel 3, row 4, column 7",
    );
    const bias = { kind: "weightGradient", path: "0.bias", shape: [8], layer } as const;
    expect(nameOf(bias, [5], [])).toBe("gradient of the loss by the bias of layer 0 (conv2d), filter 5");
    const probability = { kind: "probability", path: "", shape: [1, 2] } as const;
    expect(nameOf(probability, [0, 1], ["cat", "dog"])).toBe("probability of class dog");
    expect(shortName({ kind: "weightGradient", path: "0.bias", index: [5] })).toBe("gradient of 0.bias [5]");
    expect(shortName({ kind: "activation", path: "0", index: [0, 3, 4, 7] })).toBe("layer 0 [3, 4, 7]");
  });

  it("say what is inside of a layer", () => {
    const layer = { path: "3.0", kind: "basicBlock" };
    const sum = { kind: "activationGradient", path: "3.0/add", shape: [1, 8, 6, 6], layer } as const;
    expect(nameOf(sum, [0, 3, 4, 5], [])).toBe(
      "gradient of the loss by the sum inside of layer 3.0 (basicBlock), channel 3, row 4, column 5",
    );
    const second = { kind: "activation", path: "3.0/relu6.2", shape: [1, 4], layer, ownAxes: true } as const;
    expect(nameOf(second, [0, 3], [])).toBe("the relu6 2 inside of layer 3.0 (basicBlock), axis 1 3");
    expect(shortName({ ...second, index: [0, 3] })).toBe("relu6 2 in 3.0 [3]");
    expect(holding(sum)).toBe("gradient of its sum");
    expect([layerOf(sum), operationOf(sum)]).toEqual(["3.0", "add"]);
    const weight = { kind: "weight", path: "3.0.conv1.weight" } as const;
    expect([layerOf(weight), operationOf(weight)]).toEqual(["3.0.conv1", undefined]);
    expect(layerOf({ kind: "activation", path: "3.0" })).toBe("3.0");
  });

  it("lead from a value to its gradient and back", () => {
    const weight = { kind: "weight", path: "0.bias", index: [5] } as const;
    const gradient = twinOf(weight);
    expect(gradient).toEqual({ ...weight, kind: "weightGradient" });
    expect(twinOf(gradient ?? weight)).toEqual(weight);
    expect(twinOf({ kind: "loss", path: "", index: [] })).toBeUndefined();
    expect(offsetOf([0, 3, 4, 7], [1, 8, 24, 24])).toBe(3 * 576 + 4 * 24 + 7);
  });
});
