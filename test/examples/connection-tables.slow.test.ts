import { expect, it } from "vitest";
import example from "../../examples/connection-tables.js";
import { runExample } from "./support.js";

it("matrices agree with layers, and tables save weights", async () => {
  const { values, text, files, pixels } = await runExample(example);
  expect(values.difference).toBeLessThan(1e-5);
  const results = values.results as Record<
    string,
    { parameters: number; multiplyAdds: number; accuracy: number }
  >;
  // LeNet-5's C3 has 1,516 parameters: LeCun et al. 1998, section II.B.
  expect(results["LeNet-5's table"]!.parameters).toBe(1516);
  expect(results["every map with every map"]!.parameters).toBe(2416);
  expect(results["locally connected"]!.multiplyAdds).toBe(results["every map with every map"]!.multiplyAdds);
  const accuracies = Object.values(results).map(({ accuracy }) => accuracy);
  expect(Math.min(...accuracies)).toBeGreaterThan(0.7);
  expect(text).toMatch(/locally connected +20 x 24 +100 +100/);
  expect(files).toEqual(["matrices.png", "table.png"]);
  for (const name of files) expect(new Set(Array.from(pixels(name).data)).size).toBeGreaterThan(2);
});
