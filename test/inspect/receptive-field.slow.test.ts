import { expect, it } from "vitest";
import { compareRandomNetworks } from "./random-networks.js";

it("receptive fields are where changes come from, in many random networks", () => {
  const { units, split } = compareRandomNetworks(1, 400);
  expect(units).toBeGreaterThan(2000);
  expect(split).toBeGreaterThan(20);
});
