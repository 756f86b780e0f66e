import { inspect } from "gradus";
import { brokenRecipes } from "gradus/recipe";
import { describe, expect, it } from "vitest";
import { brokenOf, explanations, foundIn, planOf } from "../../lab/src/parts/doctor/broken.js";
import { Checkups } from "../../lab/src/parts/doctor/checkups.js";
import { grouped, verdictOf } from "../../lab/src/parts/doctor/findings.js";
import { figure, judged, position, rowsOf, updateBand } from "../../lab/src/parts/doctor/layers.js";
import { courseOf } from "../../lab/src/worker/course.js";
import { History } from "../../lab/src/worker/curves.js";
import type { Checkup } from "../../lab/src/worker/lenses/examination.js";
import { examination as examinationLens } from "../../lab/src/worker/lenses/examination.js";
import { Run } from "../../lab/src/worker/run.js";
import { loadDigits } from "../../src/cli/data/sources.node.js";
import {
  healthyUpdate,
  hugeUpdate,
  largeUpdate,
  smallUpdate,
} from "../../src/inspect/doctor/rules/updates.js";

const finding = (
  severity: inspect.Finding["severity"],
  what: inspect.FindingName,
  layer = "",
): inspect.Finding => ({
  severity,
  layer,
  what,
  measured: 1,
  advice: "",
});

const nothing: inspect.Examination = {
  examples: 1,
  classes: 2,
  imagesFinite: true,
  loss: 1,
  accuracy: 0,
  commonestPrediction: 1,
  layers: [],
  parameters: [],
};

const checkup = (step: number, findings: readonly inspect.Finding[] = [], gradientNorm = 1): Checkup => ({
  step,
  findings,
  examination: {
    ...nothing,
    parameters: [
      {
        name: "0.weight",
        layer: "0",
        shape: [2, 2],
        norm: 1,
        gradientNorm,
        updateRatio: 0.001,
        unitDifference: 1,
        gradientUnitDifference: 1,
      },
    ],
  },
});

describe("the course of a training, as the doctor takes it", () => {
  const history = new History();
  for (let step = 1; step <= 1000; step++) {
    history.loss.push(step);
    history.accuracy.push(step / 1000);
    if (step % 25 !== 0) continue;
    history.validationStep.push(step);
    history.validationLoss.push(2 * step);
    history.validationAccuracy.push(step / 2000);
  }

  it("has every loss of a short one, and means of a long one behind its first", () => {
    expect(courseOf(history, 3, 400).losses).toEqual([1, 2, 3].map((loss) => ({ totalSteps: loss, loss })));
    const { losses } = courseOf(history, 1000, 400);
    expect(losses.length).toBeLessThanOrEqual(202);
    expect(losses[0]).toEqual({ totalSteps: 1, loss: 1 });
    expect(losses.slice(-2)).toEqual([
      { totalSteps: 995, loss: 993 },
      { totalSteps: 1000, loss: 998 },
    ]);
  });

  it("has figures of whole epochs up to the step, not of what came later", () => {
    expect(courseOf(history, 399, 400).epochs).toEqual([]);
    expect(courseOf(history, 450, 400).epochs).toEqual([
      { loss: 250.5, accuracy: expect.closeTo(0.2505, 12), validationLoss: 525, validationAccuracy: 0.13125 },
    ]);
    expect(courseOf(history, 1000, 400).epochs.map(({ loss }) => loss)).toEqual([400.5, 800.5]);
  });

  it("leaves out losses that are not known", () => {
    const resumed = new History();
    for (const loss of [Number.NaN, 2]) resumed.loss.push(loss);
    expect(courseOf(resumed, 2, 400).losses).toEqual([{ totalSteps: 2, loss: 2 }]);
  });
});

describe("findings in words", () => {
  it("tells once what is the same in several layers", () => {
    const findings = [
      finding("bad", "dead units", "1"),
      finding("watch", "dead units", "4"),
      finding("bad", "dead units", "7"),
    ];
    expect(
      grouped(findings).map((group) => [group.severity, group.findings.map(({ layer }) => layer)]),
    ).toEqual([
      ["bad", ["1", "7"]],
      ["watch", ["4"]],
    ]);
  });

  it("gives a verdict by the worst", () => {
    expect(verdictOf(checkup(0))).toEqual({
      severity: "good",
      text: "Healthy before the first step: nothing to do.",
    });
    expect(verdictOf(checkup(1, [finding("watch", "dead units", "1"), finding("good", "falling")]))).toEqual({
      severity: "watch",
      text: "Nothing is wrong after 1 step, but there is 1 thing to watch: dead units.",
    });
    const ill = [
      finding("bad", "dead units", "1"),
      finding("bad", "guessing"),
      finding("watch", "correlated units", "3"),
    ];
    expect(verdictOf(checkup(2000, ill))).toEqual({
      severity: "bad",
      text: "Something is wrong after 2,000 steps: dead units, guessing, and 1 thing to watch. The likeliest cause comes first.",
    });
  });
});

describe("the layers' figures", () => {
  it("draws the band of the doctor's own rules", () => {
    expect(updateBand).toEqual({
      least: smallUpdate,
      usual: healthyUpdate,
      most: largeUpdate,
      huge: hugeUpdate,
    });
    expect([1e-9, 1e-7, 1e-3, 1e2, 1e5].map((value) => position(value))).toEqual([
      0,
      0,
      expect.closeTo(4 / 9, 10),
      1,
      1,
    ]);
  });

  it("names ratios outside of it, and writes numbers short", () => {
    expect([0, 1e-6, 1e-4, 0.02, 3].map((ratio) => judged(ratio)?.word)).toEqual([
      "none",
      "small",
      undefined,
      "large",
      "too large",
    ]);
    expect([null, 0, 0.0012345, -99_999, 1.28e-6, -8.89e11].map(figure)).toEqual([
      "-",
      "0",
      "0.00123",
      "-100000",
      "1.3e-6",
      "-8.9e+11",
    ]);
  });

  it("forgets what came after a step to which one went back, and another training", () => {
    const checkups = new Checkups();
    for (const step of [0, 10, 20, 30]) checkups.add("a", checkup(step));
    checkups.add("a", checkup(20, [], 0));
    expect(checkups.steps).toEqual([0, 10, 20]);
    // A logarithm has no place for 0.
    expect(checkups.curves("gradientNorm")).toEqual([[1, 1, null]]);
    checkups.add("b", checkup(50));
    expect(checkups.steps).toEqual([50]);
  });

  it("keeps the whole of a long training, more coarsely", () => {
    const checkups = new Checkups();
    for (let step = 0; step <= 2000; step++) checkups.add("a", checkup(step));
    expect(checkups.steps[0]).toBe(0);
    expect(checkups.steps.at(-1)).toBe(2000);
    expect(checkups.steps.length).toBeLessThanOrEqual(600);
  });
});

describe("the trainings that go wrong on purpose", () => {
  it("are explained, every one, and known again", () => {
    for (const broken of brokenRecipes) {
      expect(explanations[broken.recipe.name]).toMatch(/\.$/);
      expect(brokenOf({ ...planOf(broken), seed: 77 })).toBe(broken);
    }
    expect(brokenOf(undefined)).toBeUndefined();
  });

  it("count as seen through by their own finding only, where it is bad", () => {
    const [healthy, zeros] = brokenRecipes as readonly [(typeof brokenRecipes)[0], (typeof brokenRecipes)[0]];
    const found = (broken: typeof zeros, ...findings: readonly inspect.Finding[]) =>
      foundIn(broken, checkup(1, findings));
    const identical = finding("bad", "identical units");
    expect(found(zeros, finding("bad", "guessing"))).toBeUndefined();
    expect(found(zeros, finding("watch", "identical units"))).toBeUndefined();
    expect(found(zeros, finding("bad", "guessing"), identical)).toBe(identical);
    const falling = finding("good", "falling");
    expect(found(healthy, finding("good", "signal size"))).toBeUndefined();
    expect(found(healthy, falling, finding("bad", "dead units"))).toBeUndefined();
    expect(found(healthy, falling)).toBe(falling);
  });
});

describe("the lens of the doctor", () => {
  it("gives what the library does, keeps it for a while, changes nothing, and follows the optimizer", async () => {
    const digits = await loadDigits();
    const layers = [{ type: "flatten" }, { type: "dense", units: 10 }] as const;
    const recipe = { ...brokenRecipes[0]!.recipe, layers: [...layers] };
    const run = await Run.create({ recipe, seed: 1, changes: [] }, digits);
    const memory = new Map<string, unknown>();
    const once = <T>(key: string, make: () => T): T => {
      if (!memory.has(key)) memory.set(key, make());
      return memory.get(key) as T;
    };
    const look = (patience: number) => examinationLens({ run, once }, { patience, batch: "fixed" });
    const first = await look(0);
    const indices = Array.from({ length: 200 }, (_, i) => Math.floor((i * run.sets.train.count) / 200));
    const { images, labels } = run.batchOf(run.sets.train, indices);
    const expected = await inspect.examiner(run.model, { optimizer: run.optimizer })(images, labels);
    expect(first.examination).toEqual(expected);
    expect(first.findings).toEqual(inspect.diagnose(expected));
    expect(rowsOf(expected).map(({ layer, parameter }) => [layer.path, parameter?.name])).toEqual([
      ["0", undefined],
      ["1", "1.weight"],
    ]);
    await run.advance();
    expect(await look(60_000)).toBe(first);
    const second = await look(0);
    expect(second.step).toBe(1);
    const loss = (await look(0)).examination.loss;
    expect(loss).toBe(second.examination.loss);
    expect(loss).not.toBe(first.examination.loss);
    const settings = { batchSize: 20, optimizer: { type: "sgd", learningRate: 1, momentum: 0 } } as const;
    run.change(settings);
    await run.advance();
    const ratio = async () => (await look(0)).examination.parameters[0]!.updateRatio!;
    const large = await ratio();
    run.change({ ...settings, optimizer: { ...settings.optimizer, weightDecay: 0.01, learningRate: 1e-9 } });
    await run.advance();
    expect(await ratio()).toBeLessThan(1e-6 * large);
  });
});
