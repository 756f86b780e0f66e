import { expect, it } from "vitest";
import autoencoder from "../../examples/autoencoder.js";
import { runExample } from "./support.js";

it("reconstructs digits better than as many principal components", async () => {
  const { values, measured, files, pixels } = await runExample(autoencoder);
  const { error, pcaError } = values as Record<string, number>;
  // 14.0600 by NumPy's singular value decomposition of the same digits.
  expect(pcaError).toBeCloseTo(14.06, 2);
  expect(error).toBeLessThan(0.92 * pcaError!);
  expect(measured).toContain(`squared error of ${error!.toFixed(2)} an image`);
  expect(files).toEqual(["digits.png"]);
  expect(new Set(pixels("digits.png").data as Uint8Array).size).toBeGreaterThan(100);
});

it("says where MNIST should be, if it is asked for and not there", async () => {
  const run = runExample(autoencoder, { data: "/nowhere", options: { set: "mnist" } });
  await expect(run).rejects.toThrow("/nowhere");
});
