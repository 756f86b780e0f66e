import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RunError, UserError } from "../../src/cli/errors.js";
import { RunFolder, writeFileAtomically } from "../../src/cli/run-folder.node.js";

let base: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "gradus-run-"));
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

describe("writing a file atomically", () => {
  it("replaces it whole and leaves nothing else", () => {
    const path = join(base, "file");
    writeFileAtomically(path, "old");
    writeFileAtomically(path, Uint8Array.of(110, 101, 119));
    expect(readFileSync(path, "utf8")).toBe("new");
    expect(readdirSync(base)).toEqual(["file"]);
  });

  it("leaves the old content where the new cannot be written", () => {
    const path = join(base, "file");
    writeFileAtomically(path, "old");
    mkdirSync(`${path}.tmp`); // in the way of the temporary file
    expect(() => writeFileAtomically(path, "new")).toThrow();
    expect(readFileSync(path, "utf8")).toBe("old");
  });
});

describe("RunFolder", () => {
  it("is made with all folders on the way, or taken if empty", () => {
    const path = join(base, "a", "b");
    RunFolder.create(path);
    expect(readdirSync(path)).toEqual([]);
    RunFolder.create(path);
  });

  it("takes a folder in which a run died before it began", () => {
    writeFileSync(join(base, "config.json.tmp"), "{");
    expect(() => RunFolder.create(base)).not.toThrow();
  });

  it("is not made where anything is", () => {
    writeFileSync(join(base, "x"), "");
    expect(() => RunFolder.create(base)).toThrow(UserError);
    expect(() => RunFolder.create(base)).toThrow(/is not empty.*--resume/);
    expect(() => RunFolder.create(join(base, "x"))).toThrow(/it is a file, not a folder/);
    expect(() => RunFolder.create(join(base, "x", "y"))).toThrow(/a part of the path is a file/);
  });

  it("keeps rows of metrics up to a step, and no half line", () => {
    const folder = RunFolder.create(base);
    for (const totalSteps of [10, 20, 30]) folder.appendMetrics({ totalSteps, event: "interval" });
    folder.close();
    writeFileSync(folder.metricsPath, `${readFileSync(folder.metricsPath, "utf8")}{"totalSteps":40,"ev`);
    expect(folder.readMetrics().map((row) => row.totalSteps)).toEqual([10, 20, 30]);
    folder.truncateMetrics(20);
    folder.appendMetrics({ totalSteps: 25 });
    folder.close();
    expect(readFileSync(folder.metricsPath, "utf8")).toBe(
      '{"totalSteps":10,"event":"interval"}\n{"totalSteps":20,"event":"interval"}\n{"totalSteps":25}\n',
    );
  });

  it("reads what it wrote, and says what is wrong with the rest", () => {
    const folder = RunFolder.create(base);
    expect(folder.readCheckpoint()).toBeUndefined();
    expect(folder.readMetrics()).toEqual([]);
    folder.writeConfig({ recipe: 1 });
    folder.saveCheckpoint(Uint8Array.of(1, 2));
    const again = RunFolder.open(base);
    expect(again.readConfig()).toEqual({ recipe: 1 });
    expect([...(again.readCheckpoint() ?? [])]).toEqual([1, 2]);
    writeFileSync(folder.configPath, "{");
    expect(() => again.readConfig()).toThrow(/config\.json is not JSON/);
  });

  it("tells a failed run when the disk takes no more", () => {
    const folder = RunFolder.create(base);
    mkdirSync(`${folder.checkpointPath}.tmp`);
    expect(() => folder.saveCheckpoint(Uint8Array.of(1))).toThrow(RunError);
    expect(() => folder.saveCheckpoint(Uint8Array.of(1))).toThrow(
      /checkpoint\.safetensors cannot be written: it is a folder/,
    );
    expect(existsSync(folder.checkpointPath)).toBe(false);
  });

  // Only some systems have a device that is always full.
  it.runIf(existsSync("/dev/full"))("names a full disk", () => {
    const folder = RunFolder.create(base);
    rmSync(folder.metricsPath, { force: true });
    Object.defineProperty(folder, "metricsPath", { value: "/dev/full" });
    expect(() => folder.appendMetrics({ totalSteps: 1 })).toThrow(/cannot be written: the disk is full/);
  });
});
