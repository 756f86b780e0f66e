import { compile, type data, losses, nn, random, type Tensor, tensor, Variable } from "gradus";
import { DataSets } from "../data-sets.js";
import { History } from "./history.js";
import { activations, type LayerSpec } from "./network.js";
import { makeOptimizer, type OptimizerName } from "./optimizers.js";
import { type Curve, type MakePlayground, requireFinite } from "./playground.js";
import { batchIndices } from "./point-batches.js";

/** How many digits are laid out. */
const shown = 600;

export interface AutoencoderFixed {
  /** From the picture to the code; the way back has the same layers in reverse. */
  readonly layers: readonly LayerSpec[];
  readonly optimizer: OptimizerName;
  readonly seed: number;
}

export interface AutoencoderLive {
  readonly learningRate: number;
  readonly batchSize: number;
  /** Standard deviation of what is added to each pixel, of 0 to 1, before the network sees it. */
  readonly noise: number;
  /** Which of the digits is looked at. */
  readonly digit: number;
  /** The code that is drawn. */
  readonly point: readonly [number, number];
}

export interface AutoencoderFrame {
  readonly loss: number;
  readonly curve: Curve;
  readonly side: number;
  /** `[shown, 2]` */
  readonly codes: Float32Array<ArrayBuffer>;
  readonly labels: Uint8Array<ArrayBuffer>;
  /** The digit that is looked at, as bytes: as it is, as the network sees it, and what it makes of that. */
  readonly digit: Uint8Array<ArrayBuffer>;
  readonly noisy: Uint8Array<ArrayBuffer>;
  readonly reconstruction: Uint8Array<ArrayBuffer>;
  /** What the point decodes to, as bytes. */
  readonly decoded: Uint8Array<ArrayBuffer>;
}

/** Digits, and a network that must pass each through two numbers. */
export const autoencoder: MakePlayground<AutoencoderFixed, AutoencoderLive, AutoencoderFrame> = async (
  fixed,
  live,
  { base },
) => {
  const { train } = await new DataSets(base).load("digits");
  return autoencoderOf(train, fixed, live);
};

const dense = ({ units, activation }: LayerSpec) => [nn.dense(units), activations[activation]()];

/** The same with any images of one channel. */
export const autoencoderOf = (
  images: data.LabelledImages,
  fixed: AutoencoderFixed,
  first: AutoencoderLive,
): Awaited<ReturnType<typeof autoencoder>> => {
  const { seed, layers } = fixed;
  const size = images.height * images.width;
  const encoder = nn.sequential([...layers.flatMap(dense), nn.dense(2)]);
  const decoder = nn.sequential([...layers.toReversed().flatMap(dense), nn.dense(size)]);
  const model = nn.sequential([encoder, decoder]);
  model.build([size], { seed });
  const optimizer = makeOptimizer(fixed.optimizer, model.parameters(), first.learningRate);
  const noise = new Variable([], first.noise, { trainable: false, name: "noise" });
  const generator = new random.Generator(seed);
  const history = new History();
  const count = Math.min(shown, images.count);
  let live = first;
  let steps = 0;

  const rowsOf = (indices: ArrayLike<number>): Tensor => {
    const rows = new Float32Array(indices.length * size);
    for (let i = 0; i < indices.length; i++) {
      const from = (indices[i] as number) * size;
      for (let pixel = 0; pixel < size; pixel++)
        rows[i * size + pixel] = (images.pixels[from + pixel] as number) / 255;
    }
    return tensor(rows, { shape: [indices.length, size] });
  };
  const all = rowsOf(Array.from({ length: count }, (_, i) => i));

  const train = compile((clean: Tensor) => {
    const seen = clean.add(generator.normal(clean.shape).multiply(noise.value)).clip(0, 1);
    // The loss is that of the clean picture: what was added must go.
    const loss = losses.binaryCrossEntropy(model.forward(seen, { training: true }), clean);
    optimizer.minimize(loss);
    return loss;
  });
  const encode = compile((x: Tensor) => encoder.forward(x));
  const decode = compile((code: Tensor) => decoder.forward(code).sigmoid().multiply(255).add(0.5).floor());
  const bytes = async (values: Tensor) => Uint8Array.from(await values.data());

  return {
    change(next) {
      if (next.learningRate !== live.learningRate) optimizer.learningRate = next.learningRate;
      if (next.noise !== live.noise) noise.write([next.noise]);
      live = next;
    },

    async step() {
      const indices = batchIndices(seed, images.count, Math.min(live.batchSize, images.count), steps);
      const loss = await train(rowsOf(indices)).item();
      requireFinite(loss, steps + 1, live.learningRate);
      steps++;
      history.push(loss);
    },

    async frame() {
      const index = live.digit % count;
      const digit = images.pixels.slice(index * size, (index + 1) * size);
      // The same noise in each frame, so that one sees the network change and nothing else.
      const stream = new random.RandomStream(seed, index + 1);
      const noisy = Float32Array.from(digit, (byte) => {
        const value = byte / 255 + live.noise * stream.normal();
        return Math.max(0, Math.min(1, value));
      });
      const code = encode(tensor(noisy, { shape: [1, size] }));
      return {
        loss: history.recent(20),
        curve: history.curve(),
        side: images.width,
        codes: Float32Array.from(await encode(all).data()),
        labels: Uint8Array.from(images.labels.slice(0, count)),
        digit: Uint8Array.from(digit),
        noisy: Uint8Array.from(noisy, (value) => Math.round(255 * value)),
        reconstruction: await bytes(decode(tensor(await code.data(), { shape: [1, 2] }))),
        decoded: await bytes(decode(tensor([...live.point], { shape: [1, 2] }))),
      };
    },
  };
};
