import { afterAll, describe, expect, it } from "vitest";
import { loadDigits } from "../../../src/cli/data/sources.node.js";
import { data, device, inspect, losses, train, useDevice } from "../../../src/index.js";
import {
  batchOptionsOf,
  brokenRecipes,
  buildModel,
  buildOptimizer,
  datasetOf,
  inputShape,
  parseRecipe,
} from "../../../src/recipe/index.js";

useDevice({ threads: 1 });
afterAll(() => device().close());

/** Trains a recipe for some steps, and diagnoses it on the way: before the first step, and after each of `at`. */
async function diagnoses(name: string, at: readonly number[]) {
  const { recipe: input } = brokenRecipes.find(({ recipe }) => recipe.name === name)!;
  const recipe = parseRecipe(input, name);
  const dataset = datasetOf(recipe);
  const model = buildModel(recipe, inputShape(recipe, dataset), dataset);
  const optimizer = buildOptimizer(recipe, model);
  const step = train.trainStep(model, optimizer, losses.crossEntropy);
  const examine = inspect.examiner(model, { optimizer });
  const digits = await loadDigits();
  const batches = new data.Batches(digits.train, batchOptionsOf(recipe));
  const probe = new data.Batches(digits.train, { ...batchOptionsOf(recipe), size: 200, seed: 9 }).batch(0, 0);
  const curve: { totalSteps: number; loss: number }[] = [];
  const look = async () => inspect.diagnose(await examine(probe.images, probe.labels), { losses: curve });
  const found = [await look()];
  for (let totalSteps = 1; totalSteps <= Math.max(...at); totalSteps++) {
    const { images, labels } = batches.batch(0, totalSteps - 1);
    curve.push({ totalSteps, loss: await step(images, labels).loss.item() });
    if (at.includes(totalSteps)) found.push(await look());
  }
  return found;
}

const severe = (findings: readonly inspect.Finding[]) =>
  findings.filter(({ severity }) => severity === "bad").map(({ what }) => what);

describe("a training that is broken on purpose", () => {
  const broken = brokenRecipes.flatMap(({ title, finding, recipe }) =>
    finding === null ? [] : [{ title, finding, name: recipe.name }],
  );
  it.each(broken)("is seen through: $title", async ({ finding, name }) => {
    const [before, after] = await diagnoses(name, [100]);
    // At once, and as the first of the causes.
    expect(severe(before!)[0]).toBe(finding);
    // What came of it. Steps that were too large have killed all units, and no step is any more.
    const later: inspect.FindingName = finding === "update too large" ? "diverging" : finding;
    expect(severe(after!)).toContain(later);
    if (later !== "diverging") expect(severe(after!)).toContain("guessing");
  });
});

it("a training in which nothing is wrong has nothing bad about it, at any time", async () => {
  const { recipe } = brokenRecipes.find(({ finding }) => finding === null)!;
  const all = await diagnoses(recipe.name, [1, 5, 20, 60, 120, 250]);
  expect(all).toHaveLength(7);
  for (const findings of all) expect(severe(findings)).toEqual([]);
  const last = all.at(-1)!.filter(({ severity }) => severity === "good");
  expect(last.map(({ what }) => what)).toEqual(
    expect.arrayContaining(["falling", "signal size", "dead units"]),
  );
});
