/** Points over the epochs; null where a curve has none. */
export interface Curves {
  readonly epochs: readonly number[];
  readonly trainLoss: readonly (number | null)[];
  readonly validationLoss: readonly (number | null)[];
  readonly trainAccuracy: readonly (number | null)[];
  readonly validationAccuracy: readonly (number | null)[];
}

interface Point {
  trainLoss: number | null;
  validationLoss: number | null;
  trainAccuracy: number | null;
  validationAccuracy: number | null;
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

/** Joins the rows of `metrics.jsonl`: training by intervals, validation by epochs. */
export function curvesOf(rows: readonly Readonly<Record<string, unknown>>[]): Curves {
  const points = new Map<number, Point>();
  // Rows of epochs count steps; how many there are in an epoch shows in any row of an interval.
  const interval = rows.find((row) => row.event === "interval");
  const stepsPerEpoch = interval ? Number(interval.totalSteps) / Number(interval.epochs) : Number.NaN;
  for (const row of rows) {
    const x = row.event === "interval" ? Number(row.epochs) : Number(row.totalSteps) / stepsPerEpoch;
    if (!Number.isFinite(x)) continue;
    const key = Math.round(x * 1e6) / 1e6;
    const point = points.get(key) ?? {
      trainLoss: null,
      validationLoss: null,
      trainAccuracy: null,
      validationAccuracy: null,
    };
    if (row.event === "interval") {
      point.trainLoss = numberOf(row.loss);
      point.trainAccuracy = numberOf(row.accuracy);
    } else {
      point.validationLoss = numberOf(row.validationLoss);
      point.validationAccuracy = numberOf(row.validationAccuracy);
    }
    points.set(key, point);
  }
  const sorted = [...points].sort(([a], [b]) => a - b);
  return {
    epochs: sorted.map(([x]) => x),
    trainLoss: sorted.map(([, point]) => point.trainLoss),
    validationLoss: sorted.map(([, point]) => point.validationLoss),
    trainAccuracy: sorted.map(([, point]) => point.trainAccuracy),
    validationAccuracy: sorted.map(([, point]) => point.validationAccuracy),
  };
}
