import { describe, expect, it } from "vitest";
import type { Chart } from "../../../src/cli/example.js";
import { chartLines } from "../../../src/cli/terminal/chart.js";

const chart = (series: Chart["series"], axes: Partial<Pick<Chart, "x" | "y">> = {}): Chart => ({
  title: "losses",
  x: { label: "step" },
  y: { label: "loss" },
  series,
  ...axes,
});

describe("charts in the terminal", () => {
  it("draw a line from corner to corner, with labels at the axes", () => {
    const lines = chartLines(chart([{ label: "a", y: [0, 1] }]), 24, 1, 5);
    expect(lines).toEqual([
      "losses",
      "    loss",
      "1.0│                ⣀⠤⠒⠉",
      "   │            ⣀⠤⠒⠉",
      "0.5│        ⣀⠤⠒⠉",
      "   │    ⣀⠤⠒⠉",
      "0.0│⣀⠤⠒⠉",
      "   └────────────────────",
      "   0.0      0.5      1.0",
      "    step   ━━ a",
    ]);
  });

  it("leave gaps, fill bars, and stay within the columns", () => {
    const gap = chartLines(chart([{ label: "", y: [1, 1, Number.NaN, 1, 1] }]), 40, 1, 3).join("\n");
    expect(gap).toMatch(/[⠀-⣿] {5,}[⠀-⣿]/u);
    const bars = chartLines(
      chart([{ label: "", mark: "bars", y: [1, 2] }], { x: { label: "", categories: ["no", "yes"] } }),
      40,
      1,
    );
    expect(bars.join("\n").match(/⣿/gu)!.length).toBeGreaterThan(100);
    expect(bars.at(-2)).toMatch(/^ +no +yes$/);
    for (const line of [...bars, gap.split("\n")].flat()) expect([...line].length).toBeLessThanOrEqual(40);
  });

  it("colour series where there are colours", () => {
    expect(chartLines(chart([{ label: "a", y: [0, 1] }]), 24, 24).join("")).toContain(
      "\u001b[38;2;0;114;178m━━\u001b[39m a",
    );
  });

  it("are drawn without series", () => {
    expect(chartLines(chart([]), 40, 1)).toHaveLength(17);
  });
});
