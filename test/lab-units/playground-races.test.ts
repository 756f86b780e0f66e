import { beforeAll, describe, expect, it } from "vitest";
import { contour, levelsOf } from "../../lab/src/parts/playgrounds/contours.js";
import { bandOf, quantile, trailingMeans } from "../../lab/src/worker/playgrounds/bands.js";
import { entriesText, readEntries } from "../../lab/src/worker/playgrounds/entries.js";
import { History } from "../../lab/src/worker/playgrounds/history.js";
import { race } from "../../lab/src/worker/playgrounds/race.js";
import { surfaces } from "../../lab/src/worker/playgrounds/surfaces.js";
import { useDevice } from "../../src/index.js";
import { advanced } from "./playground-steps.js";

const nowhere = { base: "http://localhost/" };

beforeAll(() => {
  useDevice({ threads: 1 });
});

describe("the race", () => {
  const fixed = {
    task: "spirals",
    entries: [
      { optimizer: "sgd", learningRate: 0.1 },
      { optimizer: "adam", learningRate: 0.01 },
      { optimizer: "momentum", learningRate: 1e39 },
    ],
    seed: 4,
    seeds: 2,
    batchSize: 50,
  } as const;

  it("starts all optimizers from the same loss, each seed from its own", async () => {
    const game = await race(fixed, { band: "range", smooth: 1 }, nowhere);
    const { rows } = await advanced(game, 1);
    const [first, ...others] = rows.map(({ firstLosses }) => firstLosses);
    expect(first?.[0]).not.toBe(first?.[1]);
    expect(first?.every((loss) => loss > 0.5 && loss < 5)).toBe(true);
    for (const other of others) expect(other).toEqual(first);
  });

  it("goes on without those whose loss is no number, and repeats itself", async () => {
    const play = async () => advanced(await race(fixed, { band: "quartiles", smooth: 5 }, nowhere), 60);
    const frame = await play();
    expect(frame.rows.map(({ lost }) => lost)).toEqual([0, 0, 2]);
    expect(frame.x.at(-1)).toBe(60);
    const adam = frame.rows[1]?.band;
    expect(adam?.middle.at(-1)).toBeLessThan(adam?.middle[0] as number);
    expect(await play()).toEqual(frame);
    const lost = await race(
      { ...fixed, entries: fixed.entries.slice(2) },
      { band: "range", smooth: 1 },
      nowhere,
    );
    await expect(advanced(lost, 60)).rejects.toThrow("No optimizer has a finite loss");
  });
});

describe("optimizers on surfaces", () => {
  it("go the way that the formula says", async () => {
    const game = await surfaces(
      { surface: "bowl", start: [2, -1], entries: [{ optimizer: "sgd", learningRate: 0.25 }] },
      {},
      nowhere,
    );
    // x - 0.25 * 2 x
    const { paths } = await advanced(game, 3);
    expect([...(paths[0]?.places ?? [])]).toEqual([2, -1, 1, -0.5, 0.5, -0.25, 0.25, -0.125]);
    expect(paths[0]?.height).toBeCloseTo(0.25 ** 2 + 0.125 ** 2, 6);
  });

  it("are given up when they leave all numbers behind", async () => {
    const entries = [{ optimizer: "sgd", learningRate: 100 }] as const;
    const game = await surfaces({ surface: "rosenbrock", start: [-1, 1], entries }, {}, nowhere);
    const { paths } = await advanced(game, 20);
    expect(paths[0]?.lost).toBe(true);
    expect([...(paths[0]?.places ?? [])].every(Number.isFinite)).toBe(true);
  });

  it("are read from an address", () => {
    const entries = [{ optimizer: "sgd", learningRate: 0.1 }] as const;
    expect(readEntries(entriesText(entries))).toEqual(entries);
    expect(readEntries(entriesText([]))).toEqual([]);
    for (const wrong of ["", "sgd", "sgd:", "sgd:-1", "none:1", "sgd:1,sgd:2"]) {
      expect(readEntries(wrong)).toBeUndefined();
    }
  });
});

describe("bands", () => {
  it("are medians between bounds; a curve that ends counts as infinite", () => {
    const curves = [[1, 5], [3, 1], [2]].map((values) => Float64Array.from(values));
    expect(bandOf(curves, "range")).toEqual({
      low: Float64Array.of(1, 1),
      middle: Float64Array.of(2, 5),
      high: Float64Array.of(3, Number.POSITIVE_INFINITY),
    });
    expect(quantile([1, 2, 3, 4], 0.25)).toBe(1.75);
    expect(bandOf([Float64Array.of(1), Float64Array.of(2), Float64Array.of(4)], "quartiles").high[0]).toBe(3);
  });

  it("are of means over a window", () => {
    expect([...trailingMeans(Float64Array.of(2, 4, 6, 8), 2)]).toEqual([2, 3, 5, 7]);
  });
});

describe("a history", () => {
  it("keeps its size, and the mean of all", () => {
    const history = new History();
    for (let i = 0; i < 16_000; i++) history.push(i);
    const { x, y } = history.curve();
    expect(x.length).toBeLessThanOrEqual(1600);
    expect(x.at(-1)).toBe(16_000);
    expect(y.reduce((sum, value) => sum + value, 0) / y.length).toBeCloseTo(7999.5, 6);
    expect(history.recent(100)).toBeGreaterThan(15_900);
    expect(new History().recent(5)).toBeNaN();
  });
});

describe("contour lines", () => {
  const size = 41;
  const field = Float32Array.from({ length: size * size }, (_, i) =>
    Math.hypot((i % size) - 20, Math.floor(i / size) - 20),
  );

  it("lie at their level, and close", () => {
    const segments = contour(field, size, 9.7);
    const ends = new Map<string, number>();
    for (const [x0, y0, x1, y1] of segments) {
      for (const [x, y] of [
        [x0, y0],
        [x1, y1],
      ] as const) {
        expect(Math.hypot(x - 20, y - 20)).toBeCloseTo(9.7, 1);
        const key = `${x.toFixed(6)} ${y.toFixed(6)}`;
        ends.set(key, (ends.get(key) ?? 0) + 1);
      }
    }
    expect([...ends.values()].every((count) => count === 2)).toBe(true);
    const length = segments.reduce((sum, [x0, y0, x1, y1]) => sum + Math.hypot(x1 - x0, y1 - y0), 0);
    expect(length).toBeCloseTo(2 * Math.PI * 9.7, 0);
  });

  it("cross no line at a saddle of four corners", () => {
    expect(contour(Float32Array.of(0, 1, 1, 0), 2, 0.4)).toHaveLength(2);
    expect(contour(Float32Array.of(0, 1, 1, 0), 2, 2)).toEqual([]);
  });

  it("have levels within the field, denser below", () => {
    const levels = levelsOf(field, 5);
    expect(levels.toSorted((a, b) => a - b)).toEqual(levels);
    expect((levels[1] as number) - (levels[0] as number)).toBeLessThan(
      (levels[4] as number) - (levels[3] as number),
    );
    expect(Math.max(...levels)).toBeLessThan(Math.max(...field));
  });
});
