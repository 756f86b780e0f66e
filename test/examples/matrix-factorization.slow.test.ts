import { expect, it } from "vitest";
import factorization from "../../examples/matrix-factorization.js";
import { runExample } from "./support.js";

it("the linear autoencoder and the factorization find the principal subspace", async () => {
  const { values, files } = await runExample(factorization);
  const { angles, errors } = values as Record<string, Record<string, number>>;
  expect(angles!.autoencoder).toBeLessThan(0.5);
  expect(angles!.factorization).toBeLessThan(0.5);
  // The principal components are the best for the data from which they were taken, not for others to the last digit.
  expect(Math.abs(errors!.autoencoder! / errors!.pca! - 1)).toBeLessThan(0.002);
  expect(errors!.pca).toBeGreaterThan(30);
  expect(errors!.pca).toBeLessThan(36);
  expect(files).toEqual(["axes.png"]);
});
