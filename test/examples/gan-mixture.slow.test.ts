import { expect, it } from "vitest";
import ganMixture from "../../examples/gan-mixture.js";
import { runExample } from "./support.js";

it("plain networks collapse; with either remedy they cover every cloud", async () => {
  const { values, files, read } = await runExample(ganMixture);
  const { plain, together, penalized } = values as Record<string, { modes: number; good: number }>;
  expect(plain!.modes).toBeLessThan(5);
  for (const { modes, good } of [together!, penalized!]) {
    expect(modes).toBe(8);
    // Points thrown evenly into the square of the ring would be good in 8 pi 0.3^2 / 16 = 14 % of cases.
    expect(good).toBeGreaterThan(0.35);
  }
  expect(files).toEqual(["modes.svg", "points-1.svg", "points-2.svg", "points-3.svg"]);
  expect(read("points-3.svg")).toContain("invented");
});
