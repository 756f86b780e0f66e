import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { gradus } from "./support.js";

const folder = mkdtempSync(join(tmpdir(), "gradus-bench-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const quick = ["bench", "digits", "--seconds", "0.1", "--runs", "2", "--batch", "4"];

describe("gradus bench", () => {
  it("times the step and its kernels, and writes a trace", async () => {
    const trace = join(folder, "trace.json");
    const { code, stdout, stderr } = await gradus([...quick, "--json", "--trace", trace]);
    expect(code, stderr).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ recipe: "digits", batch: 4 });
    expect(result.examplesPerSecond).toBeGreaterThan(100);
    expect(result.peakBytes).toBeGreaterThanOrEqual(result.lowerBoundBytes);
    expect(result.kernels.length).toBeGreaterThan(10);
    for (const kernel of result.kernels) expect(kernel.shareOfLimit).toBeGreaterThanOrEqual(0);
    const sum = (list: { milliseconds: number }[]) => list.reduce((all, one) => all + one.milliseconds, 0);
    expect(sum(result.layers)).toBeCloseTo(sum(result.kernels), 6);
    const { traceEvents } = JSON.parse(readFileSync(trace, "utf8"));
    expect(traceEvents.filter((event: { ph: string }) => event.ph === "X")).toHaveLength(
      result.kernels.length,
    );
  });

  it("prints tables for people", async () => {
    const { code, stdout } = await gradus(quick);
    expect(code).toBe(0);
    expect(stdout).toMatch(/digits: [\d,]+ examples\/s in training, batch 4/);
    expect(stdout).toContain("of limit");
    expect(stdout).toMatch(/(convolution|winograd) batch 4, .* 3 forward/);
  });

  it("says at once when the trace cannot be written", async () => {
    const { code, stderr } = await gradus([...quick, "--trace", join(folder, "none", "trace.json")]);
    expect(code).toBe(2);
    expect(stderr).toContain("trace.json cannot be written");
  });
});
