import { describe, expect, it } from "vitest";
import { rank, type SearchOptions, search, type TrialResult } from "../../src/train/search.js";

const candidates = [{ x: 1 }, { x: 4 }, { x: 2 }];
const score = ({ x }: { x: number }, fold: number) => -((x - 3) ** 2) + fold / 10;

async function collect(options: Partial<SearchOptions<{ x: number }>> = {}): Promise<TrialResult[]> {
  const results: TrialResult[] = [];
  const run: SearchOptions<{ x: number }>["run"] = async ({ settings, fold }) => score(settings, fold);
  for await (const result of search({ candidates, folds: 2, run, ...options })) results.push(result);
  return results;
}

const places = (results: readonly TrialResult[]) => results.map(({ candidate, fold }) => [candidate, fold]);

describe("search", () => {
  it("tries every candidate on every fold, one fold after the other", async () => {
    const results = await collect();
    expect(places(results)).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
      [0, 1],
      [1, 1],
      [2, 1],
    ]);
    for (const result of results)
      expect(result.score).toBe(score(candidates[result.candidate]!, result.fold));
  });

  it("runs as many trials at once as asked, with the same results", async () => {
    let running = 0;
    let most = 0;
    const results = await collect({
      parallel: 3,
      run: async ({ settings, fold }) => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, settings.x));
        running--;
        return score(settings, fold);
      },
    });
    expect(most).toBe(3);
    const serial = await collect();
    const key = ({ candidate, fold, score }: TrialResult) => `${candidate} ${fold} ${score}`;
    expect(results.map(key).sort()).toEqual(serial.map(key).sort());
  });

  it("goes on from earlier results without computing them again", async () => {
    const all = await collect();
    const rest = await collect({ done: all.slice(0, 4) });
    expect(places(rest)).toEqual([
      [1, 1],
      [2, 1],
    ]);
    await expect(collect({ done: all, folds: 1 })).rejects.toThrow("it is of another search");
  });

  it("stops when asked to, and tells the trials that run", async () => {
    const abort = new AbortController();
    const signals: AbortSignal[] = [];
    const results: TrialResult[] = [];
    const run = async ({ signal }: { signal: AbortSignal }) => {
      signals.push(signal);
      return 1;
    };
    await expect(async () => {
      for await (const result of search({ candidates, folds: 2, run, parallel: 2, signal: abort.signal })) {
        results.push(result);
        abort.abort(new Error("enough"));
      }
    }).rejects.toThrow("enough");
    expect(results).toHaveLength(1);
    expect(signals.every((signal) => signal.aborted)).toBe(true);
  });

  it("passes on what a trial throws", async () => {
    const run = async () => {
      throw new Error("no such layer");
    };
    await expect(collect({ run })).rejects.toThrow("no such layer");
  });
});

describe("rank", () => {
  it("puts the best mean first, and a candidate that failed last", () => {
    const results = [
      { candidate: 0, fold: 0, score: 0.5, seconds: 1 },
      { candidate: 0, fold: 1, score: 0.7, seconds: 1 },
      { candidate: 1, fold: 0, score: null, seconds: 1 },
      { candidate: 1, fold: 1, score: 0.9, seconds: 1 },
      { candidate: 2, fold: 1, score: 0.8, seconds: 1 },
    ];
    const ranked = rank([...candidates, { x: 9 }], results);
    expect(ranked.map(({ candidate }) => candidate)).toEqual([2, 0, 1]);
    expect(ranked[1]).toMatchObject({ settings: { x: 1 }, scores: [0.5, 0.7] });
    expect(ranked[1]!.mean).toBeCloseTo(0.6, 12);
    expect(ranked[1]!.deviation).toBeCloseTo(Math.sqrt(0.02), 12);
    expect(ranked[2]).toMatchObject({ mean: Number.NEGATIVE_INFINITY, deviation: 0 });
  });

  it("turns a score that is not finite into a failure", async () => {
    const [result] = await collect({ run: async () => Number.NaN });
    expect(result!.score).toBeNull();
  });
});
