import type { Settings } from "./search-space.js";

/** One training of a search: these settings, tested on this fold. */
export interface Trial<S extends Settings = Settings> {
  /** Index of the candidate. */
  readonly candidate: number;
  readonly settings: S;
  readonly fold: number;
  /** Raised when the search is given up. */
  readonly signal: AbortSignal;
}

/** What a trial gave. Plain data: as JSON it can be kept, and handed back to go on later. */
export interface TrialResult {
  readonly candidate: number;
  readonly fold: number;
  /** Greater is better; null where training failed (its score was not finite). */
  readonly score: number | null;
  readonly seconds: number;
}

export interface SearchOptions<S extends Settings> {
  /** The combinations to try: `train.space.grid` or `train.space.sample`. */
  readonly candidates: readonly S[];
  /** How many parts of the data each is tested on; see `data.stratifiedFolds`. */
  readonly folds: number;
  /** Trains and tests: gives the score, of which greater is better. NaN where training failed. */
  readonly run: (trial: Trial<S>) => Promise<number>;
  /** Trials at once; default 1. More helps only if `run` hands them to other threads, such as a `WorkerPool`'s. */
  readonly parallel?: number;
  /** Results of an earlier search over the same candidates and folds, which are not computed again. */
  readonly done?: readonly TrialResult[];
  readonly signal?: AbortSignal;
}

/**
 * Tries settings by cross-validation and gives each result when it is there, so that the caller can show it and keep it.
 * All candidates are tested on the first fold before any is on the second. Given trials that are functions of their
 * settings and fold, the results do not depend on `parallel` or on interruptions; only their order does.
 *
 * ```
 * const candidates = train.space.sample({ learningRate: train.space.logUniform(1e-4, 1e-1) }, 20, 1);
 * for await (const result of train.search({ candidates, folds: 3, run })) results.push(result);
 * const [best] = train.rank(candidates, results);
 * ```
 *
 * @throws RangeError if `done` does not belong to this search; whatever `run` throws, once the other trials have ended
 */
export async function* search<S extends Settings>(
  options: SearchOptions<S>,
): AsyncGenerator<TrialResult, void, undefined> {
  const { candidates, folds, run, parallel = 1, done = [] } = options;
  requireCount(folds, "folds");
  requireCount(parallel, "parallel");
  const known = new Set<number>();
  for (const { candidate, fold } of done) {
    if (!(candidates[candidate] !== undefined && fold >= 0 && fold < folds)) {
      throw new RangeError(
        `search: a result of candidate ${candidate}, fold ${fold} was given, but there are ${candidates.length} ` +
          `candidates and ${folds} folds: it is of another search`,
      );
    }
    known.add(fold * candidates.length + candidate);
  }
  const abort = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, abort.signal]) : abort.signal;
  const trials = Array.from({ length: folds * candidates.length }, (_, i) => i)
    .filter((i) => !known.has(i))
    .map((i): Trial<S> => {
      const candidate = i % candidates.length;
      return { candidate, settings: candidates[candidate]!, fold: Math.floor(i / candidates.length), signal };
    });

  const running = new Map<number, Promise<readonly [number, TrialResult]>>();
  let next = 0;
  try {
    while (next < trials.length || running.size > 0) {
      options.signal?.throwIfAborted();
      while (next < trials.length && running.size < parallel) {
        const index = next++;
        running.set(
          index,
          timed(run, trials[index]!).then((result) => [index, result] as const),
        );
      }
      const [index, result] = await Promise.race(running.values());
      running.delete(index);
      yield result;
    }
  } finally {
    abort.abort();
    await Promise.allSettled(running.values());
  }
}

async function timed<S extends Settings>(
  run: SearchOptions<S>["run"],
  trial: Trial<S>,
): Promise<TrialResult> {
  const started = performance.now();
  const score = await run(trial);
  const { candidate, fold } = trial;
  const seconds = (performance.now() - started) / 1000;
  return { candidate, fold, score: Number.isFinite(score) ? score : null, seconds };
}

function requireCount(value: number, name: string): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(`search: ${name} is ${value}; it must be an integer of at least 1`);
  }
}

/** A candidate with its results so far. */
export interface Ranked<S extends Settings = Settings> {
  readonly candidate: number;
  readonly settings: S;
  /** By fold; null where it failed, undefined where it was not tested yet. */
  readonly scores: readonly (number | null | undefined)[];
  /** Mean of the scores; minus infinity if one failed. */
  readonly mean: number;
  /** Standard deviation of the scores over the folds, with n - 1; 0 for a single one. */
  readonly deviation: number;
}

/** The candidates that have results, the best mean score first; of equal ones, the one listed first. */
export function rank<S extends Settings>(
  candidates: readonly S[],
  results: readonly TrialResult[],
): Ranked<S>[] {
  const scores = candidates.map(() => [] as (number | null)[]);
  for (const { candidate, fold, score } of results) scores[candidate]![fold] = score;
  return candidates
    .map((settings, candidate): Ranked<S> => {
      const all = scores[candidate]!.filter((score) => score !== undefined);
      const values = all.map((score) => score ?? Number.NEGATIVE_INFINITY);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
      const deviation = Number.isFinite(mean) ? Math.sqrt(squares / Math.max(1, values.length - 1)) : 0;
      return { candidate, settings, scores: scores[candidate]!, mean, deviation };
    })
    .filter(({ mean }) => !Number.isNaN(mean))
    .sort((a, b) => (a.mean === b.mean ? a.candidate - b.candidate : a.mean < b.mean ? 1 : -1));
}
