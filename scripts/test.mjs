// `npm test`: everything. `npm test -- test/graph`: only the tests whose path contains "test/graph" (all arguments go
// to Vitest).

import { ensureChromium, ensureDigits, ensureInstalled, runScript } from "./lib/ensure.mjs";
import { ensureLabPackages } from "./lib/lab.mjs";
import { checkLabTypes, checkStyle, checkTypes, runTests, summarize } from "./lib/steps.mjs";

await runScript(async () => {
  await ensureInstalled();
  ensureLabPackages();
  await ensureDigits();
  const args = process.argv.slice(2);
  if (args.length > 0) {
    if (args.some((argument) => /browser|lab/.test(argument))) ensureChromium();
    return summarize([], [await runTests("selected", args)]);
  }

  const codes = [await checkTypes(), await checkLabTypes(), await checkStyle()];
  const chromium = ensureChromium();
  const environment = chromium === undefined ? {} : { CHROMIUM_PATH: chromium };
  return summarize(codes, [
    await runTests("unit", ["--project=unit", "--coverage"]),
    // These measure or wait: one file at a time, and without the brake that counting coverage puts on the code.
    await runTests(
      "slow",
      [
        ...["slow", "e2e", "browser", "lab"].map((project) => `--project=${project}`),
        "--no-file-parallelism",
        "--passWithNoTests",
      ],
      environment,
    ),
  ]);
});
