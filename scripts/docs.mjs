// `npm run docs`: the API reference, made from the sources' comments, and the pages of docs/, as a site in site/.
// The tool that makes it has a package of its own, so that neither users nor tests install it.

import { ensureInstalled, ensurePackage, runNode, runScript } from "./lib/ensure.mjs";

await runScript(async () => {
  await ensureInstalled();
  ensurePackage("scripts/docs", "TypeDoc");
  const code = await runNode("scripts/docs/node_modules/typedoc/bin/typedoc", [
    "--options",
    "scripts/docs/typedoc.json",
    ...process.argv.slice(2),
  ]);
  if (code === 0) console.log("The documentation is in site/; open site/index.html.");
  return code;
});
