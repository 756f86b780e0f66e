// `npm run build`: src to dist, and the embedded digits to assets/. Does nothing when nothing has changed.

import { ensureBuilt, ensureInstalled, runScript } from "./lib/ensure.mjs";

await runScript(async () => {
  await ensureInstalled();
  await ensureBuilt();
  return 0;
});
