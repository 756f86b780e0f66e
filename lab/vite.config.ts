import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

const source = (path: string) => fileURLToPath(new URL(`../src/${path}`, import.meta.url));

export default defineConfig({
  // Relative addresses: the built folder works from any path of any web server.
  base: "./",
  plugins: [svelte()],
  resolve: {
    // The library by its public entries, from its sources, so that nothing must be built first.
    alias: [
      { find: /^gradus$/, replacement: source("index.ts") },
      { find: /^gradus\/(\w+)$/, replacement: source("$1/index.ts") },
    ],
  },
  worker: { format: "es" },
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // three.js, which is loaded only for the network in space.
    chunkSizeWarningLimit: 700,
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  server: {
    fs: { allow: [".."] },
    // With these a page may share memory between threads.
    headers: {
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
    },
  },
});
