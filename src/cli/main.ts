#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { DataError } from "../data/errors.js";
import { RecipeError } from "../recipe/errors.js";
import { addBenchCommand } from "./commands/bench.js";
import { addDataCommand } from "./commands/data.js";
import { addEvaluateCommand } from "./commands/evaluate.js";
import { addExampleCommand } from "./commands/example.js";
import { addInspectCommand } from "./commands/inspect.js";
import { addLabCommand } from "./commands/lab.js";
import { addPredictCommand } from "./commands/predict.js";
import { addSummaryCommand } from "./commands/summary.js";
import { addTrainCommand } from "./commands/train.js";
import { RunError, UserError } from "./errors.js";
import { systemReason } from "./run-folder.node.js";
import { colorsFor } from "./terminal/style.js";
import { packageVersion } from "./version.node.js";

function buildProgram(): Command {
  const program = new Command("gradus")
    .description("Trains networks on images, and shows what they do.")
    .version(packageVersion())
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      outputError: (text, write) =>
        write(text.replace(/^error: /, `${colorsFor(process.stderr).red("gradus:")} `)),
    });
  addLabCommand(program);
  addTrainCommand(program);
  addEvaluateCommand(program);
  addPredictCommand(program);
  addInspectCommand(program);
  addSummaryCommand(program);
  addExampleCommand(program);
  addDataCommand(program);
  addBenchCommand(program);
  for (const command of [
    program,
    ...program.commands,
    ...program.commands.flatMap((child) => child.commands),
  ]) {
    command.exitOverride().showHelpAfterError("(--help shows what there is)");
    command.configureOutput(program.configureOutput());
  }
  return program;
}

/** Whether the user gave what cannot be used: exit code 2, rather than 1 for everything else that fails. */
function isBadInput(error: unknown): boolean {
  return error instanceof UserError || error instanceof RecipeError || error instanceof DataError;
}

function report(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const colors = colorsFor(process.stderr);
  process.stderr.write(`${colors.red("gradus:")} ${message}\n`);
  if (process.env.GRADUS_DEBUG) {
    if (error instanceof Error) process.stderr.write(`${error.stack}\n`);
    if (error instanceof Error && error.cause !== undefined)
      process.stderr.write(`caused by: ${String(error.cause)}\n`);
  } else if (!isBadInput(error) && !(error instanceof RunError)) {
    process.stderr.write("This should not happen; GRADUS_DEBUG=1 shows where it did.\n");
  }
}

/** Runs the command line; returns the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  // A reader such as `head` may close the pipe: that ends the work, and is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    report(new RunError(`the output cannot be written: ${systemReason(error)}`, { cause: error }));
    process.exit(1);
  });
  // Messages that nobody reads any more are no reason to end the work.
  process.stderr.on("error", () => {});
  try {
    await buildProgram().parseAsync([...argv]);
    return typeof process.exitCode === "number" ? process.exitCode : 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    report(error);
    return isBadInput(error) ? 2 : 1;
  }
}

process.exitCode = await main(process.argv);
