import { expect, it } from "vitest";
import { measureLimits } from "../../../src/backends/wasm/limits.js";

it("measures what a core can do: more than interpreted code, less than any machine", () => {
  const { operationsPerSecond, bytesPerSecond } = measureLimits(0.02, 4);
  expect(operationsPerSecond).toBeGreaterThan(1e8);
  expect(operationsPerSecond).toBeLessThan(1e12);
  expect(bytesPerSecond).toBeGreaterThan(1e8);
  expect(bytesPerSecond).toBeLessThan(1e12);
});
