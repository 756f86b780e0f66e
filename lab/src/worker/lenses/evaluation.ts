import type { train } from "gradus";
import { evaluatorOf } from "gradus/recipe";
import type { Lens } from "../lens.js";

/** At how many of the test images to look, the first ones; all if there are fewer. */
export interface EvaluationParameters {
  readonly count: number;
}

/** How the network does on the test set: accuracy, loss, confusion, and its mistakes, the surest first. */
export const evaluation: Lens<EvaluationParameters, train.Evaluation & { step: number }> = async (
  { run, once },
  { count },
) => {
  const evaluator = once("evaluation", () => evaluatorOf(run.recipe, run.model));
  const { test } = run.sets;
  const all = Math.min(count, test.count);
  const pixels = test.channels * test.height * test.width;
  const set = {
    ...test,
    count: all,
    pixels: test.pixels.subarray(0, all * pixels),
    labels: test.labels.subarray(0, all),
  };
  return { ...(await evaluator.evaluate(set)), step: run.step };
};
