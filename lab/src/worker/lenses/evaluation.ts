import { type data, type nn, train } from "gradus";
import { buildModel, evaluatorOf } from "gradus/recipe";
import type { Lens, Subject } from "../lens.js";

export interface EvaluationParameters {
  /** At how many of the test images to look, the first ones; all if there are fewer. */
  readonly count: number;
  /** Begins with the weights as they are now; else what was begun goes on. */
  readonly begin: boolean;
}

export interface EvaluationState {
  /** Images that were looked at, and that shall be. It takes many looks to come from one to the other. */
  readonly done: number;
  readonly count: number;
  /** The training's step whose weights are evaluated, however far it has gone on meanwhile. */
  readonly step: number;
  /** Absent on the way. */
  readonly evaluation?: train.Evaluation;
  /** `[count, classes]`; absent on the way. */
  readonly probabilities?: Float64Array<ArrayBuffer>;
}

/** Images at one look: as many as the evaluator takes at once. */
const portion = 100;

/** An evaluation on its way. */
interface Evaluating {
  readonly set: data.LabelledImages;
  readonly step: number;
  readonly probabilities: Float64Array<ArrayBuffer>;
  done: number;
}

/** A second network of the same recipe, which has the weights of one step for as long as an evaluation takes. */
interface Still {
  readonly model: nn.Module;
  readonly evaluator: train.Evaluator;
  evaluating: Evaluating | undefined;
}

/**
 * How the network does on the test set: accuracy, loss, confusion, and its mistakes, the surest first. A portion at each
 * look; all of it is of the weights at one step, since they are copied first.
 */
export const evaluation: Lens<EvaluationParameters, EvaluationState> = async (subject, { count, begin }) => {
  const still = subject.once<Still>("evaluation", () => {
    const { recipe, inputShape, sets } = subject.run;
    const model = buildModel(recipe, inputShape, sets.train);
    return { model, evaluator: evaluatorOf(recipe, model), evaluating: undefined };
  });
  if (begin || still.evaluating === undefined) still.evaluating = await begun(subject, still.model, count);
  const { evaluating, evaluator } = still;
  const { set, step, probabilities, done: first } = evaluating;
  const done = Math.min(set.count, first + portion);
  const seen = await evaluator.probabilities(part(set, first, done));
  probabilities.set(seen, first * set.classes.length);
  evaluating.done = done;
  const state = { done, count: set.count, step };
  if (done < set.count) return state;
  still.evaluating = undefined;
  return { ...state, evaluation: train.summarize(set, probabilities), probabilities };
};

/** Copies the weights. */
async function begun({ run }: Subject, model: nn.Module, count: number): Promise<Evaluating> {
  const tensors = await train.readVariables(run.model.variables());
  train.restoreVariables({ source: `step ${run.step}`, tensors, state: null }, model.variables());
  const set = part(run.sets.test, 0, Math.min(count, run.sets.test.count));
  const probabilities = new Float64Array(set.count * set.classes.length);
  return { set, step: run.step, probabilities, done: 0 };
}

/** Neighbouring images of a set, which are not copied. */
function part(set: data.LabelledImages, first: number, last: number): data.LabelledImages {
  const size = set.channels * set.height * set.width;
  return {
    ...set,
    count: last - first,
    pixels: set.pixels.subarray(first * size, last * size),
    labels: set.labels.subarray(first, last),
  };
}
