import { type data, inspect, type optim } from "gradus";
import { courseOf } from "../course.js";
import type { Lens } from "../lens.js";
import type { Run } from "../run.js";

export interface ExaminationParameters {
  /** Milliseconds for which the last examination will do. While the network trains; otherwise 0. */
  readonly patience: number;
  /** The batch: always the same images, or those of the step that comes next, at which a training may have failed. */
  readonly batch: "fixed" | "next";
}

export interface Checkup {
  readonly step: number;
  readonly examination: inspect.Examination;
  /** The worst first. */
  readonly findings: readonly inspect.Finding[];
}

/** About so many are needed for shares of dead units that can be trusted. */
const probeSize = 200;
/** Examinations take at most this share of the time while the network trains. */
const share = 0.1;

/** The doctor's figures and findings: all layers, gradients and updates for one batch, and the curves so far. */
export const examination: Lens<ExaminationParameters, Checkup> = async (
  { run, once },
  { patience, batch },
) => {
  const last = once("examination", () => ({ checkup: undefined as Checkup | undefined, end: 0, took: 0 }));
  const wait = patience === 0 ? 0 : Math.max(patience, last.took / share);
  if (last.checkup !== undefined && performance.now() - last.end < wait) return last.checkup;
  const began = performance.now();
  // A change of settings may make another optimizer.
  const examiners = once("examiners", () => new WeakMap<optim.Optimizer, inspect.Examine>());
  const { optimizer, step } = run;
  const known = examiners.get(optimizer);
  const examine = known ?? inspect.examiner(run.model, { optimizer });
  examiners.set(optimizer, examine);
  const { images, labels } = batch === "next" ? run.trainingBatch() : once("probe", () => probeOf(run));
  const examined = await examine(images, labels);
  const { count } = run.sets.train;
  const course = courseOf(run.branch.history, step, Math.max(1, Math.floor(count / run.settings.batchSize)));
  // A step that failed is not on record.
  const failed = batch === "next" && examined.loss === null ? [{ totalSteps: step + 1, loss: null }] : [];
  const findings = inspect.diagnose(examined, { ...course, losses: [...course.losses, ...failed] });
  last.checkup = { step, examination: examined, findings };
  last.end = performance.now();
  // The first one compiles, which the others do not.
  last.took = known === undefined ? 0 : last.end - began;
  return last.checkup;
};

/** Evenly chosen of the training set. */
function probeOf(run: Run): data.Batch {
  const { train } = run.sets;
  const size = Math.min(probeSize, train.count);
  return run.batchOf(
    train,
    Array.from({ length: size }, (_, i) => Math.floor((i * train.count) / size)),
  );
}
