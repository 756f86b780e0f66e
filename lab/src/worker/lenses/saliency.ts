import { compile, inspect, type Tensor } from "gradus";
import type { Lens } from "../lens.js";
import { type Numbers, numbersOf } from "../numbers.js";
import { type Chosen, judge } from "./chosen.js";

export interface SaliencyParameters {
  readonly chosen: Chosen;
  /** Class; default: the one that the network sees. */
  readonly of?: number | undefined;
  readonly timesInput: boolean;
  /** SmoothGrad: noisy copies, and the standard deviation of the noise. */
  readonly smooth?: { readonly samples: number; readonly deviation: number } | undefined;
}

export interface Saliency {
  /** `[channels, height, width]`, as the network sees it. */
  readonly input: Numbers;
  /** `[1, height, width]`: with its sign for grey images; for colour the greatest size among the channels. */
  readonly map: Numbers;
  readonly of: number;
  readonly step: number;
}

/** How much the score of a class changes with each pixel. */
export const saliency: Lens<SaliencyParameters, Saliency> = async (
  subject,
  { chosen, of, timesInput, smooth },
) => {
  const { run, once } = subject;
  const channels = run.inputShape[0] === 1 ? "each" : "maximum";
  const options = { timesInput, channels, ...(smooth && { smooth: { ...smooth, seed: 1 } }) } as const;
  const look = once(`saliency ${JSON.stringify(options)}`, () =>
    compile(
      (images: Tensor, classes: Tensor) => inspect.saliency(run.model, images, { ...options, of: classes }),
      { name: "saliency" },
    ),
  );
  const judged = await judge(subject, chosen, of);
  const map = look(judged.images, judged.classes);
  const withoutBatch = { withoutBatch: true };
  return {
    input: await numbersOf(judged.images, withoutBatch),
    map: await numbersOf(map, withoutBatch),
    of: judged.of,
    step: run.step,
  };
};
