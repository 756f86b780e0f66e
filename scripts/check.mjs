// `npm run check`: the quick part of `npm test`, to run before every commit. Types (but those of the
// lab, whose own compiler takes as long again: `npm --prefix lab run check`), lint, and the unit tests.

import { ensureDigits, ensureInstalled, runScript } from "./lib/ensure.mjs";
import { checkStyle, checkTypes, runTests, summarize } from "./lib/steps.mjs";

await runScript(async () => {
  await ensureInstalled();
  await ensureDigits();
  const codes = [await checkTypes(), await checkStyle()];
  return summarize(codes, [await runTests("unit", ["--project=unit", ...process.argv.slice(2)])]);
});
