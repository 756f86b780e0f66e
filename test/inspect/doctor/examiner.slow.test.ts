import { afterAll, expect, it } from "vitest";
import { loadDigits } from "../../../src/cli/data/sources.node.js";
import { data, device, inspect, nn, optim, useDevice } from "../../../src/index.js";

afterAll(() => device().close());

/** A network with layers of all kinds that the examiner tells apart, examined on a device of its own. */
async function examined(options: Parameters<typeof useDevice>[0]) {
  const used = useDevice(options);
  const model = nn.sequential([
    nn.conv2d(40, 5, { stride: 2 }),
    nn.batchNorm(),
    nn.relu(),
    nn.flatten(),
    nn.dense(24),
    nn.sigmoid(),
    nn.dense(16, { initializer: nn.init.xavierNormal }),
    nn.tanh(),
    nn.dense(10),
  ]);
  model.build([1, 28, 28], { seed: 5 });
  const { train } = await loadDigits();
  const { images, labels } = new data.Batches(train, { size: 100, seed: 1 }).batch(0, 0);
  const optimizer = optim.adam(model.parameters(), { learningRate: 1e-3 });
  const found = await inspect.examiner(model, { optimizer })(images, labels);
  used.close();
  return found;
}

it("wasm measures what the reference backend does, with the same bits on any number of threads", async () => {
  const one = await examined({ threads: 1 });
  expect(await examined({ threads: 2 })).toEqual(one);
  const reference = await examined({ backend: "reference" });
  expect(leaves(one).map(([path]) => path)).toEqual(leaves(reference).map(([path]) => path));
  // A bias before a normalization has no gradient but rounding, which Adam makes a step of.
  const rounding = /^parameters\.1\./;
  for (const [i, [path, value]] of leaves(one).entries()) {
    const expected = leaves(reference)[i]![1];
    if (typeof value !== "number" || typeof expected !== "number") expect(value, path).toEqual(expected);
    else if (!rounding.test(path))
      expect(Math.abs(value - expected), path).toBeLessThan(1e-3 * Math.abs(expected) + 1e-5);
  }
});

/** The numbers, texts and nulls of a structure, with their paths. */
function leaves(value: unknown, path = ""): [path: string, value: unknown][] {
  if (typeof value !== "object" || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, part]) => leaves(part, path === "" ? key : `${path}.${key}`));
}
