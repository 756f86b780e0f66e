import { expect, it } from "vitest";
import restrictedBoltzmann from "../../examples/restricted-boltzmann.js";
import { runExample } from "./support.js";

it("learns digits; persistent chains keep its dreams varied", async () => {
  const { values, files, pixels } = await runExample(restrictedBoltzmann);
  const results = values as Record<
    "oneStep" | "persistent",
    { errorBefore: number; error: number; gap: number; sure: number; evenness: number }
  >;
  for (const { errorBefore, error, gap } of Object.values(results)) {
    expect(error).toBeLessThan(0.5 * errorBefore);
    expect(gap).toBeGreaterThan(80);
  }
  const { oneStep, persistent } = results;
  expect(persistent.sure).toBeGreaterThan(0.5);
  expect(persistent.evenness).toBeGreaterThan(0.75);
  expect(persistent.evenness).toBeGreaterThan(oneStep.evenness + 0.2);
  const names = ["filters-one-step.png", "filters-persistent.png", "free-energy.svg", "reconstruction.svg"];
  expect(files).toEqual([...names, "samples-one-step.png", "samples-persistent.png"]);
  expect(new Set(pixels("samples-persistent.png").data as Uint8Array).size).toBeGreaterThan(100);
});
