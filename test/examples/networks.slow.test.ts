import { expect, it } from "vitest";
import networks from "../../examples/networks.js";
import { runExample } from "./support.js";

interface Counts {
  readonly depth: number;
  readonly parameters: number;
  readonly denseShare: number;
  readonly receptiveField: number;
}

it("counts the named networks as published", async () => {
  const { values, measured, text, files } = await runExample(networks);
  const counts = values as Record<string, Counts & { readonly [key: string]: number }>;
  const of = (key: keyof Counts) =>
    Object.fromEntries(Object.entries(counts).map(([name, c]) => [name, c[key]]));
  expect(of("depth")).toMatchObject({ alexnet: 8, vgg19: 19, googlenet: 22, resnet101: 101, resnet56: 56 });
  expect(of("parameters")).toMatchObject({ lenet5: 60_000, alexnet: 60_965_224, resnet50: 25_557_032 });
  // Three stacked 3x3 windows see 7; these are the figures that others have computed for the last convolutions.
  expect(of("receptiveField")).toMatchObject({
    alexnet: 163,
    vgg16: 196,
    resnet18: 435,
    resnet50: 427,
    resnet101: 971,
  });
  expect(counts.vgg16!.denseShare).toBeGreaterThan(0.85);
  expect(counts.resnet50!.denseShare).toBeLessThan(0.1);
  expect(measured).toContain("Of 14 networks with a published number of parameters, 14 have exactly that");
  expect(text).toContain("60,965,224");
  expect(files).toEqual(["networks.svg"]);
});

it("prints the layers of one, and names all when there is none", async () => {
  const { text } = await runExample(networks, { options: { network: "googlenet" } });
  expect(text).toMatch(/inception4e\.branch3\.1\.conv +conv2d 5x5 +128 x 14 x 14 +102,528/);
  await expect(runExample(networks, { options: { network: "lenet6" } })).rejects.toThrow(
    /there is no network "lenet6"; there are lenet5, lenet, alexnet/,
  );
});
