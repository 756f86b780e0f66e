// `npm run lab:dev`: the laboratory from its sources, for those who work on it; the page follows every change.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { at, ensureInstalled, runScript } from "./lib/ensure.mjs";
import { ensureLab, importBuilt, labFolder } from "./lib/lab.mjs";

await runScript(async () => {
  await ensureInstalled();
  // For the data, which the build writes.
  await ensureLab();
  const { dataHandler } = await importBuilt("cli/lab/handler.node.js");
  const data = await dataHandler(at(labFolder));
  const vite = createRequire(at("lab/package.json")).resolve("vite");
  const { createServer } = await import(pathToFileURL(vite).href);
  const server = await createServer({
    root: at("lab"),
    configFile: at("lab/vite.config.ts"),
    plugins: [
      {
        name: "lab-data",
        /** @param {import("vite").ViteDevServer} server */
        configureServer: (server) => void server.middlewares.use(data.handle),
      },
    ],
  });
  await server.listen();
  server.printUrls();
  return 0;
});
