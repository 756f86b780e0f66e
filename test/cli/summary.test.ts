import { expect, it } from "vitest";
import { summaryTable } from "../../src/cli/summary.js";
import { datasetOf } from "../../src/recipe/datasets.js";
import { buildModel, inputShape } from "../../src/recipe/model.js";
import { parseRecipe } from "../../src/recipe/parse.js";
import { recipes } from "../../src/recipe/recipes/index.js";

function summaryOf(value: unknown): string {
  const recipe = parseRecipe(value, "r");
  const dataset = datasetOf(recipe);
  const shape = inputShape(recipe, dataset);
  return summaryTable(buildModel(recipe, shape, dataset), shape);
}

it("the recipe `mnist` has ConvNetJS's sizes", () => {
  const text = summaryOf(recipes.mnist);
  expect(text).toMatch(/layers\[0\] +conv2d 5x5 +8 x 24 x 24 +208 +115,200 +5 x 5/);
  expect(text).toMatch(/layers\[3\] +conv2d 5x5 +16 x 12 x 12 +3,216 +460,800 +14 x 14/);
  expect(text).toMatch(/layers\[7\] +dense +10 +2,570 +2,560 +24 x 24/);
  expect(text).toMatch(/total +5,994 +578,560/);
});

it("the recipe `cifar10` has ConvNetJS's sizes", () => {
  const text = summaryOf(recipes.cifar10);
  expect(text).toMatch(/layers\[0\] +conv2d 5x5 +16 x 32 x 32 +1,216 /);
  expect(text).toMatch(/layers\[10\] +dense +10 +3,210 +3,200 /);
  expect(text).toMatch(/total +22,466 /);
});

it("layers of named networks go by their own names", () => {
  const model = { name: "resnet20", width: 0.25 };
  const lines = summaryOf({ ...recipes.cifar10, layers: undefined, model }).split("\n");
  expect(lines.some((line) => line.startsWith("layer1.0.conv1 "))).toBe(true);
});
