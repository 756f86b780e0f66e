/** A training's record as the doctor takes it. */
import type { inspect } from "gradus";
import type { History } from "./curves.js";

/** More points show nothing more, and take longer. */
const points = 200;

/** What was recorded in the first `step` steps: losses as means of intervals, and the figures at the ends of epochs. */
export function courseOf(
  history: History,
  step: number,
  stepsPerEpoch: number,
): Required<inspect.TrainingCourse> {
  return { losses: lossesOf(history, step), epochs: epochsOf(history, step, stepsPerEpoch) };
}

/** The first alone, since all others are compared with it. What is not known is left out: steps that failed are not recorded. */
function lossesOf({ loss }: History, step: number): { totalSteps: number; loss: number }[] {
  const last = Math.min(step, loss.length);
  const interval = Math.max(1, Math.ceil((last - 1) / points));
  const ends: number[] = [];
  for (let end = last; end > 1; end -= interval) ends.push(end);
  if (last > 0) ends.push(1);
  ends.reverse();
  return ends
    .map((totalSteps, i) => ({
      totalSteps,
      loss: loss.meanBefore(totalSteps, totalSteps - (ends[i - 1] ?? 0)),
    }))
    .filter((point) => !Number.isNaN(point.loss));
}

/** Epochs of the present batch size, counted back from the last step. */
function epochsOf(history: History, step: number, stepsPerEpoch: number) {
  const last = Math.min(step, history.length);
  const ends: number[] = [];
  for (let end = last; end >= stepsPerEpoch; end -= stepsPerEpoch) ends.push(end);
  ends.reverse();
  return ends.slice(-points).map((end) => {
    const seen = lookedAtBy(history, end);
    const looks = seen - lookedAtBy(history, end - stepsPerEpoch);
    const mean = (value: number) => (looks === 0 ? null : value);
    return {
      loss: history.loss.meanBefore(end, stepsPerEpoch),
      accuracy: history.accuracy.meanBefore(end, stepsPerEpoch),
      validationLoss: mean(history.validationLoss.meanBefore(seen, looks)),
      validationAccuracy: mean(history.validationAccuracy.meanBefore(seen, looks)),
    };
  });
}

/** How often validation examples had been looked at by then. */
function lookedAtBy({ validationStep }: History, step: number): number {
  let [low, high] = [0, validationStep.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (validationStep.at(middle) <= step) low = middle + 1;
    else high = middle;
  }
  return low;
}
