import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const slow = ["test/**/*.slow.test.ts"];
const browser = ["test/browser/**/*.test.ts"];
const e2e = ["test/e2e/**/*.test.ts"];
const lab = ["test/lab/**/*.test.ts"];

const source = (path: string) => fileURLToPath(new URL(`src/${path}`, import.meta.url));

export default defineConfig({
  resolve: {
    // The package by its own name, as examples import it: its sources, so that nothing must be built first.
    alias: [
      { find: /^gradus$/, replacement: source("index.ts") },
      { find: /^gradus\/example$/, replacement: source("cli/example.ts") },
      { find: /^gradus\/(\w+)$/, replacement: source("$1/index.ts") },
    ],
  },
  test: {
    // Processes, because tests change V8 flags and start threads of their own.
    pool: "forks",
    maxWorkers: 2,
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      reporter: ["text-summary", "json-summary", "html"],
      reportsDirectory: "coverage",
    },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: [...slow, ...browser, ...e2e, ...lab],
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "slow",
          include: slow,
          exclude: [...browser, ...e2e, ...lab],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        extends: true,
        test: { name: "browser", include: browser, testTimeout: 120_000, hookTimeout: 120_000 },
      },
      {
        extends: true,
        test: {
          name: "lab",
          include: lab,
          globalSetup: ["test/lab/build.ts"],
          // Each has a browser in which a network trains.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: e2e,
          globalSetup: ["test/e2e/build.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
