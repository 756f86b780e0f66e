import pc from "picocolors";
import { describe, expect, it } from "vitest";
import { courseOf } from "../../src/cli/inspect/course.js";
import { findingLines, layerTable, parameterTable } from "../../src/cli/inspect/tables.js";
import type { inspect } from "../../src/index.js";
import { examination, layer, weight } from "../inspect/doctor/examinations.js";

const finding = (changes: Partial<inspect.Finding>): inspect.Finding => ({
  severity: "bad",
  layer: "1",
  what: "dead units",
  measured: 1,
  advice: "All units of layer 1 are dead; do something about it, and soon.",
  ...changes,
});

describe("gradus inspect", () => {
  it("has a line for each layer, with what means nothing left out", () => {
    const layers = [
      layer("0", "conv2d", { units: 8, mean: -0.12345, maximum: 123456, sparsity: 0 }),
      layer("1", "relu", { dead: 0.125, correlation: null }),
      layer("2", "dense", {
        finite: false,
        mean: null,
        sparsity: null,
        correlation: null,
        gradientNorm: null,
      }),
    ];
    const [header, ...rows] = layerTable(examination({ layers })).split("\n");
    expect(header).toMatch(/^layer +kind +units +mean .* dead +saturated +correlation +gradient$/);
    expect(rows[0]).toMatch(/^0 +conv2d +8 +-0\.123 +1 +-2 +1\.2e\+5 +0\.0% +- +- +0\.2 +0\.5$/);
    expect(rows[1]).toMatch(/^1 +relu +20 .* 40\.0% +12\.5% +- +- +0\.5$/);
    expect(rows[2]).toMatch(/^2 +dense +20 +not finite +- +- +- +- +-$/);
  });

  it("has a line for each parameter", () => {
    const parameters = [weight("0", { shape: [8, 1, 5, 5] }), weight("2", { updateRatio: null })];
    const [, ...rows] = parameterTable(examination({ parameters })).split("\n");
    expect(rows[0]).toMatch(/^0\.weight +8 x 1 x 5 x 5 +5 +1 +0\.001$/);
    expect(rows[1]).toMatch(/^2\.weight +20 x 20 +5 +1 +-$/);
  });

  it("tells the same finding once, naming the other layers, in lines that fit", () => {
    const text = findingLines(
      [
        finding({}),
        finding({ layer: "3" }),
        finding({ layer: "5" }),
        finding({ severity: "good", layer: "" }),
      ],
      pc.createColors(false),
      50,
    );
    expect(text.split("\n")).toEqual([
      "bad    dead units: All units of layer 1 are dead;",
      "       do something about it, and soon. Also in 3,",
      "       5.",
      "good   dead units: All units of layer 1 are dead;",
      "       do something about it, and soon.",
    ]);
  });

  it("takes losses from intervals, accuracies from epochs, and leaves out what is no number", () => {
    const epoch = { loss: 1, accuracy: 0.6, validationLoss: null, validationAccuracy: null };
    const rows = [
      { event: "interval", totalSteps: 20, epochs: 0.05, loss: 2.1, accuracy: 0.3 },
      { event: "interval", totalSteps: 40, epochs: 0.1, loss: null },
      { event: "epoch", totalSteps: 40, ...epoch },
    ];
    expect(courseOf(rows)).toEqual({
      losses: [
        { totalSteps: 20, loss: 2.1 },
        { totalSteps: 40, loss: null },
      ],
      epochs: [epoch],
    });
  });
});
