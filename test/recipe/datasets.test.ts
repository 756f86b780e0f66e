import { describe, expect, it } from "vitest";
import { datasetOf, datasets } from "../../src/recipe/datasets.js";
import { buildModel, inputShape } from "../../src/recipe/model.js";
import { parseRecipe } from "../../src/recipe/parse.js";
import { recipes } from "../../src/recipe/recipes/index.js";
import { own, small } from "./support.js";

describe("data sets of recipes", () => {
  it("that have a name are known in size and classes", () => {
    expect(datasets.mnist).toMatchObject({ channels: 1, height: 28, width: 28 });
    expect(datasets.cifar10).toMatchObject({ channels: 3, height: 32, width: 32 });
    for (const [name, dataset] of Object.entries(datasets)) {
      expect(dataset.name).toBe(name);
      expect(new Set(dataset.classes).size).toBe(10);
      expect(datasetOf(parseRecipe({ ...small, dataset: name }, "r"))).toBe(dataset);
    }
  });

  it("of one's own are as the recipe says", () => {
    const dataset = { ...own, imageSize: [20, 30], classes: 3 };
    expect(datasetOf(parseRecipe({ ...small, dataset }, "r"))).toEqual({
      name: "the data of small",
      channels: 1,
      height: 20,
      width: 30,
      classes: ["0", "1", "2"],
    });
  });
});

describe("recipes that have a name", () => {
  it.each(Object.keys(recipes))("%s fits its data", (name) => {
    const recipe = parseRecipe(recipes[name], name);
    const dataset = datasetOf(recipe);
    expect(recipe.name).toBe(name);
    expect(buildModel(recipe, inputShape(recipe, dataset), dataset).outputShape).toEqual([10]);
  });
});
