// `npm run train`: from a fresh clone to a network in training, in the terminal. Further arguments go to the command:
// `npm run train -- --epochs 2`.

import { ensureBuilt, ensureInstalled, runNode, runScript } from "./lib/ensure.mjs";

await runScript(async () => {
  await ensureInstalled();
  await ensureBuilt();
  return runNode("dist/cli/main.js", ["train", "digits", ...process.argv.slice(2)]);
});
