import {
  buildModel,
  buildOptimizer,
  checkRecipe,
  inputShape,
  type LayerRecipe,
  type Recipe,
  RecipeError,
  type RecipePath,
  type RecipeProblem,
} from "gradus/recipe";
import type { LayerCost, NetworkCheck, SetFacts } from "./protocol.js";

type Rows = ReturnType<ReturnType<typeof buildModel>["describe"]>;

/**
 * What a recipe would give, or what is wrong with it and where, without memory for its weights. Where a layer does not
 * fit, those before it are described all the same.
 */
export function checkNetwork(written: unknown, set: SetFacts): NetworkCheck {
  const { recipe, problems } = checkRecipe(written);
  const data = { name: set.name, classes: set.classes };
  if (recipe === undefined) return { problems, data: set, ...beforeMistake(written, problems, set) };
  const found: RecipeProblem[] = [];
  if (typeof recipe.dataset !== "string") {
    const message =
      'the page cannot open files by name; write "digits", and bring your images under "Data and files"';
    found.push({ path: ["dataset"], message });
  }
  const left = set.count - Math.round(set.count * recipe.validation);
  if (recipe.batchSize > left) {
    const message = `${recipe.batchSize} is too large: of ${set.count} images of ${set.name}, ${left} are left to train`;
    found.push({ path: ["batchSize"], message });
  }
  const shape = attempt(found, () => inputShape(recipe, set));
  if (shape === undefined) return { problems: found, layers: [], data: set };
  const model = attempt(found, () => buildModel(recipe, shape, data));
  if (model !== undefined) attempt(found, () => buildOptimizer(recipe, model));
  const layers =
    recipe.layers === undefined
      ? (model?.describe() ?? []).map((row) => ({ ...costOf(row), place: ["model"], path: row.path }))
      : costs(recipe.layers, describeWhatFits(recipe, recipe.layers, shape, data));
  return { problems: found, layers, data: set, inputShape: shape };
}

/** What can be said of a recipe whose first mistakes are in one of its layers: the input, and the layers before. */
function beforeMistake(
  written: unknown,
  problems: readonly RecipeProblem[],
  set: SetFacts,
): Pick<NetworkCheck, "layers" | "inputShape"> {
  const wrong = problems.map(({ path: [key, index] }) =>
    key === "layers" && typeof index === "number" ? index : -1,
  );
  const first = Math.min(...wrong);
  if (first < 0) return { layers: [] };
  const { layers: list } = written as { layers?: unknown };
  if (!Array.isArray(list)) return { layers: [] };
  // A recipe has one layer at least.
  const { recipe } = checkRecipe({
    ...(written as object),
    layers: [...list.slice(0, first), { type: "flatten" }],
  });
  if (recipe?.layers === undefined) return { layers: [] };
  const shape = attempt([], () => inputShape(recipe, set));
  if (shape === undefined) return { layers: [] };
  const layers = recipe.layers.slice(0, first);
  return { inputShape: shape, layers: costs(layers, describeWhatFits(recipe, layers, shape, set)) };
}

/** What `make` gives; undefined, with the problem written down, if the recipe is wrong. */
function attempt<T>(problems: RecipeProblem[], make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof RecipeError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

/** Rows of all layers up to the first that cannot be built. An end that always fits is added, and left out again. */
function describeWhatFits(
  recipe: Recipe,
  layers: readonly LayerRecipe[],
  shape: readonly number[],
  data: Pick<SetFacts, "name" | "classes">,
): Rows {
  const end: LayerRecipe[] = [{ type: "flatten" }, { type: "dense", units: data.classes.length }];
  try {
    return buildModel({ ...recipe, layers: [...layers, ...end] }, shape, data)
      .describe()
      .slice(0, -end.length);
  } catch (error) {
    if (!(error instanceof RecipeError)) throw error;
    const [, index] = error.path;
    if (typeof index !== "number" || index >= layers.length) return [];
    return describeWhatFits(recipe, layers.slice(0, index), shape, data);
  }
}

function costOf(row: Rows[number]): Omit<LayerCost, "place" | "path"> {
  return {
    kind: row.kind,
    outputShape: row.outputShape,
    parameters: row.parameters,
    multiplyAdds: row.multiplyAdds,
    receptiveField: row.receptiveField?.size,
  };
}

/** One entry for each layer of the recipe, also for those within residual ones; what a layer is made of is summed up. */
function costs(layers: readonly LayerRecipe[], rows: Rows): LayerCost[] {
  const byPlace = new Map<string, LayerCost>();
  for (const row of rows) {
    for (const place of placesOf(layers, row.path)) {
      const key = JSON.stringify(place);
      const before = byPlace.get(key);
      const cost = costOf(row);
      byPlace.set(key, {
        ...cost,
        place,
        path: row.path,
        parameters: cost.parameters + (before?.parameters ?? 0),
        multiplyAdds: cost.multiplyAdds + (before?.multiplyAdds ?? 0),
      });
    }
  }
  return [...byPlace.values()];
}

/** Where the recipe has the layer at a path of the network, such as `3.body.1`, and the residual ones around it. */
function placesOf(layers: readonly LayerRecipe[], path: string): RecipePath[] {
  const places: RecipePath[] = [];
  const names = path.split(".");
  let place: RecipePath = ["layers"];
  let list = layers;
  for (let i = 0; i < names.length; i += 2) {
    const index = Number(names[i]);
    place = [...place, index];
    places.push(place);
    const layer = list[index];
    if (layer?.type !== "residual") break;
    const side = names[i + 1] === "shortcut" ? "shortcut" : "layers";
    place = [...place, side];
    list = layer[side] ?? [];
  }
  return places;
}
