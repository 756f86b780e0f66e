import { expect } from "vitest";
import { dependence } from "../../src/inspect/dependence.js";
import { indices } from "../../src/inspect/index-set.js";
import { receptiveField } from "../../src/inspect/receptive-field.js";
import { trace } from "../../src/inspect/trace.js";
import * as nn from "../../src/nn/index.js";
import { RandomStream } from "../../src/random/stream.js";
import { type Shape, ShapeError, sizeOf, stridesOf } from "../../src/shape/shape.js";
import { concatenate, tensor } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { Stepper } from "../support/stepper.js";

/** A layer from a function, as users write them. */
class Custom extends nn.Module {
  readonly kind = "custom";
  readonly run: (x: Tensor) => Tensor;

  constructor(run: (x: Tensor) => Tensor) {
    super();
    this.run = run;
  }

  protected override compute(x: Tensor): Tensor {
    return this.run(x);
  }
}

const custom = (run: (x: Tensor) => Tensor) => new Custom(run);
const flip = (axes: number[]) => custom((x) => x.flip(axes));
const joined = (axis: number) => custom((x) => concatenate([x, x.flip([2])], axis));
const running = (axis: number, exclusive: boolean, reverse: boolean) =>
  custom((x) => x.cumulativeSum(axis, { exclusive, reverse }));

/** Layers drawn by lot; not all fit the shape they are given. */
function randomLayer(stream: RandomStream, depth = 0): nn.Module {
  const from = (low: number, high: number) => low + stream.integer(high - low + 1);
  const window = () => [from(1, 3), from(1, 3)];
  const makers: (() => nn.Module)[] = [
    () =>
      nn.conv2d(2 * from(1, 2), window(), {
        stride: window(),
        dilation: [from(1, 2), from(1, 3)],
        padding: [[from(0, 2), from(0, 2)], from(0, 2)],
        groups: from(1, 2),
      }),
    () => nn.conv2d(2, 3, { padding: "same" }),
    () => nn.maxPool2d(from(2, 3), { stride: from(1, 2), padding: from(0, 1) }),
    () => nn.averagePool2d(2),
    () => nn.averagePool2d(window(), { stride: from(1, 2), padding: 1 }),
    () => nn.relu(),
    () => nn.batchNorm(),
    () => nn.dense(from(1, 4)),
    () => nn.softmax(from(1, 3)),
    () => custom((x) => x.permute([0, 2, 1, 3])),
    () => flip([from(1, 2), 3]),
    () =>
      custom((x) =>
        x.slice([0, 0, 1, 0], [x.shape[0]!, x.shape[1]!, x.shape[2]!, x.shape[3]! - 1], [1, 1, 2, 1]),
      ),
    () =>
      custom((x) =>
        x.pad([
          [0, 0],
          [0, 0],
          [1, 2],
          [2, -1],
        ]),
      ),
    () => running(from(2, 3), from(0, 1) === 0, from(0, 1) === 0),
    // Twice as large, by repeating each row and column.
    () =>
      custom((x) => {
        const [n, c, h, w] = x.shape as [number, number, number, number];
        return x
          .reshape([n, c, h, 1, w, 1])
          .broadcastTo([n, c, h, 2, w, 2])
          .reshape([n, c, 2 * h, 2 * w]);
      }),
    // Channels into positions, and whatever else comes of laying the values out anew.
    () => custom((x) => x.reshape([x.shape[0]!, x.shape[2]!, x.shape[1]!, x.shape[3]!])),
    () => custom((x) => x.reshape([x.shape[0]!, 1, x.shape[1]! * x.shape[2]!, x.shape[3]!])),
    () => joined(from(1, 3)),
    () =>
      custom((x) =>
        x.add(
          x.slice([0, 0, 0, 1]).pad([
            [0, 0],
            [0, 0],
            [0, 0],
            [1, 0],
          ]),
        ),
      ),
  ];
  if (depth < 2) {
    makers.push(
      () =>
        nn.residual(
          nn.sequential([randomLayer(stream, depth + 1), nn.conv2d(2, 3, { padding: "same" })]),
          nn.conv2d(2, 1),
        ),
      () => nn.parallel([randomLayer(stream, depth + 1), nn.conv2d(2, 3, { padding: "same" }), nn.relu()]),
    );
  }
  return makers[stream.integer(makers.length)]!();
}

function randomNetwork(stream: RandomStream, inputShape: Shape): nn.Module {
  for (;;) {
    const model = nn.sequential(Array.from({ length: 1 + stream.integer(5) }, () => randomLayer(stream)));
    try {
      if (sizeOf(model.build(inputShape, { seed: 1 })) <= 300) return model;
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
    }
  }
}

/** For each element of the input, which elements of the output become NaN when it is NaN: `[input, output]`. */
function spread(model: nn.Module): boolean[][] {
  const size = sizeOf(model.inputShape);
  const pixels = Float32Array.from({ length: size * size }, (_, i) =>
    i % (size + 1) === 0 ? Number.NaN : 1,
  );
  const [output] = new Stepper().run(() => [
    model.forward(tensor(pixels, { shape: [size, ...model.inputShape] })),
  ]);
  const outputs = sizeOf(model.outputShape);
  return Array.from({ length: size }, (_, i) =>
    Array.from(output!.subarray(i * outputs, (i + 1) * outputs), (value) => Number.isNaN(value)),
  );
}

const coordinates = (position: number, shape: Shape) =>
  stridesOf(shape).map((stride, axis) => Math.floor(position / stride) % shape[axis]!);

/**
 * Draws networks and compares where changes of some of their units come from, by brute force, with the regions and the box
 * that are computed. Returns how many units were compared, and how many of them see more than one region.
 */
export function compareRandomNetworks(seed: number, count: number): { units: number; split: number } {
  const stream = new RandomStream(seed);
  let units = 0;
  let split = 0;
  for (let i = 0; i < count; i++) {
    const inputShape = [2, 4 + stream.integer(4), 4 + stream.integer(4)];
    const model = randomNetwork(stream, inputShape);
    const reached = spread(model);
    const { input, output } = trace(model, "", inputShape, "test");
    const outputs = sizeOf(model.outputShape);
    for (let unit = 0; unit < outputs; unit += 1 + stream.integer(Math.ceil(outputs / 8))) {
      const at = coordinates(unit, model.outputShape);
      const what = `network ${i}, unit [${at}]: ${model.describe().map(({ kind }) => kind)}`;
      const expected = reached.flatMap((row, cell) => (row[unit] ? [coordinates(cell, inputShape)] : []));
      const regions = dependence(
        output.node,
        [0, ...at].map((index) => [[index, index]]),
        input,
      );
      const cells = regions.flatMap((region) =>
        region.reduce<number[][]>(
          (heads, set) => heads.flatMap((head) => [...indices(set)].map((index) => [...head, index])),
          [[]],
        ),
      );
      expect([...new Set(cells.map((cell) => cell.slice(1).join()))].sort(), what).toEqual(
        expected.map(String).sort(),
      );
      const box = receptiveField(model, { unit: at });
      if (expected.length === 0) expect(box, what).toBeUndefined();
      else {
        expect(box, what).toEqual({
          start: inputShape.map((_, axis) => Math.min(...expected.map((cell) => cell[axis]!))),
          stop: inputShape.map((_, axis) => 1 + Math.max(...expected.map((cell) => cell[axis]!))),
        });
      }
      units++;
      if (regions.length > 1) split++;
    }
  }
  return { units, split };
}
