import type { Command } from "commander";
import { device } from "../../runtime/device.js";
import { readLabelledImages } from "../data/idx-file.node.js";
import { UserError } from "../errors.js";
import { openRun } from "../run.js";
import { confusionTable } from "../terminal/confusion.js";
import { colorsFor, grouped, percent } from "../terminal/style.js";
import { path } from "./options.js";

interface EvaluateFlags {
  readonly images: string;
  readonly labels: string;
  readonly json?: boolean;
}

export function addEvaluateCommand(program: Command): void {
  program
    .command("evaluate")
    .summary("test a trained network on labelled images")
    .description("Prints a trained network's accuracy and confusion matrix on images with labels.")
    .argument("<run>", "folder of a run")
    .requiredOption("--images <file>", "images in IDX format, plain or gzip", path)
    .requiredOption("--labels <file>", "their labels in IDX format, plain or gzip", path)
    .option("--json", "print one JSON object")
    .action(runEvaluate);
}

async function runEvaluate(path: string, flags: EvaluateFlags): Promise<void> {
  const { dataset, evaluator } = openRun(path);
  const { channels, height, width, classes } = dataset;
  if (channels !== 1) {
    throw new UserError(
      `IDX files hold grey images, but ${path} was trained on images of ${channels} channels (${dataset.name})`,
    );
  }
  const set = await readLabelledImages(flags.images, flags.labels, {
    name: flags.images,
    classes,
    imageSize: { height, width },
  });
  try {
    const evaluation = await evaluator.evaluate(set);
    const { accuracy, count, loss, confusion } = evaluation;
    if (flags.json) {
      process.stdout.write(`${JSON.stringify({ accuracy, count, loss, confusion })}\n`);
      return;
    }
    const colors = colorsFor(process.stdout);
    process.stdout.write(
      `${colors.bold(`accuracy ${percent(accuracy)}`)} (${grouped(evaluation.mistakes.length)} of ${grouped(count)} ` +
        `wrong, loss ${loss.toFixed(4)})\n\n${confusionTable(evaluation, classes, colors)}\n`,
    );
  } finally {
    device().close();
  }
}
