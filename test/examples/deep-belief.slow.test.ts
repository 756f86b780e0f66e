import { expect, it } from "vitest";
import deepBelief from "../../examples/deep-belief.js";
import { runExample } from "./support.js";

it("imagines digits of the class that is held, and learns more from few labels", async () => {
  const { values, files, pixels } = await runExample(deepBelief);
  const { recognized, freeEnergyAccuracy, fineTuning } = values as Record<string, number> & {
    fineTuning: readonly { labels: number; pretrained: number; random: number }[];
  };
  // A tenth by chance.
  expect(recognized).toBeGreaterThan(0.5);
  expect(freeEnergyAccuracy).toBeGreaterThan(0.85);
  const [few, many] = fineTuning;
  expect(few).toMatchObject({ labels: 100 });
  expect(few!.pretrained).toBeGreaterThan(few!.random + 0.015);
  expect(many!.pretrained).toBeGreaterThan(0.88);
  expect(files).toEqual(["few-labels.svg", "imagined.png"]);
  expect(new Set(pixels("imagined.png").data as Uint8Array).size).toBeGreaterThan(100);
});
