// `npm start`: from a fresh clone to a network in training. Further arguments go to the command:
// `npm start -- --epochs 2`.

import { ensureBuilt, ensureInstalled, runNode, runScript } from "./lib/ensure.mjs";

await runScript(async () => {
  await ensureInstalled();
  await ensureBuilt();
  return runNode("dist/cli/main.js", ["train", "digits", ...process.argv.slice(2)]);
});
