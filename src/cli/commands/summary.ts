import type { Command } from "commander";
import { datasetOf } from "../../recipe/datasets.js";
import { buildModel, inputShape } from "../../recipe/model.js";
import { findRecipe, recipeArgument } from "../recipe-file.node.js";
import { summaryTable } from "../summary.js";
import { colorsFor } from "../terminal/style.js";

export function addSummaryCommand(program: Command): void {
  program
    .command("summary")
    .summary("print the layers of a recipe's network")
    .description("Prints a recipe's layers: output shape, parameters, multiply-adds and receptive field.")
    .argument("<recipe>", recipeArgument)
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
