import { compile, losses, type Tensor, tensor } from "gradus";
import { History } from "./history.js";
import { type LayerSpec, network } from "./network.js";
import { makeOptimizer, type OptimizerName } from "./optimizers.js";
import { drawnPicture, type PackedPicture, type PictureName, unpackPicture } from "./pictures.js";
import { type Curve, type MakePlayground, requireFinite } from "./playground.js";
import { batchIndices } from "./point-batches.js";

export interface PaintingFixed {
  /** One of the drawn pictures, or one that the user brought. */
  readonly picture: PictureName | PackedPicture;
  readonly layers: readonly LayerSpec[];
  readonly optimizer: OptimizerName;
  readonly seed: number;
}

export interface PaintingLive {
  readonly learningRate: number;
  readonly batchSize: number;
}

export interface PaintingFrame {
  readonly loss: number;
  readonly curve: Curve;
  readonly width: number;
  readonly height: number;
  /** Bytes `[3, height, width]`. */
  readonly painted: Uint8Array<ArrayBuffer>;
}

/** A picture, and a network that is to tell the colour at each place. */
export const painting: MakePlayground<PaintingFixed, PaintingLive, PaintingFrame> = async (fixed, first) => {
  const { width, height, pixels } =
    typeof fixed.picture === "string" ? drawnPicture(fixed.picture) : unpackPicture(fixed.picture);
  const { model } = network(2, fixed.layers, 3, fixed.seed);
  const optimizer = makeOptimizer(fixed.optimizer, model.parameters(), first.learningRate);
  const history = new History();
  const count = width * height;
  let live = first;
  let steps = 0;

  const paint = (x: Tensor) => model.forward(x).sigmoid();
  const train = compile((x: Tensor, colors: Tensor) => {
    const loss = losses.meanSquaredError(paint(x), colors);
    optimizer.minimize(loss);
    return loss;
  });
  // Bytes in planes, as pictures have them.
  const paintAll = compile((x: Tensor) => paint(x).multiply(255).add(0.5).floor().transpose(0, 1));

  // Coordinates of variance about 1, which the initial weights are made for.
  const scale = 1.7 / Math.max(width, height);
  const place = (index: number): [number, number] => [
    scale * (2 * (index % width) - width + 1),
    scale * (2 * Math.floor(index / width) - height + 1),
  ];
  const everywhere = Float32Array.from(
    { length: 2 * count },
    (_, i) => place(Math.floor(i / 2))[i % 2] as number,
  );

  return {
    change(next) {
      if (next.learningRate !== live.learningRate) optimizer.learningRate = next.learningRate;
      live = next;
    },

    async step() {
      const indices = batchIndices(fixed.seed, count, Math.min(live.batchSize, count), steps);
      const places = new Float32Array(2 * indices.length);
      const colors = new Float32Array(3 * indices.length);
      indices.forEach((index, row) => {
        places.set(place(index), 2 * row);
        for (let c = 0; c < 3; c++) colors[3 * row + c] = (pixels[c * count + index] as number) / 255;
      });
      const rows = indices.length;
      const loss = await train(
        tensor(places, { shape: [rows, 2] }),
        tensor(colors, { shape: [rows, 3] }),
      ).item();
      requireFinite(loss, steps + 1, live.learningRate);
      steps++;
      history.push(loss);
    },

    async frame() {
      const painted = await paintAll(tensor(everywhere, { shape: [count, 2] })).data();
      return {
        loss: history.recent(20),
        curve: history.curve(),
        width,
        height,
        painted: Uint8Array.from(painted),
      };
    },
  };
};
