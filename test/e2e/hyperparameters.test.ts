import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { gradus } from "./support.js";

// Its workers are modules of the built package, so it runs here and not among the other examples.
const out = mkdtempSync(join(tmpdir(), "gradus-search-"));
afterAll(() => rmSync(out, { recursive: true, force: true }));

const search = ["example", "hyperparameters", "--quick", "--out", out, "--json"];

interface Found {
  readonly trials: number;
  readonly best: { readonly accuracy: number };
  readonly worst: { readonly accuracy: number };
  readonly members: readonly number[];
  readonly ensemble: number;
}

it("searches on two threads, goes on where it was interrupted, and finds the same", async () => {
  const first = await gradus([...search, "--candidates", "6"]);
  expect(first.code, first.stderr).toBe(0);
  const found: Found = JSON.parse(first.stdout);
  expect(found.trials).toBe(12);
  expect(found.best.accuracy).toBeGreaterThan(found.worst.accuracy);
  expect(found.members).toHaveLength(3);
  expect(found.ensemble).toBeGreaterThan(0.5);

  // As if it had been interrupted after four trials, of which one is marked: it must not be computed again.
  const path = join(out, "trials.json");
  const saved = JSON.parse(readFileSync(path, "utf8"));
  expect(saved.results).toHaveLength(12);
  const rest = saved.results.slice(0, 4);
  rest[0] = { ...rest[0], seconds: -1 };
  writeFileSync(path, JSON.stringify({ ...saved, results: rest }));
  const second = await gradus([...search, "--candidates", "6", "--workers", "1"]);
  expect(second.code, second.stderr).toBe(0);
  expect(second.stderr).toContain("4 of them were done before");
  const again: Found = JSON.parse(second.stdout);
  expect([again.best, again.worst, again.members, again.ensemble]).toEqual([
    found.best,
    found.worst,
    found.members,
    found.ensemble,
  ]);
  const { results } = JSON.parse(readFileSync(path, "utf8"));
  expect(results).toHaveLength(12);
  expect(results[0].seconds).toBe(-1);
});

it("says what a number of candidates must be", async () => {
  const { code, stderr } = await gradus([...search, "--candidates", "many"]);
  expect(code).toBe(2);
  expect(stderr).toContain('--candidates is "many", but must be an integer of at least 1');
});
