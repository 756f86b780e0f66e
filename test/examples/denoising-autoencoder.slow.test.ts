import { expect, it } from "vitest";
import denoising from "../../examples/denoising-autoencoder.js";
import { runExample } from "./support.js";

it("takes noise away, and convolutions do so with far fewer weights", async () => {
  const { values, files } = await runExample(denoising);
  const { noisy, fullyConnected, convolutional } = values as { noisy: number } & Record<
    "fullyConnected" | "convolutional",
    { error: number; parameters: number }
  >;
  expect(noisy).toBeGreaterThan(80);
  expect(fullyConnected.error).toBeLessThan(0.35 * noisy);
  expect(convolutional.error).toBeLessThan(0.25 * noisy);
  // 8 filters of 16, 16 of 8 x 16, and back, with biases.
  expect(convolutional.parameters).toBe(8 * 17 + 16 * (8 * 16 + 1) + (16 * 8 * 16 + 8) + (8 * 16 + 1));
  expect(fullyConnected.parameters).toBeGreaterThan(50 * convolutional.parameters);
  expect(files).toEqual(["cleaned.png"]);
});
