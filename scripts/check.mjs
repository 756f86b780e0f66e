// `npm run check`: the quick part of `npm test`, to run before every commit. Types, lint, and the unit tests.

import { ensureDigits, ensureInstalled, runScript } from "./lib/ensure.mjs";
import { ensureLabPackages } from "./lib/lab.mjs";
import { checkLabTypes, checkStyle, checkTypes, runTests, summarize } from "./lib/steps.mjs";

await runScript(async () => {
  await ensureInstalled();
  ensureLabPackages();
  await ensureDigits();
  const codes = [await checkTypes(), await checkLabTypes(), await checkStyle()];
  return summarize(codes, [await runTests("unit", ["--project=unit", ...process.argv.slice(2)])]);
});
