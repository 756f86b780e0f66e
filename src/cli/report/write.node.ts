import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { LabelledImages } from "../../data/labelled-images.js";
import type { Module } from "../../nn/module.js";
import type { Recipe } from "../../recipe/schema.js";
import type { Evaluation } from "../../train/evaluate.js";
import type { DoneEvent } from "../../train/events.js";
import type { RunFolder } from "../run-folder.node.js";
import { summaryTable } from "../summary.js";
import { curvesOf } from "./curves.js";
import { reportHtml } from "./html.js";
import { filterPictures, imagePicture } from "./pictures.node.js";

export interface ReportContent {
  readonly recipe: Recipe;
  readonly model: Module;
  readonly test: LabelledImages;
  readonly evaluation: Evaluation;
  readonly done: DoneEvent;
}

/** Mistakes and filters shown: more would make the page heavy and tell nothing new. */
const mistakesShown = 48;
const filtersShown = 64;

/** Writes a run's `report.html`: one file that needs nothing else. */
export async function writeReport(folder: RunFolder, content: ReportContent): Promise<void> {
  const { recipe, model, test, evaluation, done } = content;
  const require = createRequire(import.meta.url);
  const asset = (name: string) => readFileSync(require.resolve(`uplot/dist/${name}`), "utf8");
  const html = reportHtml({
    title: recipe.name,
    classes: test.classes,
    evaluation,
    done,
    curves: curvesOf(folder.readMetrics()),
    filters: await filterPictures(model, filtersShown),
    mistakes: evaluation.mistakes.slice(0, mistakesShown).map((mistake) => ({
      picture: imagePicture(test, mistake.index),
      ...mistake,
    })),
    layers: summaryTable(model, model.inputShape),
    recipe: JSON.stringify(recipe, undefined, 2),
    chartScript: asset("uPlot.iife.min.js"),
    chartStyle: asset("uPlot.min.css"),
  });
  folder.write(folder.reportPath, html);
}
