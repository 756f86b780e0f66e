import { datasetOf } from "../../src/recipe/datasets.js";
import { buildModel, inputShape } from "../../src/recipe/model.js";
import { parseRecipe } from "../../src/recipe/parse.js";

export const small = {
  name: "small",
  dataset: "mnist",
  layers: [{ type: "flatten" }, { type: "dense", units: 10 }],
  optimizer: { type: "sgd", learningRate: 0.1 },
  batchSize: 20,
  epochs: 1,
};

/** Data of one's own. */
export const own = { images: "a.idx", labels: "b.idx", testImages: "c.idx", testLabels: "d.idx" };

/** The network of the small recipe with changes. */
export function build(changes: object) {
  const recipe = parseRecipe({ ...small, ...changes }, "r.json");
  const dataset = datasetOf(recipe);
  return buildModel(recipe, inputShape(recipe, dataset), dataset);
}

/** What `act` throws. */
export function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("it should have failed");
}
