import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ensureNode, isInstalled } from "../../scripts/lib/ensure.mjs";
import { countTests } from "../../scripts/lib/steps.mjs";
import { root } from "./house.js";

interface Lock {
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const text = readFileSync(join(root, "package-lock.json"), "utf8");
const lock: Lock = JSON.parse(text);
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

describe("package-lock.json", () => {
  it("records no host to download from", () => {
    const recorded = Object.entries(lock.packages).filter(([, entry]) => "resolved" in entry);
    expect(recorded.map(([path]) => path)).toEqual([]);
  });

  it("pins every package by its checksum", () => {
    const loose = Object.entries(lock.packages).filter(
      ([path, { integrity }]) => path !== "" && !/^sha512-/.test(String(integrity)),
    );
    expect(loose.map(([path]) => path)).toEqual([]);
  });

  // npm ci refuses a lock file without the packages of other systems, and a registry that lacks one drops it silently.
  it("holds the packages of every system", () => {
    const wanted = Object.values(lock.packages).flatMap(({ optionalDependencies }) =>
      Object.keys(optionalDependencies ?? {}),
    );
    expect(wanted.length).toBeGreaterThan(0);
    expect(wanted.filter((name) => !(`node_modules/${name}` in lock.packages))).toEqual([]);
  });

  it("belongs to package.json", () => {
    const { name, version, dependencies, devDependencies } = lock.packages[""] ?? {};
    expect({ name, version, dependencies, devDependencies }).toEqual({
      name: manifest.name,
      version: manifest.version,
      dependencies: manifest.dependencies,
      devDependencies: manifest.devDependencies,
    });
  });
});

describe("the scripts", () => {
  const wanted = { packages: { "": {}, "node_modules/a": { version: "1.0.0", integrity: "sha512-x" } } };

  it("see whether packages are installed as the lock file says", () => {
    const installed = (packages: object) => isInstalled(JSON.stringify(wanted), JSON.stringify({ packages }));
    expect(isInstalled(JSON.stringify(wanted), undefined)).toBe(false);
    expect(installed({})).toBe(false);
    expect(installed({ "node_modules/a": { version: "1.0.0", integrity: "sha512-x" } })).toBe(true);
    expect(installed({ "node_modules/a": { version: "1.0.1", integrity: "sha512-x" } })).toBe(false);
    expect(installed({ "node_modules/a": { version: "1.0.0", integrity: "sha512-y" } })).toBe(false);
  });

  it("do not miss packages of other systems", () => {
    const optional = { packages: { "node_modules/b": { version: "1.0.0", optional: true } } };
    expect(isInstalled(JSON.stringify(optional), '{"packages":{}}')).toBe(true);
  });

  it("refuse an old Node by name", () => {
    expect(() => ensureNode("20.19.0")).not.toThrow();
    expect(() => ensureNode("22.1.0")).not.toThrow();
    expect(() => ensureNode("20.18.3")).toThrow("needs Node 20.19 or newer, and this is Node 20.18.3");
    expect(() => ensureNode("18.20.0")).toThrow("18.20.0");
  });

  it("count tests, and files that do not load as failures", () => {
    const file = (status: string, ...tests: string[]) => ({
      status,
      assertionResults: tests.map((test) => ({ status: test })),
    });
    expect(
      countTests({
        testResults: [
          file("passed", "passed", "passed", "skipped", "todo", "pending"),
          file("failed", "passed", "failed"),
          file("failed"),
        ],
      }),
    ).toEqual({ passed: 3, failed: 2, skipped: 3 });
  });
});
