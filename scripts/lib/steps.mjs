// The steps that `npm test` and `npm run check` are made of, and the sum of their results.

import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root, runNode, tools } from "./ensure.mjs";

/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 * @typedef {{ status: string, assertionResults: readonly { status: string }[] }} FileResult
 */

/**
 * @param {string} title
 * @param {() => Promise<number>} body gives an exit code
 */
async function step(title, body) {
  const started = performance.now();
  const code = await body();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${code === 0 ? "ok  " : "FAIL"} ${title} (${seconds} s)`);
  return code;
}

export const checkTypes = () => step("types", () => runNode(tools.tsc, ["--noEmit"]));

/** Svelte's files, and those beside them, with their own compiler and settings. */
export const checkLabTypes = () =>
  step("types of the lab", () =>
    runNode("lab/node_modules/svelte-check/bin/svelte-check", [
      ...["--workspace", "lab", "--tsconfig", "./tsconfig.json"],
      ...["--output", "human", "--fail-on-warnings"],
    ]),
  );

export const checkStyle = () => step("lint and format", () => runNode(tools.biome, ["check", "."]));

/**
 * Counts tests in the report of Vitest's JSON reporter. A file that fails without a failing test (it does not load, or
 * a hook throws) counts as one failure.
 * @param {{ testResults: readonly FileResult[] }} report
 * @returns {Counts}
 */
export function countTests(report) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { status, assertionResults } of report.testResults) {
    const failedBefore = counts.failed;
    for (const test of assertionResults) {
      if (test.status === "passed") counts.passed++;
      else if (test.status === "failed") counts.failed++;
      else counts.skipped++;
    }
    if (status === "failed" && counts.failed === failedBefore) counts.failed++;
  }
  return counts;
}

/**
 * Runs Vitest, with its summary on the terminal and its counts as the result.
 * @param {string} name of the run, for its report file
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [environment]
 * @returns {Promise<{ code: number, counts: Counts }>}
 */
export async function runTests(name, args, environment = {}) {
  const folder = join(root, ".cache", "test");
  const file = join(folder, `${name}.json`);
  mkdirSync(folder, { recursive: true });
  rmSync(file, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const code = await runNode(tools.vitest, ["run", ...args, ...reporters], environment);
  /** @type {Counts} */
  let counts = { passed: 0, failed: 0, skipped: 0 };
  try {
    counts = countTests(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    console.error(`Vitest left no report of the run "${name}".`);
    return { code: code || 1, counts: { ...counts, failed: 1 } };
  }
  // An error outside of every test (an unhandled rejection) fails the run, so it must show in the counts.
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  return { code, counts };
}

/**
 * Prints the last line, alone and plain, for people and for machines.
 * @param {readonly number[]} codes of the steps without counts: each failure counts as one
 * @param {readonly { code: number, counts: Counts }[]} runs
 * @returns {number} the exit code of everything together
 */
export function summarize(codes, runs) {
  const total = { passed: 0, failed: codes.filter((code) => code !== 0).length, skipped: 0 };
  for (const { counts } of runs) {
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return total.failed === 0 && runs.every(({ code }) => code === 0) ? 0 : 1;
}
