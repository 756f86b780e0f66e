import { describe, expect, it } from "vitest";
import * as nn from "../../src/nn/index.js";
import { RandomStream } from "../../src/random/stream.js";
import { tensor } from "../../src/tensor/creation.js";
import { expectClose } from "../support/close.js";
import { Stepper } from "../support/stepper.js";

const stream = new RandomStream(5);
const noise = (shape: number[]) =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => stream.normal()),
    { shape },
  );

const heads: [string, () => nn.Module[]][] = [
  ["dense layers", () => [nn.flatten(), nn.dense(7), nn.relu(), nn.dropout(0.5), nn.dense(4)]],
  ["a dense layer without bias", () => [nn.flatten(), nn.tanh(), nn.dense(4, { bias: false })]],
  ["global average pooling", () => [nn.globalAveragePool(), nn.dense(4)]],
  ["global max pooling", () => [nn.globalMaxPool(), nn.flatten(), nn.dense(4), nn.softmax()]],
  [
    "a nested head",
    () => [
      nn.sequential([nn.flatten(), nn.sequential([nn.dense(6), nn.batchNorm()]), nn.elu()]),
      nn.dense(4),
    ],
  ],
];

describe("toFullyConvolutional", () => {
  it.each(heads)("gives at each place what the classifier gives for the cut: %s", (_, head) => {
    // Strides 2 along rows and 1 along columns: places are as far apart.
    const model = nn.sequential([
      nn.conv2d(3, 3),
      nn.relu(),
      nn.maxPool2d([2, 3], { stride: [2, 1] }),
      nn.residual(nn.conv2d(3, 1)),
      ...head(),
    ]);
    expect(model.build([2, 10, 9], { seed: 3 })).toEqual([4]);
    const sliding = nn.toFullyConvolutional(model);
    expect(sliding.outputShape).toEqual([4, 1, 1]);

    const picture = noise([2, 2, 15, 13]);
    const stepper = new Stepper();
    const [all] = stepper.run(() => [sliding.forward(picture)]);
    const [rows, columns] = [3, 5];
    expect(sliding.forward(picture).shape).toEqual([2, 4, rows, columns]);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const cut = picture.slice([0, 0, 2 * row, column], [2, 2, 2 * row + 10, column + 9]);
        const [expected] = stepper.run(() => [model.forward(cut)]);
        const place = Array.from({ length: 8 }, (_, i) => all![(i * rows + row) * columns + column]!);
        expectClose(place, expected!, 1e-12, `place ${row}, ${column}`);
      }
    }
  });

  it("shares its variables with the classifier, which stays as it was", () => {
    const model = nn.sequential([nn.conv1d(2, 3), nn.flatten(), nn.dense(3), nn.relu(), nn.dense(2)]);
    model.build([1, 8]);
    const sliding = nn.toFullyConvolutional(model);
    expect([...sliding.variables()]).toEqual([...model.variables()]);
    const paths: string[] = [];
    model.forward(noise([1, 1, 8]), { onOutput: (path) => void paths.push(path) });
    expect(paths).toEqual(["0", "1", "2", "3", "4", ""]);
    expect(sliding.describe().map(({ path, kind, multiplyAdds }) => [path, kind, multiplyAdds])).toEqual([
      ["0", "conv1d", 36],
      ["1", "identity", 0],
      ["2", "slidingDense", 36],
      ["3", "relu", 0],
      ["4", "slidingDense", 6],
    ]);
  });

  it("names the layer that cannot slide", () => {
    const across = nn.sequential([nn.conv2d(2, 3), nn.dense(4), nn.flatten()]);
    across.build([1, 5, 5]);
    expect(() => nn.toFullyConvolutional(across)).toThrow(/layer 1 \(dense\).*\[2, 3, 3\], cannot slide/);
    const plain = nn.sequential([nn.sequential([nn.dense(2)])]);
    plain.build([5]);
    expect(() => nn.toFullyConvolutional(plain)).toThrow(/layer 0\.0 \(dense\)/);
    expect(() => nn.toFullyConvolutional(nn.sequential([nn.conv2d(1, 1)]))).toThrow(/not built/);
  });
});
