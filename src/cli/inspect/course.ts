import type { TrainingCourse } from "../../inspect/doctor/finding.js";

const numberOf = (value: unknown): number | null => (typeof value === "number" ? value : null);

/** The rows of `metrics.jsonl` as the doctor takes them: losses by intervals, accuracies by epochs. */
export function courseOf(rows: readonly Readonly<Record<string, unknown>>[]): TrainingCourse {
  return {
    losses: rows
      .filter(({ event }) => event === "interval")
      .map((row) => ({ totalSteps: Number(row.totalSteps), loss: numberOf(row.loss) })),
    epochs: rows
      .filter(({ event }) => event === "epoch")
      .map((row) => ({
        loss: Number(row.loss),
        accuracy: Number(row.accuracy),
        validationLoss: numberOf(row.validationLoss),
        validationAccuracy: numberOf(row.validationAccuracy),
      })),
  };
}
