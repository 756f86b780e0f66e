import { tensor } from "gradus";
import type { Lens } from "../lens.js";
import { describe, type Numbers } from "../numbers.js";
import { type Chosen, sightOf } from "./chosen.js";
import { probabilitiesOf } from "./probabilities.js";

export interface OccludedParameters {
  readonly chosen: Chosen;
  /** Side of the square that is laid over the image, in pixels. At the border it is cut off. */
  readonly size: number;
  /** Row and column of the square's first pixel, for each copy of the image. */
  readonly corners: readonly (readonly [row: number, column: number])[];
}

export interface Occluded {
  /** `[channels, height, width]`, as the network sees it. */
  readonly input: Numbers;
  /** Of all classes, for each copy in turn. */
  readonly probabilities: Float32Array<ArrayBuffer>;
  /** The same for the whole image. */
  readonly whole: Float32Array<ArrayBuffer>;
  readonly step: number;
}

/** Copies of a batch are one program, whatever is asked for. */
const batch = 32;

/**
 * What the network says when a grey square lies over the image. `inspect.occlusion` makes a whole map in one go; here the
 * page asks for a few places at a time, so that nobody else waits.
 */
export const occluded: Lens<OccludedParameters, Occluded> = async (subject, { chosen, size, corners }) => {
  const { run } = subject;
  const { images } = sightOf(run, chosen);
  const [channels, height, width] = run.inputShape;
  const image = Float32Array.from(await images.data());
  const whole = await probabilitiesOf(subject, images);
  const probabilities = new Float32Array(corners.length * whole.length);
  const copies = new Float32Array(batch * image.length);
  for (let first = 0; first < corners.length; first += batch) {
    const some = corners.slice(first, first + batch);
    for (let i = 0; i < batch; i++) copies.set(image, i * image.length);
    for (const [i, [top, left]] of some.entries()) {
      for (let channel = 0; channel < channels; channel++) {
        for (let y = Math.max(0, top); y < Math.min(height, top + size); y++) {
          const row = i * image.length + (channel * height + y) * width;
          copies.fill(0, row + Math.max(0, left), row + Math.max(0, Math.min(width, left + size)));
        }
      }
    }
    const said = await probabilitiesOf(subject, tensor(copies, { shape: [batch, channels, height, width] }));
    probabilities.set(said.subarray(0, some.length * whole.length), first * whole.length);
  }
  return { input: describe(image, run.inputShape), probabilities, whole, step: run.step };
};
