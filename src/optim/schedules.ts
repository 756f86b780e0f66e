import { requireAbove, requireAtLeast, requireInteger, requireShare } from "./check.js";

/**
 * A learning rate for each step: a pure function of the number of steps (or epochs) finished so far, from 0. Set
 * `optimizer.learningRate = schedule(step)` before each step.
 */
export type Schedule = (step: number) => number;

/** The same rate always. */
export function constant(rate: number): Schedule {
  requireAtLeast(rate, 0, "rate", "constant");
  return () => rate;
}

/** `rate * factor^floor(step / every)`. */
export function stepDecay(options: {
  readonly rate: number;
  readonly every: number;
  readonly factor?: number;
}): Schedule {
  const { rate, every, factor = 0.1 } = options;
  requireAtLeast(rate, 0, "rate", "stepDecay");
  requireInteger(every, 1, "every", "stepDecay");
  requireAbove(factor, 0, "factor", "stepDecay");
  return (step) => rate * factor ** Math.floor(step / every);
}

/** `rate * factor^(number of milestones reached)`; milestones are steps. */
export function milestones(options: {
  readonly rate: number;
  readonly at: readonly number[];
  readonly factor?: number;
}): Schedule {
  const { rate, at, factor = 0.1 } = options;
  requireAtLeast(rate, 0, "rate", "milestones");
  requireAbove(factor, 0, "factor", "milestones");
  for (const milestone of at) requireInteger(milestone, 0, "milestone", "milestones");
  return (step) => rate * factor ** at.filter((milestone) => milestone <= step).length;
}

/** `rate * factor^step`. */
export function exponential(options: { readonly rate: number; readonly factor: number }): Schedule {
  const { rate, factor } = options;
  requireAtLeast(rate, 0, "rate", "exponential");
  requireAbove(factor, 0, "factor", "exponential");
  return (step) => rate * factor ** step;
}

/**
 * Falls from `rate` to `minimum` in `steps` steps along half a cosine,
 * `minimum + (rate - minimum) (1 + cos(pi step / steps)) / 2`, and stays there.
 *
 * Source: Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017, equation 5.
 */
export function cosine(options: {
  readonly rate: number;
  readonly steps: number;
  readonly minimum?: number;
}): Schedule {
  const { rate, steps, minimum = 0 } = options;
  requireAtLeast(rate, 0, "rate", "cosine");
  requireInteger(steps, 1, "steps", "cosine");
  requireAtLeast(minimum, 0, "minimum", "cosine");
  return (step) => minimum + ((rate - minimum) * (1 + Math.cos(Math.PI * Math.min(1, step / steps)))) / 2;
}

/**
 * `cosine` again and again: round k takes `steps * growth^k` steps, and then the rate jumps back to the first.
 *
 * Source: Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017, section 3.
 */
export function cosineRestarts(options: {
  readonly rate: number;
  /** Of the first round. */
  readonly steps: number;
  /** How much longer each round is than the one before, an integer; default 1. */
  readonly growth?: number;
  readonly minimum?: number;
}): Schedule {
  const { rate, steps, growth = 1, minimum = 0 } = options;
  requireInteger(growth, 1, "growth", "cosineRestarts");
  const round = (length: number) => cosine({ rate, steps: length, minimum });
  round(steps);
  return (step) => {
    let [length, within] = [steps, step];
    if (growth === 1) within %= length;
    while (within >= length) {
      within -= length;
      length *= growth;
    }
    return round(length)(within);
  };
}

/** `minimum + (rate - minimum) (1 - step / steps)^power`, and stays at `minimum`. A straight line unless told otherwise. */
export function polynomial(options: {
  readonly rate: number;
  readonly steps: number;
  readonly power?: number;
  readonly minimum?: number;
}): Schedule {
  const { rate, steps, power = 1, minimum = 0 } = options;
  requireAtLeast(rate, 0, "rate", "polynomial");
  requireInteger(steps, 1, "steps", "polynomial");
  requireAbove(power, 0, "power", "polynomial");
  requireAtLeast(minimum, 0, "minimum", "polynomial");
  return (step) => minimum + (rate - minimum) * (1 - Math.min(1, step / steps)) ** power;
}

/**
 * One rise and one fall over a whole training of `steps` steps: from `rate / divisor` to `rate` at step
 * `rise * steps - 1`, then to `rate / divisor / finalDivisor` at the last, along half cosines or straight lines.
 * Momentum, which may fall and rise against it, stays.
 *
 * Source: Smith and Topin, "Super-convergence: very fast training of neural networks using large learning rates", 2017,
 * section 3; the defaults are PyTorch's.
 */
export function oneCycle(options: {
  /** The greatest. */
  readonly rate: number;
  readonly steps: number;
  /** Share of the steps that rise; default 0.3. */
  readonly rise?: number;
  /** Default 25. */
  readonly divisor?: number;
  /** Default 10,000. */
  readonly finalDivisor?: number;
  /** Default "cosine". */
  readonly form?: "cosine" | "linear";
}): Schedule {
  const { rate, steps, rise = 0.3, divisor = 25, finalDivisor = 1e4, form = "cosine" } = options;
  requireAtLeast(rate, 0, "rate", "oneCycle");
  requireInteger(steps, 2, "steps", "oneCycle");
  requireShare(rise, "rise", "oneCycle");
  requireAbove(divisor, 0, "divisor", "oneCycle");
  requireAbove(finalDivisor, 0, "finalDivisor", "oneCycle");
  const [start, end] = [rate / divisor, rate / divisor / finalDivisor];
  const top = Math.max(0, rise * steps - 1);
  const between = (from: number, to: number, share: number) =>
    form === "linear" ? from + (to - from) * share : to + ((from - to) * (1 + Math.cos(Math.PI * share))) / 2;
  return (step) => {
    if (step <= top && top > 0) return between(start, rate, step / top);
    return between(rate, end, Math.min(1, (step - top) / Math.max(1, steps - 1 - top)));
  };
}

/** Rises in a straight line from `from` times the first rate of `schedule` in `steps` steps, then runs `schedule` from its start. */
export function warmup(options: {
  readonly steps: number;
  readonly from?: number;
  readonly schedule: Schedule;
}): Schedule {
  const { steps, from = 0, schedule } = options;
  requireInteger(steps, 0, "steps", "warmup");
  requireAtLeast(from, 0, "from", "warmup");
  return (step) =>
    step < steps ? schedule(0) * (from + ((1 - from) * step) / steps) : schedule(step - steps);
}

/** Runs schedules one after the other, each from its own start; the last one has no end. */
export function sequence(
  ...parts: readonly { readonly schedule: Schedule; readonly steps?: number }[]
): Schedule {
  if (parts.length === 0) throw new RangeError("sequence: needs at least one schedule");
  for (const part of parts.slice(0, -1)) requireInteger(part.steps ?? 0, 1, "steps", "sequence");
  return (step) => {
    let start = 0;
    for (const [i, { schedule, steps = 0 }] of parts.entries()) {
      if (i === parts.length - 1 || step < start + steps) return schedule(step - start);
      start += steps;
    }
    throw new Error("unreachable");
  };
}

export interface PlateauOptions {
  /** The first rate. */
  readonly rate: number;
  /** What the rate is multiplied by at a plateau; default 0.5. */
  readonly factor?: number;
  /** Observations without improvement that are borne before the rate falls; default 10. */
  readonly patience?: number;
  /** The rate never falls below; default 0. */
  readonly minimum?: number;
  /** Relative change that counts as improvement; default 1e-4. */
  readonly threshold?: number;
  /** Observations after a fall during which none is counted; default 0. */
  readonly cooldown?: number;
  /** Whether small or large observations are good; default "min". */
  readonly mode?: "min" | "max";
}

/** What a `Plateau` remembers: plain values, for a checkpoint. */
export interface PlateauState {
  readonly rate: number;
  /** Null before the first observation. */
  readonly best: number | null;
  readonly waited: number;
  readonly cooling: number;
}

/** Lowers the rate when what it observes (the validation loss, once an epoch) no longer improves. */
export class Plateau {
  readonly #options: Required<PlateauOptions>;
  #state: PlateauState;

  constructor(options: PlateauOptions) {
    const filled = {
      factor: 0.5,
      patience: 10,
      minimum: 0,
      threshold: 1e-4,
      cooldown: 0,
      mode: "min",
      ...options,
    } as const;
    requireAtLeast(filled.rate, 0, "rate", "plateau");
    requireAbove(filled.factor, 0, "factor", "plateau");
    if (filled.factor >= 1) throw new RangeError(`plateau: factor is ${filled.factor}; it must be below 1`);
    requireInteger(filled.patience, 0, "patience", "plateau");
    requireAtLeast(filled.minimum, 0, "minimum", "plateau");
    requireAtLeast(filled.threshold, 0, "threshold", "plateau");
    requireInteger(filled.cooldown, 0, "cooldown", "plateau");
    this.#options = filled;
    this.#state = { rate: filled.rate, best: null, waited: 0, cooling: 0 };
  }

  /** The rate to go on with. */
  get rate(): number {
    return this.#state.rate;
  }

  /** Takes an observation and returns the rate to go on with. NaN is no improvement. */
  observe(metric: number): number {
    const { patience, cooldown, factor, minimum } = this.#options;
    const { rate, best } = this.#state;
    const better = this.#improves(metric, best);
    const cooling = Math.max(0, this.#state.cooling - 1);
    let waited = better ? 0 : this.#state.waited + 1;
    if (this.#state.cooling > 0) waited = 0;
    const fall = waited > patience;
    this.#state = {
      rate: fall ? Math.max(minimum, rate * factor) : rate,
      best: better ? metric : best,
      waited: fall ? 0 : waited,
      cooling: fall ? cooldown : cooling,
    };
    return this.#state.rate;
  }

  /** Everything to remember for going on. */
  state(): PlateauState {
    return this.#state;
  }

  /** Goes on exactly where the one that gave `state` stood. */
  restore(state: PlateauState): void {
    this.#state = { ...state };
  }

  #improves(metric: number, best: number | null): boolean {
    const { threshold, mode } = this.#options;
    if (best === null) return !Number.isNaN(metric);
    return mode === "min" ? metric < best * (1 - threshold) : metric > best * (1 + threshold);
  }
}

/** A rate that falls at plateaus; see `Plateau`. */
export function plateau(options: PlateauOptions): Plateau {
  return new Plateau(options);
}
