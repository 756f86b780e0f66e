import { inspect } from "gradus";
import type { Lens } from "../lens.js";
import { type Numbers, numbersOf } from "../numbers.js";
import { probabilitiesOf } from "./probabilities.js";

export interface MaximizationParameters {
  /** Layer; "" for the network, whose channels are the classes. */
  readonly path: string;
  readonly channel: number;
  readonly seed: number;
  readonly learningRate: number;
  readonly decay: number;
  /** Pixels by which the image is shifted at most. */
  readonly jitter: number;
  /** Deviation of the blur before every fourth step; 0 for none. */
  readonly blur: number;
  /** Counts beginnings: another number begins afresh. */
  readonly attempt: number;
  /** The step of the image that is wanted. It may take several looks to reach it. */
  readonly until: number;
}

export interface Maximization {
  /** `[channels, height, width]`; undefined before the first step. */
  readonly image: Numbers | undefined;
  /** What the network says of the image, of all classes. */
  readonly probabilities: Float32Array<ArrayBuffer> | undefined;
  /** At the beginning, and after each step. */
  readonly scores: Float64Array<ArrayBuffer>;
  /** The training's step. */
  readonly step: number;
}

/** How long one look may take, about. */
const sliceMilliseconds = 25;

/** An image that grows, a few steps at each look, by the weights as they then are. */
export const maximization: Lens<MaximizationParameters, Maximization> = async (
  subject,
  { until, attempt, ...parameters },
) => {
  const { run, once } = subject;
  // One at a time: another choice takes the place of the last.
  const memory = once<Growing>("maximization", () => ({ key: "", dream: undefined }));
  const key = JSON.stringify([attempt, parameters]);
  if (memory.key !== key || memory.dream === undefined) {
    const { scale, offset } = run.recipe.preprocessing;
    const { path, channel, seed, learningRate, decay, jitter, blur } = parameters;
    memory.key = key;
    memory.dream = new inspect.ActivationMaximization(run.model, {
      path,
      channel,
      seed,
      learningRate,
      decay,
      jitter,
      range: [offset, 255 * scale + offset],
      ...(blur > 0 && { blur: { sigma: blur, every: 4 } }),
    });
  }
  const { dream } = memory;
  const end = performance.now() + sliceMilliseconds;
  while (dream.scores.length <= until && performance.now() < end) await dream.step();
  const { image } = dream;
  return {
    image: image && (await numbersOf(image, { withoutBatch: true })),
    probabilities: image && (await probabilitiesOf(subject, image)),
    scores: Float64Array.from(dream.scores),
    step: run.step,
  };
};

interface Growing {
  key: string;
  dream: inspect.ActivationMaximization | undefined;
}
