import type { Lens } from "../lens.js";
import { type Numbers, numbersOf } from "../numbers.js";
import { type Chosen, judge } from "./chosen.js";

export interface AnswerParameters {
  readonly chosen: Chosen;
}

export interface Answer {
  /** `[channels, height, width]`, as the network sees it. */
  readonly input: Numbers;
  readonly label: number | undefined;
  readonly probabilities: Float32Array<ArrayBuffer>;
  readonly step: number;
}

/** What the network says of the chosen image. */
export const answer: Lens<AnswerParameters, Answer> = async (subject, { chosen }) => {
  const { images, label, probabilities } = await judge(subject, chosen);
  return {
    input: await numbersOf(images, { withoutBatch: true }),
    label,
    probabilities,
    step: subject.run.step,
  };
};
