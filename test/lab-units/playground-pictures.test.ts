import { beforeAll, describe, expect, it } from "vitest";
import { type AutoencoderLive, autoencoderOf } from "../../lab/src/worker/playgrounds/autoencoder.js";
import { painting } from "../../lab/src/worker/playgrounds/painting.js";
import {
  drawnPicture,
  type PictureName,
  packPicture,
  pictures,
  unpackPicture,
} from "../../lab/src/worker/playgrounds/pictures.js";
import { type data, useDevice } from "../../src/index.js";
import { advanced } from "./playground-steps.js";

beforeAll(() => {
  useDevice({ threads: 1 });
});

describe("pictures", () => {
  it("are drawn in several colours, and survive the way to the Worker", () => {
    for (const name of Object.keys(pictures) as PictureName[]) {
      const picture = drawnPicture(name);
      expect(new Set(picture.pixels).size).toBeGreaterThan(5);
      const packed = packPicture(picture);
      expect(packPicture(unpackPicture(packed))).toEqual(packed);
      expect(Buffer.from(packed.base64, "base64").equals(picture.pixels)).toBe(true);
    }
  });

  it("are painted better and better", async () => {
    // Left red, right blue.
    const pixels = Uint8Array.from({ length: 3 * 8 * 8 }, (_, i) =>
      i % 8 < 4 === i < 64 && (i < 64 || i >= 128) ? 250 : 10,
    );
    const game = await painting(
      {
        picture: packPicture({ width: 8, height: 8, pixels }),
        layers: [{ units: 16, activation: "tanh" }],
        optimizer: "adam",
        seed: 1,
      },
      { learningRate: 0.03, batchSize: 64 },
      { base: "http://localhost/" },
    );
    const early = await advanced(game, 1);
    const late = await advanced(game, 400);
    expect(early.loss).toBeGreaterThan(0.05);
    expect(late.loss).toBeLessThan(0.003);
    const error = (painted: Uint8Array) =>
      Math.max(...painted.map((byte, i) => Math.abs(byte - (pixels[i] as number))));
    expect(error(late.painted)).toBeLessThan(60);
    expect(error(early.painted)).toBeGreaterThan(60);
  });
});

describe("the autoencoder", () => {
  const side = 6;
  const count = 40;
  // A bright row, or a bright column, somewhere.
  const images: data.LabelledImages = {
    name: "bars",
    classes: ["row", "column"],
    channels: 1,
    height: side,
    width: side,
    count,
    labels: Uint8Array.from({ length: count }, (_, i) => i % 2),
    pixels: Uint8Array.from({ length: count * side * side }, (_, k) => {
      const [i, row, column] = [Math.floor(k / 36), Math.floor(k / 6) % 6, k % 6];
      return (i % 2 === 0 ? row : column) === (i >> 1) % 6 ? 255 : 0;
    }),
  };
  const fixed = { layers: [{ units: 24, activation: "tanh" }], optimizer: "adam", seed: 1 } as const;
  const live: AutoencoderLive = { learningRate: 0.01, batchSize: 20, noise: 0, digit: 3, point: [0, 0] };

  it("decodes the code of a digit to what it makes of the digit", async () => {
    const game = await autoencoderOf(images, fixed, live);
    const early = await advanced(game, 1);
    const { loss, codes, digit, noisy, reconstruction } = await advanced(game, 300);
    expect(loss).toBeLessThan(0.5 * early.loss);
    expect(noisy).toEqual(digit);
    game.change({ ...live, point: [codes[6] as number, codes[7] as number] });
    const { decoded } = await game.frame();
    expect(decoded).toEqual(reconstruction);
    game.change({ ...live, point: [(codes[6] as number) + 2, codes[7] as number] });
    expect((await game.frame()).decoded).not.toEqual(reconstruction);
  });

  it("sees noise, the same in each frame and other in each step, and repeats its losses", async () => {
    const noisyLive = { ...live, noise: 0.4 };
    const [one, two] = await Promise.all(
      [1, 2].map(async () => advanced(await autoencoderOf(images, fixed, noisyLive), 15)),
    );
    expect(two?.curve).toEqual(one?.curve);
    expect(two?.noisy).toEqual(one?.noisy);
    expect(one?.noisy).not.toEqual(one?.digit);
    const clean = await advanced(await autoencoderOf(images, fixed, live), 15);
    expect(clean.curve).not.toEqual(one?.curve);
  });
});
