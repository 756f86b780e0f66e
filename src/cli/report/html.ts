import type { Evaluation, Mistake } from "../../train/evaluate.js";
import type { DoneEvent } from "../../train/events.js";
import { duration, grouped, percent } from "../terminal/style.js";
import type { Curves } from "./curves.js";
import { reportScript } from "./script.js";
import { reportStyle } from "./style.js";

interface Picture {
  readonly address: string;
  readonly width: number;
  readonly height: number;
}

export interface ReportData {
  readonly title: string;
  readonly classes: readonly string[];
  readonly evaluation: Evaluation;
  readonly done: DoneEvent;
  readonly curves: Curves;
  readonly filters: readonly Picture[];
  readonly mistakes: readonly (Mistake & { readonly picture: Picture })[];
  /** The layer table, as text. */
  readonly layers: string;
  /** The recipe, as JSON. */
  readonly recipe: string;
  readonly chartScript: string;
  readonly chartStyle: string;
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** JSON that may stand in a script element: no tag can end or open there. */
function jsonInScript(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

/** A script that may stand in a script element. In code, its end tag can only be part of a string. */
function scriptInScript(code: string): string {
  return code.replace(/<\/script/gi, "<\\/script");
}

function image({ address, width, height }: Picture, scale: number, title: string): string {
  return `<img src="${address}" width="${width * scale}" height="${height * scale}" alt="${escapeHtml(title)}" title="${escapeHtml(title)}">`;
}

function fact(label: string, value: string): string {
  return `<div class="fact"><dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)}</dd></div>`;
}

function confusionHtml({ confusion }: Evaluation, classes: readonly string[]): string {
  const head = classes.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join("");
  const rows = confusion.map((row, label) => {
    const all = row.reduce((sum, count) => sum + count, 0);
    const cells = row.map((count, predicted) => {
      const share = all === 0 ? 0 : count / all;
      // Mistakes are few among many: the square root lets them show.
      const strength = Math.round(100 * Math.sqrt(share));
      const kind = label === predicted ? "right" : "wrong";
      const title = `${classes[label]} taken for ${classes[predicted]}: ${count} of ${all}`;
      return `<td class="${kind}" style="--strength:${strength}%" title="${escapeHtml(title)}">${count === 0 ? "" : count}</td>`;
    });
    const recall = all === 0 ? "" : percent((row[label] as number) / all, 1);
    return `<tr><th scope="row">${escapeHtml(classes[label] as string)}</th>${cells.join("")}<td class="recall">${recall}</td></tr>`;
  });
  return (
    `<div class="scroll"><table class="confusion"><caption>Rows are true classes, columns what the network said.</caption>` +
    `<thead><tr><td></td>${head}<th scope="col">recall</th></tr></thead><tbody>${rows.join("")}</tbody></table></div>`
  );
}

function mistakesHtml(data: ReportData): string {
  if (data.mistakes.length === 0) return "<p>There are none.</p>";
  const figures = data.mistakes.map(({ picture, label, predicted, probability, labelProbability }) => {
    const [truth, said] = [data.classes[label] as string, data.classes[predicted] as string];
    const title = `${truth} (${percent(labelProbability, 1)}) taken for ${said} (${percent(probability, 1)})`;
    return `<figure>${image(picture, 2, title)}<figcaption>${escapeHtml(truth)} → ${escapeHtml(said)} <small>${percent(probability, 0)}</small></figcaption></figure>`;
  });
  return `<p>True class → what the network said, and how sure it was; the surest first.</p><div class="gallery">${figures.join("")}</div>`;
}

/** The report of a finished run: one page with everything in it, for light and dark screens. */
export function reportHtml(data: ReportData): string {
  const { evaluation, done } = data;
  const filters =
    data.filters.length === 0
      ? ""
      : `<section><h2>First-layer filters</h2><p>Grey is zero, white positive, black negative.</p><div class="gallery">${data.filters
          .map((filter, i) => image(filter, Math.max(2, Math.round(56 / filter.width)), `filter ${i}`))
          .join("")}</div></section>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(data.title)}: training report</title>
<link rel="icon" href="data:,">
<style>${data.chartStyle}
${reportStyle}</style>
</head>
<body>
<header>
<h1>${escapeHtml(data.title)}</h1>
<dl class="facts">
${fact("test accuracy", percent(evaluation.accuracy))}
${fact("test loss", evaluation.loss.toFixed(4))}
${fact("wrong", `${grouped(evaluation.mistakes.length)} of ${grouped(evaluation.count)}`)}
${fact("epochs", String(done.epoch))}
${fact("steps", grouped(done.totalSteps))}
${fact("examples / second", grouped(done.examplesPerSecond))}
${fact("time", duration(done.seconds))}
</dl>
</header>
<main>
<section class="charts">
<div><h2>Loss</h2><div id="loss" class="chart"></div></div>
<div><h2>Accuracy</h2><div id="accuracy" class="chart"></div></div>
</section>
<section><h2>Confusion matrix</h2>${confusionHtml(evaluation, data.classes)}</section>
${filters}
<section><h2>Mistakes</h2>${mistakesHtml(data)}</section>
<section><h2>Layers</h2><div class="scroll"><pre>${escapeHtml(data.layers)}</pre></div></section>
<section><details><summary>Recipe</summary><div class="scroll"><pre>${escapeHtml(data.recipe)}</pre></div></details></section>
</main>
<script type="application/json" id="curves">${jsonInScript(data.curves)}</script>
<script>${scriptInScript(data.chartScript)}</script>
<script>${scriptInScript(reportScript)}</script>
</body>
</html>
`;
}
