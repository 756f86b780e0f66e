// `npm run lab:build`: the laboratory as one static folder, lab/dist, which works from any path of any web server. Does
// nothing when nothing has changed.

import { at, ensureInstalled, listFiles, runScript } from "./lib/ensure.mjs";
import { ensureLab, firstLoad, labFolder } from "./lib/lab.mjs";

await runScript(async () => {
  await ensureInstalled();
  await ensureLab();
  const load = firstLoad();
  /** @param {number} bytes */
  const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1).padStart(8)} kB`;
  for (const { file, bytes } of load) console.log(`${kilobytes(bytes)}  ${file.slice(labFolder.length + 1)}`);
  const total = load.reduce((sum, { bytes }) => sum + bytes, 0);
  console.log(`${kilobytes(total)}  first load, compressed (gzip)`);
  console.log(`\nThe lab is in ${at(labFolder)} (${listFiles(labFolder).length} files).`);
  return 0;
});
