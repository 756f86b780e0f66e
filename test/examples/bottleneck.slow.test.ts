import { expect, it } from "vitest";
import bottleneck from "../../examples/bottleneck.js";
import { runExample } from "./support.js";

it("two numbers from the autoencoder say more than two principal components", async () => {
  const { values, files, read, pixels } = await runExample(bottleneck);
  const { error, pcaError, neighbours } = values as Record<string, number> & {
    neighbours: { codes: number; pca: number };
  };
  // 43.9709 by NumPy's singular value decomposition of the same digits.
  expect(pcaError).toBeCloseTo(43.971, 2);
  expect(error).toBeLessThan(0.92 * pcaError!);
  expect(neighbours.pca).toBeGreaterThan(0.35);
  expect(neighbours.codes).toBeGreaterThan(neighbours.pca + 0.05);
  expect(files).toEqual(["codes.svg", "map.png"]);
  expect(read("codes.svg")).toContain("first unit");
  const { width, height } = pixels("map.png");
  expect([width, height]).toEqual([16 * 28, 16 * 28]);
});
