import { expect, it } from "vitest";
import lenet5 from "../../examples/lenet5.js";
import { runExample } from "./support.js";

it("LeNet-5 learns the digits, with the connections that its paper counts", async () => {
  const { values, measured, pixels, files } = await runExample(lenet5);
  expect(values).toMatchObject({ parameters: 60_000, connections: 340_908 });
  expect(values.accuracy).toBeGreaterThan(0.9);
  expect(values.modernAccuracy).toBeGreaterThan(0.93);
  expect(measured).toContain("60,000 weights for 340,908 connections");
  expect(files).toEqual(["learning.svg", "maps.png"]);
  const { data } = pixels("maps.png");
  expect(new Set(Array.from(data)).size).toBeGreaterThan(50);
});
