// One side of `npm run lab:speed`: trains the recipe "digits" in Node, as long as it is told, and answers how many steps a second it
// made. Runs as a process of its own.

import { importBuilt } from "./lab.mjs";

const { data, losses, train } = await importBuilt("index.js");
const { batchOptionsOf, buildModel, buildOptimizer, inputShape, parseRecipe, recipes } =
  await importBuilt("recipe/index.js");
const { loadDigits } = await importBuilt("cli/data/sources.node.js");

const recipe = parseRecipe(recipes.digits, "digits");
const set = (await loadDigits()).train;
const model = buildModel(recipe, inputShape(recipe, set), set);
const step = train.trainStep(model, buildOptimizer(recipe, model), losses.crossEntropy);
const batches = new data.Batches(set, { ...batchOptionsOf(recipe), dropLast: true });
let done = 0;

async function trainStep() {
  const { images, labels } = batches.batch(Math.floor(done / batches.perEpoch), done % batches.perEpoch);
  const { loss, correct } = step(images, labels);
  await loss.item();
  await correct.item();
  done++;
}

process.on("message", async (milliseconds) => {
  const [began, before] = [performance.now(), done];
  while (performance.now() - began < Number(milliseconds)) await trainStep();
  process.send?.((1000 * (done - before)) / (performance.now() - began));
});
process.on("disconnect", () => process.exit());
for (let i = 0; i < 20; i++) await trainStep();
process.send?.("ready");
