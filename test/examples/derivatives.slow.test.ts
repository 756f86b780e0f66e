import { expect, it } from "vitest";
import derivatives from "../../examples/derivatives.js";
import { runExample } from "./support.js";

it("derivatives are those worked out by hand, to the last digits of double precision", async () => {
  const { values, text, files, read } = await runExample(derivatives);
  expect(values.compared).toBe(11);
  expect(values.worstError).toBeLessThan(1e-13);
  const { found, known, weights } = values.curvature as Record<string, number>;
  expect(weights).toBe(7840);
  expect(known).toBeGreaterThan(1);
  expect(Math.abs(found! - known!)).toBeLessThan(1e-3 * known!);
  // The listing of the graph, forward and backward.
  expect(text).toContain("%2 = sin(%1) float32[]\n");
  expect(text).toMatch(/= cos\(%1\) float32\[\] {2}\(backward\)/);
  expect(text).toContain("1208.381215");
  expect(files).toEqual(["derivatives.svg"]);
  expect(read("derivatives.svg")).toContain("d2J/dx2 / 200");
});
