import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { data, type nn, train } from "../../src/index.js";
import { codeOf, root, runIn, workshop } from "./pages.js";

const { folder, clear } = workshop();
afterAll(clear);

it("the example of the README runs as it stands, on the digits that come with the package", async () => {
  const digits = join(root, "assets", "digits");
  const code = codeOf("README.md")
    .replace("train-images-idx3-ubyte.gz", join(digits, "images.idx3-ubyte.gz"))
    .replace("train-labels-idx1-ubyte.gz", join(digits, "labels.idx1-ubyte.gz"));
  const page: { digits: data.LabelledImages; model: nn.Module } = await runIn(
    folder,
    "readme",
    `${code}\nexport { digits, model };\n`,
  );
  expect(page.digits.count).toBe(10_000);
  const some = data.subset(
    page.digits,
    Array.from({ length: 1000 }, (_, i) => i),
  );
  const evaluation = await new train.Evaluator(page.model, { crop: 24 }).evaluate(some);
  expect(evaluation.accuracy).toBeGreaterThan(0.9);
});
