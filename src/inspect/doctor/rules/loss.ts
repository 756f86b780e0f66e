import type { Examination } from "../examination.js";
import { type Finding, figure, percent, type TrainingCourse } from "../finding.js";

/** Times the first loss: a mean of late losses above `diverged` of it, or a single one above `jumped`, is no noise. */
export const diverged = 1.5;
export const jumped = 5;
/** Share of the fall so far that may be lost again. */
export const lost = 0.5;
/** Before so many steps a loss need not have fallen. */
export const patience = 50;
/** The loss that is still to be had, as a share of the first, where it counts as not falling. */
export const unmoved = 0.95;
/** How near, relatively, to the loss of guessing. */
export const guessingDistance = 0.05;
/** Share of one class among the predictions from which on they are all the same. */
export const oneClass = 0.9;
/** Differences of training and validation accuracy. */
export const watchedGap = 0.05;
export const badGap = 0.15;
/** Times the accuracy of guessing from which on a network knows something that can generalize. */
export const aboveChance = 2;

/** Means are over this share of the losses. */
const window = 0.1;

/**
 * What the curves say: that it diverges, guesses, does not fall, or learns by heart.
 *
 * Sources: Karpathy, CS231n, "Neural networks part 3", "Sanity checks" (a classifier that knows nothing has the loss
 * `log(classes)`), "Loss function" and "Train/val accuracy"; Goodfellow, Bengio and Courville, "Deep learning", 2016,
 * section 11.4.
 */
export function lossRules(examination: Examination, course: TrainingCourse): readonly Finding[] {
  return [...training(examination, course.losses ?? []), ...gap(examination, course.epochs ?? [])];
}

function training(
  { classes, commonestPrediction }: Examination,
  curve: NonNullable<TrainingCourse["losses"]>,
): Finding[] {
  const of = (
    severity: Finding["severity"],
    what: Finding["what"],
    measured: number | null,
    advice: string,
  ) => [{ severity, layer: "", what, measured, advice }];
  const end = curve.find(({ loss }) => loss === null || !Number.isFinite(loss));
  if (end !== undefined) {
    return of(
      "bad",
      "diverging",
      null,
      `The loss stopped being a number at step ${end.totalSteps}; lower the learning rate or clip the gradients.`,
    );
  }
  const losses = curve.map(({ loss }) => loss ?? 0);
  const [first, last] = [losses[0], curve.at(-1)];
  if (first === undefined || last === undefined || losses.length < 2) return [];
  const means = runningMeans(losses, Math.max(1, Math.round(losses.length * window)));
  const latest = means.at(-1)!;
  const lowest = Math.min(...means);
  const peak = Math.max(...losses);
  const remedy = "lower the learning rate, or clip the gradients";
  if (latest > diverged * first) {
    return of(
      "bad",
      "diverging",
      latest,
      `The loss has grown from ${figure(first)} to ${figure(latest)}; ${remedy}.`,
    );
  }
  if (peak > jumped * first) {
    const { totalSteps } = curve[losses.indexOf(peak)]!;
    return of(
      "bad",
      "diverging",
      peak,
      `The loss jumped from ${figure(first)} to ${figure(peak)} at step ${totalSteps}, which throws away what was learned; ${remedy}.`,
    );
  }
  const steps = last.totalSteps - curve[0]!.totalSteps;
  if (steps < patience) return [];
  const chance = Math.log(classes);
  if (Math.abs(latest - chance) < guessingDistance * chance) {
    const how =
      commonestPrediction >= oneClass
        ? `predicts one class for ${percent(commonestPrediction)} of the examples, whatever they show`
        : "only guesses";
    return of(
      "bad",
      "guessing",
      latest,
      `After ${last.totalSteps} steps the loss is ${figure(latest)}, as near to ln ${classes} = ${figure(chance)} as if it knew nothing: the network ${how}; look at the other findings, or try another learning rate.`,
    );
  }
  if (latest > unmoved * first) {
    return of(
      "watch",
      "not falling",
      latest / first,
      `After ${last.totalSteps} steps the loss is ${figure(latest)}, and it began at ${figure(first)}; try another learning rate, and whether it can learn ten examples by heart.`,
    );
  }
  if (latest - lowest > lost * (first - lowest)) {
    return of(
      "bad",
      "diverging",
      latest,
      `The loss had fallen from ${figure(first)} to ${figure(lowest)} and is at ${figure(latest)} again; ${remedy}.`,
    );
  }
  return of(
    "good",
    "falling",
    latest / first,
    `The loss has fallen from ${figure(first)} to ${figure(latest)} in ${last.totalSteps} steps: go on.`,
  );
}

/** Of each `size` losses in a row. */
function runningMeans(losses: readonly number[], size: number): number[] {
  return Array.from({ length: losses.length - size + 1 }, (_, i) => {
    const part = losses.slice(i, i + size);
    return part.reduce((sum, loss) => sum + loss, 0) / size;
  });
}

/** Training accuracy against validation accuracy, after the last epoch. */
function gap({ classes }: Examination, epochs: NonNullable<TrainingCourse["epochs"]>): Finding[] {
  const last = epochs.at(-1);
  if (last === undefined || last.validationAccuracy === null) return [];
  const measured = last.accuracy - last.validationAccuracy;
  const told = `${percent(last.accuracy)} of the training examples are right and ${percent(last.validationAccuracy)} of those held out`;
  if (measured <= watchedGap) {
    // Who knows nothing is right as often on both, which is no praise.
    if (last.validationAccuracy < aboveChance / classes) return [];
    return [
      { severity: "good", layer: "", what: "generalizing", measured, advice: `${told}: it generalizes.` },
    ];
  }
  const validation = epochs.flatMap(({ validationLoss }) => validationLoss ?? []);
  const best = validation.indexOf(Math.min(...validation));
  const since =
    best >= 0 && best < validation.length - 1 ? `, best after epoch ${best + 1} of ${validation.length}` : "";
  return [
    {
      severity: measured > badGap ? "bad" : "watch",
      layer: "",
      what: "overfitting",
      measured,
      advice: `${told}${since}: it learns by heart; use more or augmented data, weight decay, dropout, or stop earlier.`,
    },
  ];
}
