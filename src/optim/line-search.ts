/** A point on a line: how far along, the loss there, and its derivative by the step. */
export interface LinePoint {
  readonly step: number;
  readonly loss: number;
  readonly slope: number;
}

export interface LineSearchOptions {
  /** Share of the fall promised by the first slope that a step must bring; default 1e-4. */
  readonly sufficientDecrease?: number;
  /** Share of the first slope that may be left; default 0.9. */
  readonly curvature?: number;
  /** Brackets narrower than this are not searched; default 0. */
  readonly tolerance?: number;
  /** Default 25. */
  readonly evaluations?: number;
}

export interface LineSearchResult {
  /** The best point found: `start` itself where none was lower. */
  readonly point: LinePoint;
  readonly evaluations: number;
  /** Whether the point meets the strong Wolfe conditions. */
  readonly satisfied: boolean;
}

/**
 * A step that meets the strong Wolfe conditions `f(t) <= f(0) + c1 t f'(0)` and `|f'(t)| <= c2 |f'(0)|`. First steps grow
 * until two of them have such a point between them; then the bracket shrinks, each time to the minimum of the cubic
 * through both ends. Where the loss is not finite a step counts as too long.
 *
 * Source: Nocedal and Wright, "Numerical optimization", 2006, algorithms 3.5 and 3.6, equation 3.59; the bounds on
 * steps are those of Schmidt's minFunc, 2005, as in PyTorch.
 *
 * @param start at step 0, with a slope below 0
 * @param first the step to try first
 */
export async function strongWolfe(
  evaluate: (step: number) => Promise<LinePoint>,
  start: LinePoint,
  first: number,
  options: LineSearchOptions = {},
): Promise<LineSearchResult> {
  const { sufficientDecrease = 1e-4, curvature = 0.9, tolerance = 0, evaluations = 25 } = options;
  const falls = ({ step, loss }: LinePoint) => loss <= start.loss + sufficientDecrease * step * start.slope;
  const isFlat = ({ slope }: LinePoint) => Math.abs(slope) <= -curvature * start.slope;
  let count = 0;
  const visit = async (step: number): Promise<LinePoint> => {
    count += 1;
    const point = await evaluate(step);
    return Number.isFinite(point.loss) ? point : { ...point, loss: Number.POSITIVE_INFINITY };
  };

  let previous = start;
  let point = await visit(first);
  while (falls(point) && !(count > 1 && point.loss >= previous.loss)) {
    if (isFlat(point)) return { point, evaluations: count, satisfied: true };
    if (point.slope >= 0) break;
    if (count >= evaluations) return { point, evaluations: count, satisfied: false };
    const atLeast = point.step + 0.01 * (point.step - previous.step);
    const next = cubicMinimum(previous, point, atLeast, 10 * point.step);
    [previous, point] = [point, await visit(next)];
  }

  // From here on the lower end meets the first condition, and its slope falls towards the other.
  let [low, high] = previous.loss <= point.loss ? [previous, point] : [point, previous];
  let wasNearEnd = false;
  while (count < evaluations && Math.abs(high.step - low.step) > tolerance) {
    const [left, right] = low.step < high.step ? [low.step, high.step] : [high.step, low.step];
    const margin = 0.1 * (right - left);
    let step = cubicMinimum(low, high, left, right);
    const isNearEnd = Math.min(right - step, step - left) < margin;
    // Twice in a row at an end, or on it: move inwards, so that brackets cannot stay as they are.
    if (isNearEnd && (wasNearEnd || step >= right || step <= left)) {
      step = right - step < step - left ? right - margin : left + margin;
      wasNearEnd = false;
    } else {
      wasNearEnd = isNearEnd;
    }
    point = await visit(step);
    if (!falls(point) || point.loss >= low.loss) {
      high = point;
      continue;
    }
    if (isFlat(point)) return { point, evaluations: count, satisfied: true };
    if (point.slope * (high.step - low.step) >= 0) high = low;
    low = point;
  }
  return { point: low, evaluations: count, satisfied: false };
}

/** Where the cubic with the losses and slopes of two points is least within bounds; their middle where it is not. */
export function cubicMinimum(a: LinePoint, b: LinePoint, least: number, greatest: number): number {
  const [left, right] = a.step <= b.step ? [a, b] : [b, a];
  const width = right.step - left.step;
  const d1 = left.slope + right.slope - (3 * (right.loss - left.loss)) / width;
  const d2 = Math.sqrt(d1 * d1 - left.slope * right.slope);
  const step = right.step - (width * (right.slope + d2 - d1)) / (right.slope - left.slope + 2 * d2);
  return Number.isNaN(step) ? (least + greatest) / 2 : Math.min(greatest, Math.max(least, step));
}
