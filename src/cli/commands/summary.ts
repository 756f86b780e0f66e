import type { Command } from "commander";
import { datasetOf } from "../datasets.js";
import { buildModel, inputShape } from "../model.js";
import { findRecipe } from "../recipe-file.node.js";
import { summaryTable } from "../summary.js";
import { colorsFor } from "../terminal/style.js";

export function addSummaryCommand(program: Command): void {
  program
    .command("summary")
    .summary("print the layers of a recipe's network")
    .description("Prints a recipe's layers: output shape, parameters, multiply-adds and receptive field.")
    .argument("<recipe>", "digits, mnist, or the path of a recipe in JSON")
    .action((argument: string) => {
      const recipe = findRecipe(argument);
      const dataset = datasetOf(recipe);
      const shape = inputShape(recipe, dataset);
      const model = buildModel(recipe, shape, dataset);
      const colors = colorsFor(process.stdout);
      const [header, ...rows] = summaryTable(model, shape).split("\n");
      process.stdout.write(`${colors.dim(header as string)}\n${rows.join("\n")}\n`);
    });
}
