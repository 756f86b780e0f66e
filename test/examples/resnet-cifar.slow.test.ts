import { expect, it } from "vitest";
import resnetCifar from "../../examples/resnet-cifar.js";
import { runExample, sharedData } from "./support.js";

const data = sharedData("cifar10");

it.skipIf(data === undefined)("both networks learn CIFAR-10 (skipped without its files)", async () => {
  const { values, measured, text, files } = await runExample(resnetCifar, { data: data! });
  expect(values).toMatchObject({ epochs: 3 });
  for (const accuracy of [values.residual, values.sameEpochs, values.sameWork]) {
    expect(accuracy).toBeGreaterThan(0.15); // a guess is right in a tenth
  }
  expect(values.longerEpochs).toBeGreaterThan(3);
  expect(measured).toContain("After 3 passes over 640 images, ResNet-20, half as wide recognizes");
  expect(text).toMatch(/ConvNetJS's net, longer +21,066/);
  expect(files).toEqual(["accuracy.svg"]);
});

it("says how to get CIFAR-10 where it is not", async () => {
  await expect(runExample(resnetCifar, { data: "/nowhere" })).rejects.toThrow(
    /were not found.*--data or GRADUS_DATA/s,
  );
});
