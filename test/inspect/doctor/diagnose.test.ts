import { describe, expect, it } from "vitest";
import { inspect } from "../../../src/index.js";
import { examination, layer, weight } from "./examinations.js";

type Change = Partial<inspect.Examination>;

/** What is found, apart from what is good. */
function faults(change: Change, course: inspect.TrainingCourse = {}) {
  return inspect
    .diagnose(examination(change), course)
    .filter(({ severity }) => severity !== "good")
    .map(({ severity, what, layer }) => `${severity} ${what}${layer && ` ${layer}`}`);
}

/** Losses of so many steps, one each. */
const losses = (steps: number, at: (progress: number) => number) => ({
  losses: Array.from({ length: steps + 1 }, (_, i) => ({ totalSteps: i, loss: at(i / steps) })),
});

const epoch = (accuracy: number, validationAccuracy: number | null, validationLoss: number | null = 0.5) => ({
  loss: 0.1,
  accuracy,
  validationLoss,
  validationAccuracy,
});

describe("diagnose", () => {
  it("finds nothing wrong where nothing is, and says what is well, with numbers", () => {
    const findings = inspect.diagnose(examination(), {
      ...losses(100, (progress) => 2.3 - 2 * progress),
      epochs: [epoch(0.9, 0.88)],
    });
    expect(findings.map(({ severity, what }) => `${severity} ${what}`)).toEqual([
      "good update size",
      "good signal size",
      "good gradient size",
      "good dead units",
      "good saturated units",
      "good correlated units",
      "good falling",
      "good generalizing",
    ]);
    for (const { advice, layer } of findings) {
      expect(advice).toMatch(/^[A-Z0-9].*\d.*\.$/);
      expect(layer).toBe("");
    }
  });

  it("puts the worst first, and causes before what follows from them", () => {
    const change = {
      layers: [layer("0", "relu", { dead: 0.5, correlation: 0.9 }), layer("1", "relu", { dead: 1 })],
      parameters: [weight("2", { updateRatio: 3 })],
    };
    expect(faults(change)).toEqual([
      "bad update too large 2",
      "bad dead units 1",
      "watch dead units 0",
      "watch correlated units 0",
    ]);
  });

  it("changes nothing that it is given, and needs nothing but what JSON keeps", () => {
    const given = examination({ loss: null });
    const kept = JSON.parse(JSON.stringify(given));
    expect(inspect.diagnose(kept)).toEqual(inspect.diagnose(given));
    expect(given).toEqual(kept);
  });
});

describe("what is not finite", () => {
  const bad = (change: Change) => inspect.diagnose(examination(change));

  it.each<[string, Change, string, RegExp]>([
    ["the images", { imagesFinite: false, layers: [layer("0", "dense", { finite: false })] }, "", /images/],
    [
      "a layer's own weights",
      {
        layers: [layer("0", "dense"), layer("2", "dense", { finite: false })],
        parameters: [weight("2", { norm: null })],
      },
      "2",
      /^2\.weight is no longer finite.*learning rate/,
    ],
    [
      "a layer's output",
      {
        layers: [
          layer("0", "dense", { minimum: -8e20, maximum: 7 }),
          layer("1", "softplus", { finite: false }),
          layer("2", "dense", { finite: false }),
        ],
      },
      "1",
      /layer 1 \(softplus\), whose input reaches 8\.00e\+20/,
    ],
    ["the loss alone", { loss: null }, "", /loss is not finite though the logits, up to 3\.00, are/],
    [
      "a gradient alone",
      { parameters: [weight("0"), weight("2", { gradientNorm: null })] },
      "2",
      /gradient of 2\.weight/,
    ],
  ])("is traced to where it begins: %s", (_, change, path, advice) => {
    const findings = bad(change);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ severity: "bad", what: "not finite", layer: path, measured: null });
    expect(findings[0]!.advice).toMatch(advice);
  });
});

describe("units that are identical", () => {
  const of = (unitDifference: number | null, gradientUnitDifference: number | null) =>
    faults({
      parameters: [weight("0", { unitDifference, gradientUnitDifference }), weight("2"), weight("4")],
    });

  it("are those whose weights and gradients are both the same", () => {
    expect(of(0, 0)).toEqual(["bad identical units 0"]);
    expect(of(1e-5, 1e-5)).toEqual(["bad identical units 0"]);
    expect(of(1.1e-5, 0)).toEqual([]);
    expect(of(0, 1.1e-5)).toEqual([]);
    expect(of(null, null)).toEqual([]);
  });

  it("are said to be zero where they are", () => {
    const zero = weight("0", { norm: 0, updateRatio: null, unitDifference: 0, gradientUnitDifference: 0 });
    const [finding] = inspect.diagnose(examination({ parameters: [zero] }));
    expect(finding!.advice).toMatch(/the 20 units of layer 0 \(0\.weight\) are all 0 .* heNormal/);
  });
});

describe("the size of updates", () => {
  const of = (updateRatio: number | null, changes = {}) =>
    faults({ parameters: [weight("0", { updateRatio, ...changes })] });

  it("should be about a thousandth of the weights", () => {
    expect(of(0.1001)).toEqual(["bad update too large 0"]);
    expect(of(0.1)).toEqual(["watch update too large 0"]);
    expect(of(0.01001)).toEqual(["watch update too large 0"]);
    expect(of(0.01)).toEqual([]);
    expect(of(1e-5)).toEqual([]);
    expect(of(0.99e-5)).toEqual(["watch update too small"]);
  });

  it("is too small only where all are, and nothing else is the reason", () => {
    const small = weight("0", { updateRatio: 1e-6 });
    expect(faults({ parameters: [small, weight("2")] })).toEqual([]);
    expect(faults({ parameters: [small, small] })).toEqual(["watch update too small"]);
    expect(faults({ parameters: [small, small], layers: [layer("1", "relu", { dead: 1 })] })).toEqual([
      "bad dead units 1",
    ]);
  });

  it("is not judged for biases, for weights of zero, without an optimizer, and where no gradient arrives", () => {
    expect(of(5, { shape: [20] })).toEqual([]);
    expect(of(null)).toEqual([]);
    expect(of(0, { gradientNorm: 0 })).toEqual([]);
  });

  it("says how much smaller the learning rate should be", () => {
    const [finding] = inspect.diagnose(examination({ parameters: [weight("0", { updateRatio: 12.3 })] }));
    expect(finding!.advice).toMatch(/changes 0\.weight by 12\.3 of its length.*about 0\.001.*10000-fold/);
  });
});

describe("signals", () => {
  /** Three layers with weights that give these deviations. */
  const of = (...deviations: (number | null)[]) =>
    faults({
      layers: deviations.map((standardDeviation, i) => layer(String(2 * i), "dense", { standardDeviation })),
    });

  it("may become a hundred times smaller or larger", () => {
    expect(of(1, 0.1, 0.01)).toEqual([]);
    expect(of(1, 0.1, 0.0099)).toEqual(["watch fading signal 4"]);
    expect(of(1, 0.9e-4, 1)).toEqual(["bad fading signal 2"]);
    expect(of(1, 1, 100)).toEqual([]);
    expect(of(1, 1, 101)).toEqual(["watch exploding signal 4"]);
    expect(of(1, 1.01e4, 1)).toEqual(["bad exploding signal 2"]);
  });

  it("are not judged where the first is nothing, or there is no depth", () => {
    expect(of(0, 0, 0)).toEqual([]);
    expect(of(null, 1, 1)).toEqual([]);
    const behind = ["0", "2", "4"].map((path, i) =>
      layer(path, "dense", { standardDeviation: 10 ** (-5 * i) }),
    );
    expect(faults({ layers: [...behind, layer("3", "relu", { dead: 1 })] })).toEqual(["bad dead units 3"]);
    expect(faults({ layers: [...behind, layer("3", "relu", { dead: 0.99 })] })).toHaveLength(2);
    const layers = [layer("0", "dense"), layer("2", "dense", { standardDeviation: 1e-9 })];
    expect(faults({ layers, parameters: [weight("0"), weight("2")] })).toEqual([]);
  });

  it("count behind layers with weights only", () => {
    const layers = ["0", "2", "4"].map((path) => layer(path, "dense"));
    expect(faults({ layers: [...layers, layer("5", "softmax", { standardDeviation: 1e-6 })] })).toEqual([]);
  });
});

describe("gradients", () => {
  /** Three weights of length 5 with these gradients. */
  const of = (...gradients: number[]) =>
    faults({ parameters: gradients.map((gradientNorm, i) => weight(String(2 * i), { gradientNorm })) });

  it("may become a thousand times smaller or larger on the way back, for the weights' lengths", () => {
    expect(of(1e-3, 1, 1)).toEqual([]);
    expect(of(0.99e-3, 1, 1)).toEqual(["watch vanishing gradient 0"]);
    expect(of(0.99e-5, 1, 0.1)).toEqual(["bad vanishing gradient 0"]);
    expect(of(1000, 30, 1)).toEqual([]);
    expect(of(1001, 30, 1)).toEqual(["watch exploding gradient 0"]);
    expect(of(1.1e5, 30, 1)).toEqual(["bad exploding gradient 0"]);
    expect(
      faults({ parameters: [weight("0", { gradientNorm: 1e-3, norm: 1e-3 }), weight("2"), weight("4")] }),
    ).toEqual([]);
  });

  it("are not judged where none arrives at the last layer, or there is no depth", () => {
    expect(of(0, 0, 0)).toEqual([]);
    expect(of(1e-9, 1)).toEqual([]);
  });

  it("that vanish behind sigmoids are the sigmoids' fault", () => {
    const advice = (kind: string) => {
      const layers = ["1", "3"].map((path) => layer(path, kind));
      const parameters = [weight("0", { gradientNorm: 1e-9 }), weight("2"), weight("4")];
      return inspect.diagnose(examination({ layers, parameters }))[0]!.advice;
    };
    expect(advice("sigmoid")).toMatch(/each of the 2 sigmoids multiplies it by at most 1\/4/);
    expect(advice("tanh")).toMatch(/xavierNormal/);
    expect(advice("relu")).toMatch(/heNormal/);
  });
});

describe("units", () => {
  const of = (changes: Partial<inspect.LayerExamination>) =>
    faults({ layers: [layer("1", "relu", { dead: null, ...changes })] });

  it("may be dead up to two fifths", () => {
    expect(of({ dead: 0.4 })).toEqual([]);
    expect(of({ dead: 0.41 })).toEqual(["watch dead units 1"]);
    expect(of({ dead: 0.8 })).toEqual(["watch dead units 1"]);
    expect(of({ dead: 0.81 })).toEqual(["bad dead units 1"]);
    const [finding] = inspect.diagnose(examination({ layers: [layer("1", "relu", { dead: 0.45 })] }));
    expect(finding!.advice).toMatch(/^9 of the 20 units of layer 1 \(relu\) \(45%\) are 0/);
  });

  it("may be saturated up to a half", () => {
    expect(of({ saturated: 0.5 })).toEqual([]);
    expect(of({ saturated: 0.51 })).toEqual(["watch saturated units 1"]);
    expect(of({ saturated: 0.9 })).toEqual(["watch saturated units 1"]);
    expect(of({ saturated: 0.91 })).toEqual(["bad saturated units 1"]);
  });

  it("may be correlated up to 0.8, and beyond are only watched", () => {
    expect(of({ correlation: 0.8 })).toEqual([]);
    expect(of({ correlation: 0.81 })).toEqual(["watch correlated units 1"]);
    expect(of({ correlation: 1 })).toEqual(["watch correlated units 1"]);
  });
});

describe("the loss", () => {
  it("diverges when it has grown by half", () => {
    expect(
      faults(
        {},
        losses(20, (progress) => (progress < 0.5 ? 2 : 2.98)),
      ),
    ).toEqual([]);
    expect(
      faults(
        {},
        losses(20, (progress) => (progress < 0.5 ? 2 : 3.02)),
      ),
    ).toEqual(["bad diverging"]);
  });

  it("diverges when it once was five times as large", () => {
    const jump = (size: number) => losses(100, (progress) => (progress === 0.5 ? size : 2 - progress));
    expect(faults({}, jump(9.9))).toEqual([]);
    expect(faults({}, jump(10.1))).toEqual(["bad diverging"]);
    expect(inspect.diagnose(examination(), jump(44))[0]!.advice).toMatch(/from 2 to 44 at step 50/);
  });

  it("diverges when half of what was won is lost", () => {
    const back = (end: number) => losses(100, (progress) => (progress < 0.8 ? 2 - progress : end));
    const lowest = 2 - 0.745;
    expect(faults({}, back(lowest + 0.49 * (2 - lowest)))).toEqual([]);
    expect(faults({}, back(lowest + 0.51 * (2 - lowest)))).toEqual(["bad diverging"]);
  });

  it("diverges when it is no number any more", () => {
    const course = {
      losses: [
        { totalSteps: 1, loss: 2 },
        { totalSteps: 2, loss: null },
      ],
    };
    expect(faults({}, course)).toEqual(["bad diverging"]);
    expect(inspect.diagnose(examination(), course)[0]!.advice).toMatch(/at step 2;/);
    expect(faults({ loss: null }, course)).toEqual(["bad not finite", "bad diverging"]);
  });

  it("is that of guessing near the logarithm of the classes, after fifty steps", () => {
    const near = (share: number) => (progress: number) => Math.log(10) * (progress === 0 ? 1.2 : share);
    expect(faults({}, losses(49, near(1.01)))).toEqual([]);
    expect(faults({}, losses(50, near(1.01)))).toEqual(["bad guessing"]);
    expect(faults({}, losses(50, near(0.96)))).toEqual(["bad guessing"]);
    expect(faults({}, losses(50, near(0.94)))).toEqual([]);
    expect(faults({}, losses(50, near(1.06)))).toEqual([]);
    expect(faults({ classes: 2 }, losses(50, near(1)))).toEqual([]);
    const advice = (commonestPrediction: number) =>
      inspect.diagnose(examination({ commonestPrediction }), losses(50, near(1)))[0]!.advice;
    expect(advice(0.9)).toMatch(/ln 10 = 2\.3 .*predicts one class for 90% of the examples/);
    expect(advice(0.89)).toMatch(/only guesses/);
  });

  it("should fall by a twentieth in fifty steps", () => {
    const to = (share: number) => (progress: number) => (progress === 0 ? 1 : share);
    expect(faults({}, losses(50, to(0.96)))).toEqual(["watch not falling"]);
    expect(faults({}, losses(49, to(0.96)))).toEqual([]);
    expect(faults({}, losses(50, to(0.94)))).toEqual([]);
  });

  it("is not judged by a single one", () => {
    expect(faults({}, { losses: [{ totalSteps: 500, loss: 2.3 }] })).toEqual([]);
    expect(faults({}, { losses: [] })).toEqual([]);
  });
});

describe("overfitting", () => {
  it("is a gap between the accuracies", () => {
    expect(faults({}, { epochs: [epoch(0.94, 0.9)] })).toEqual([]);
    expect(faults({}, { epochs: [epoch(0.96, 0.9)] })).toEqual(["watch overfitting"]);
    expect(faults({}, { epochs: [epoch(0.9, 0.76)] })).toEqual(["watch overfitting"]);
    expect(faults({}, { epochs: [epoch(0.9, 0.74)] })).toEqual(["bad overfitting"]);
    expect(faults({}, { epochs: [epoch(0.9, null)] })).toEqual([]);
  });

  it("is not praised to be absent where nothing has been learned", () => {
    const told = (accuracy: number) =>
      inspect
        .diagnose(examination(), { epochs: [epoch(accuracy, accuracy)] })
        .filter(({ what }) => what === "generalizing").length;
    expect(examination().classes).toBe(10);
    expect([told(0.1), told(0.19), told(0.21), told(0.9)]).toEqual([0, 0, 1, 1]);
  });

  it("says when the validation was best, if that is over", () => {
    const course = { epochs: [epoch(0.9, 0.8, 0.6), epoch(0.95, 0.8, 0.5), epoch(0.99, 0.8, 0.7)] };
    const advice = (epochs: inspect.TrainingCourse["epochs"]) =>
      inspect.diagnose(examination(), { epochs: epochs ?? [] })[0]!.advice;
    expect(advice(course.epochs)).toMatch(
      /99% of the training examples are right and 80% .*best after epoch 2 of 3/,
    );
    expect(advice(course.epochs.slice(0, 2))).not.toMatch(/best after/);
  });
});
