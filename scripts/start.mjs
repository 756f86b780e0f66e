// `npm start`: from a fresh clone to the laboratory in the browser. Further arguments go to the command:
// `npm start -- --open`.

import { ensureInstalled, runNode, runScript } from "./lib/ensure.mjs";
import { ensureLab } from "./lib/lab.mjs";

await runScript(async () => {
  await ensureInstalled();
  await ensureLab();
  return runNode("dist/cli/main.js", ["lab", ...process.argv.slice(2)]);
});
