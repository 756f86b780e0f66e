import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { Option } from "commander";
import { type LabelledImages, subset } from "../../data/labelled-images.js";
import { stratifiedSplit } from "../../data/split.js";
import { batchOptionsOf } from "../../recipe/batches.js";
import { datasetOf } from "../../recipe/datasets.js";
import { evaluatorOf } from "../../recipe/evaluator.js";
import { buildModel, inputShape } from "../../recipe/model.js";
import { buildOptimizer, buildSchedule } from "../../recipe/optimizer.js";
import { recipes } from "../../recipe/recipes/index.js";
import type { Recipe } from "../../recipe/schema.js";
import { type BackendName, useDevice } from "../../runtime/device.js";
import { encodeCheckpoint } from "../../train/checkpoint-file.js";
import type { Evaluation, Evaluator } from "../../train/evaluate.js";
import type { DoneEvent, FailedEvent, StoppedEvent, TrainEvent } from "../../train/events.js";
import { train } from "../../train/loop.js";
import { sourceOf } from "../datasets.js";
import { RunError, UserError } from "../errors.js";
import { findRecipe, recipeArgument } from "../recipe-file.node.js";
import { writeReport } from "../report/write.node.js";
import { backendNames, checkpointOfRun, placesOfRun, recipeOfRun } from "../run.js";
import { RunFolder } from "../run-folder.node.js";
import { stopOnSignal } from "../signals.js";
import { confusionTable } from "../terminal/confusion.js";
import { mistakesPicture } from "../terminal/picture.js";
import { TrainingDisplay } from "../terminal/progress.js";
import { colorDepth, colorsFor, duration, grouped, percent } from "../terminal/style.js";
import { packageVersion } from "../version.node.js";
import { path, positiveInteger, positiveNumber, seed } from "./options.js";

interface TrainFlags {
  readonly data?: string;
  readonly epochs?: number;
  readonly seconds?: number;
  readonly batch?: number;
  readonly seed?: number;
  readonly threads?: number;
  readonly backend?: BackendName;
  readonly out?: string;
  readonly resume?: string;
  readonly json?: boolean;
}

export function addTrainCommand(program: Command): void {
  program
    .command("train")
    .summary("train a network as a recipe says")
    .description(
      "Trains a network as a recipe says, and leaves a run folder with a checkpoint, metrics and a report.\n" +
        "Ctrl-C stops after the current step and saves; --resume goes on, ending in the same bits as if never stopped.",
    )
    .argument("[recipe]", `${recipeArgument} (with --resume: by default the run's own)`)
    .option("--data <dir>", "folder of the data set's files", path)
    .option("--epochs <n>", "how often to go through the training set", positiveInteger)
    .option("--seconds <s>", "end after so many seconds", positiveNumber)
    .option("--batch <n>", "examples in a batch", positiveInteger)
    .option("--seed <n>", "decides initial weights, order and crops", seed)
    .option("--threads <n>", "threads of the wasm backend (default: all cores)", positiveInteger)
    .addOption(new Option("--backend <name>", "what computes (default: wasm)").choices(backendNames))
    .option("--out <dir>", "folder for the results (default: runs/RECIPE-TIME)", path)
    .option("--resume <dir>", "go on with the run in this folder, its data and backend", path)
    .option("--json", "print one JSON object a line instead of a display")
    .addHelpText(
      "after",
      "\nExamples:\n  gradus train digits\n  gradus train mnist --data ~/mnist --epochs 3\n  gradus train --resume runs/digits-2026-01-31-120000",
    )
    .action(runTrain);
}

/** A run's folder, the recipe with the flags applied, and where to go on. */
function prepare(argument: string | undefined, flags: TrainFlags) {
  if (flags.resume !== undefined && flags.out !== undefined) {
    throw new UserError("--resume and --out exclude each other: a resumed run goes on in its own folder");
  }
  const earlier = flags.resume === undefined ? undefined : RunFolder.open(flags.resume);
  if (argument === undefined && earlier === undefined) {
    throw new UserError(
      `name a recipe (${Object.keys(recipes).join(", ")}, or a JSON file), or a run to go on with by --resume`,
    );
  }
  const named = argument === undefined ? recipeOfRun(earlier as RunFolder) : findRecipe(argument);
  const recipe: Recipe = {
    ...named,
    epochs: flags.epochs ?? named.epochs,
    batchSize: flags.batch ?? named.batchSize,
    seed: flags.seed ?? named.seed,
  };
  const source = sourceOf(recipe);
  if (flags.data !== undefined && !source.searched) {
    const why =
      recipe.dataset === "digits" ? "the package carries digits" : "the recipe names its files itself";
    throw new UserError(`--data has no meaning here: ${why}`);
  }
  const before = earlier === undefined ? {} : placesOfRun(earlier);
  const places = {
    data: flags.data === undefined ? before.data : resolve(flags.data),
    backend: flags.backend ?? before.backend ?? "wasm",
  };
  return { earlier, recipe, source, places, checkpoint: earlier && checkpointOfRun(earlier) };
}

/** Holds out a share of the training set, the same for the same seed. */
function holdOut(
  recipe: Recipe,
  all: LabelledImages,
): { training: LabelledImages; validation: LabelledImages } {
  const split = stratifiedSplit(all.labels, all.classes.length, recipe.validation, recipe.seed);
  if (split.test.length === 0 || split.train.length < recipe.batchSize) {
    throw new UserError(
      `recipe ${recipe.name}: of ${all.count} examples, ${split.train.length} are left to train and ` +
        `${split.test.length} to validate: there must be at least a batch (${recipe.batchSize}) and one`,
    );
  }
  return { training: subset(all, split.train), validation: subset(all, split.test) };
}

function timestamp(): string {
  return new Date().toISOString().slice(0, 19).replace("T", "-").replaceAll(":", "");
}

async function runTrain(argument: string | undefined, flags: TrainFlags): Promise<void> {
  const { earlier, recipe, source, places, checkpoint } = prepare(argument, flags);
  const dataset = datasetOf(recipe);
  const model = buildModel(recipe, inputShape(recipe, dataset), dataset);
  const optimizer = buildOptimizer(recipe, model);
  const { train: all, test } = await source.load({ data: places.data });
  const { training, validation } = holdOut(recipe, all);
  const stepsPerEpoch = Math.floor(training.count / recipe.batchSize);
  const folder = earlier ?? RunFolder.create(flags.out ?? join("runs", `${recipe.name}-${timestamp()}`));

  const device = useDevice({
    backend: places.backend,
    ...(flags.threads === undefined ? {} : { threads: threadsOf(flags.threads) }),
  });
  const report = reporter(flags, recipe, folder);
  const stop = stopOnSignal(() => report.say("stopping after this step; press Ctrl-C again to quit at once"));
  try {
    const events = train({
      model,
      optimizer,
      data: training,
      validation,
      batches: batchOptionsOf(recipe),
      epochs: recipe.epochs,
      seconds: flags.seconds,
      schedule: buildSchedule(recipe, optimizer, stepsPerEpoch),
      earlyStopping: recipe.earlyStopping,
      save: (reached) => folder.saveCheckpoint(encodeCheckpoint(reached)),
      resume: checkpoint,
      signal: stop.signal,
    });
    let last: TrainEvent | undefined;
    for await (const event of events) {
      if (event.event === "start") {
        // Only now is it certain that the checkpoint fits, so nothing of an earlier run is touched before.
        writeConfig(folder, recipe, flags, places);
        folder.truncateMetrics(event.totalSteps);
      }
      if (event.event === "interval" || event.event === "epoch") folder.appendMetrics(event);
      report.show(event);
      last = event;
    }
    if (last?.event === "stopped") return report.stopped(last);
    if (last?.event === "failed") return report.failed(last);
    if (last?.event !== "done") throw new Error("training ended without a word");
    const evaluation = await evaluateUnlessStopped(evaluatorOf(recipe, model), test, stop.signal);
    if (evaluation === undefined) {
      const { epoch, totalSteps } = last;
      return report.stopped({ event: "stopped", epoch, step: 0, totalSteps });
    }
    await writeReport(folder, { recipe, model, test, evaluation, done: last });
    report.done(last, evaluation, test);
  } finally {
    stop.release();
    report.close();
    folder.close();
    device.close();
  }
}

/** More threads than cores would wait for each other most of the time; results do not depend on their number. */
function threadsOf(wanted: number): number {
  const cores = availableParallelism();
  if (wanted > cores) process.stderr.write(`using ${cores} threads, as many as there are cores\n`);
  return Math.min(wanted, cores);
}

async function evaluateUnlessStopped(
  evaluator: Evaluator,
  test: LabelledImages,
  signal: AbortSignal,
): Promise<Evaluation | undefined> {
  try {
    return await evaluator.evaluate(test, signal);
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

interface Places {
  readonly data: string | undefined;
  readonly backend: BackendName;
}

function writeConfig(folder: RunFolder, recipe: Recipe, flags: TrainFlags, places: Places): void {
  folder.writeConfig({
    gradus: packageVersion(),
    recipe,
    run: {
      data: places.data ?? null,
      backend: places.backend,
      threads: flags.threads ?? null,
      seconds: flags.seconds ?? null,
    },
  });
}

interface Reporter {
  say(text: string): void;
  show(event: TrainEvent): void;
  done(done: DoneEvent, evaluation: Evaluation, test: LabelledImages): void;
  stopped(event: StoppedEvent): void;
  failed(event: FailedEvent): never;
  close(): void;
}

function resumeCommand(folder: RunFolder): string {
  return `gradus train --resume ${folder.path}`;
}

function reporter(flags: TrainFlags, recipe: Recipe, folder: RunFolder): Reporter {
  const say = (text: string) => void process.stderr.write(`${text}\n`);
  const failed = (event: FailedEvent): never => {
    throw new RunError(`${event.message}. The last good checkpoint is kept in ${folder.path}`);
  };
  return flags.json ? jsonReporter(folder, say, failed) : terminalReporter(recipe, folder, say, failed);
}

function jsonReporter(folder: RunFolder, say: Reporter["say"], failed: Reporter["failed"]): Reporter {
  const print = (value: object) => void process.stdout.write(`${JSON.stringify(value)}\n`);
  const secondsBetween = 1;
  let lastProgress = Number.NEGATIVE_INFINITY;
  return {
    say,
    show(event) {
      if (event.event === "done" || event.event === "interval" || event.event === "stopped") return;
      if (event.event === "progress") {
        if (performance.now() - lastProgress < secondsBetween * 1000) return;
        lastProgress = performance.now();
      }
      print(event);
    },
    done: (done, evaluation) =>
      print({
        event: "done",
        testAccuracy: evaluation.accuracy,
        testLoss: evaluation.loss,
        examplesPerSecond: done.examplesPerSecond,
        seconds: done.seconds,
        out: folder.path,
        reason: done.reason,
        epoch: done.epoch,
        totalSteps: done.totalSteps,
        confusion: evaluation.confusion,
      }),
    stopped(event) {
      print({ ...event, out: folder.path, resume: resumeCommand(folder) });
      say(`stopped; go on with: ${resumeCommand(folder)}`);
      process.exitCode = 130;
    },
    failed,
    close() {},
  };
}

function terminalReporter(
  recipe: Recipe,
  folder: RunFolder,
  say: Reporter["say"],
  failed: Reporter["failed"],
): Reporter {
  const output = process.stdout;
  const colors = colorsFor(output);
  const display = new TrainingDisplay(output);
  let before = 0;
  const print = (text: string) => void output.write(`${text}\n`);
  return {
    say(text) {
      display.close();
      say(text);
    },
    show(event) {
      if (event.event === "start") {
        before = event.totalSteps;
        const resumed = event.totalSteps > 0 ? `, going on after ${grouped(event.totalSteps)} steps` : "";
        print(
          `${colors.bold(recipe.name)}: ${grouped(event.examples)} examples to train, ` +
            `${grouped(event.validationExamples)} to validate, batches of ${recipe.batchSize}, ${event.epochs} epochs${resumed}`,
        );
      }
      display.show(event);
    },
    done(done, evaluation, test) {
      print(
        `\n${done.totalSteps === before ? "nothing was left to train; " : ""}` +
          `trained in ${duration(done.seconds)} at ${grouped(done.examplesPerSecond)} examples/s` +
          (done.bestEpoch === null ? "" : `; stopped early, back at epoch ${done.bestEpoch}`),
      );
      const wrong = evaluation.mistakes.length;
      print(
        `\n${colors.bold(`test accuracy ${percent(evaluation.accuracy)}`)} ` +
          `(${grouped(wrong)} of ${grouped(evaluation.count)} wrong, loss ${evaluation.loss.toFixed(4)})\n`,
      );
      print(confusionTable(evaluation, test.classes, colors));
      const picture = mistakesPicture(test, evaluation, {
        width: output.columns ?? 100,
        depth: colorDepth(output),
      });
      if (picture) print(`\nthe surest mistakes:\n\n${picture}`);
      print(
        `\nresults in ${colors.cyan(folder.path)}: checkpoint.safetensors, metrics.jsonl, config.json, report.html`,
      );
    },
    stopped(event) {
      print(
        `\nstopped ${event.epoch < recipe.epochs ? `in epoch ${event.epoch + 1}` : "before the test"}, after ${grouped(event.totalSteps)} steps; saved to ${folder.path}\n` +
          `go on with: ${resumeCommand(folder)}`,
      );
      process.exitCode = 130;
    },
    failed,
    close: () => display.close(),
  };
}
