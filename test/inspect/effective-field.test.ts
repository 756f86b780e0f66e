import { describe, expect, it } from "vitest";
import { inspect, nn, random, tensor } from "../../src/index.js";

const chain = (layers: number) => {
  const model = nn.sequential(
    Array.from({ length: layers }, () => nn.conv2d(1, 3, { padding: "same", initializer: nn.init.ones })),
  );
  model.build([1, 31, 31]);
  return model;
};

const image = tensor(new Float32Array(31 * 31), { shape: [1, 1, 31, 31] });

describe("effectiveReceptiveField", () => {
  it("of chained averages is a binomial: its variance is the sum of theirs", async () => {
    for (const layers of [1, 4, 9]) {
      const { width, values } = await inspect.effectiveReceptiveField(chain(layers), image);
      // A uniform kernel of 3 has variance 2 / 3.
      for (const sigma of width) expect(sigma).toBeCloseTo(Math.sqrt((2 / 3) * layers), 4);
      const reached = (await values.data()).filter((value) => value > 0).length;
      expect(reached).toBe((2 * layers + 1) ** 2);
    }
  });

  it("lies within the receptive field, and is smaller", async () => {
    const model = nn.sequential([
      ...Array.from({ length: 6 }, () => [nn.conv2d(4, 3), nn.relu()]).flat(),
      nn.conv2d(1, 3),
    ]);
    model.build([2, 31, 31], { seed: 4 });
    const noise = new random.Generator(1).normal([16, 2, 31, 31]);
    const box = inspect.receptiveField(model)!;
    const { values, size, width } = await inspect.effectiveReceptiveField(model, noise);
    const rows = (await values.array()) as number[][];
    const outside = rows.flatMap((row, y) =>
      row.filter((_, x) => x < box.start[2]! || x >= box.stop[2]! || y < box.start[1]! || y >= box.stop[1]!),
    );
    expect(outside.length).toBe(31 * 31 - 15 * 15);
    expect(Math.max(...outside)).toBe(0);
    expect(size).toBeGreaterThan(5);
    expect(size).toBeLessThan(14);
    expect(width[0]).toBeLessThan(Math.sqrt((15 ** 2 - 1) / 12));
  });

  it("of a unit in a layer, named by its index", async () => {
    const { values } = await inspect.effectiveReceptiveField(chain(3), image, {
      path: "0",
      unit: [0, 0, 30],
    });
    const rows = (await values.array()) as number[][];
    expect(rows.flatMap((row, y) => row.flatMap((value, x) => (value > 0 ? [[y, x]] : [])))).toEqual([
      [0, 29],
      [0, 30],
      [1, 29],
      [1, 30],
    ]);
  });

  it("is empty where nothing changes the unit", async () => {
    const dead = nn.sequential([
      nn.conv2d(1, 3, { biasInitializer: () => Float32Array.of(-1e9) }),
      nn.relu(),
    ]);
    dead.build([1, 31, 31]);
    const { size, width } = await inspect.effectiveReceptiveField(dead, image);
    expect([size, ...width]).toEqual([0, 0, 0]);
  });

  it("says what does not fit", async () => {
    await expect(inspect.effectiveReceptiveField(chain(1), image, { path: "7" })).rejects.toThrow(
      /no layer "7"/,
    );
    await expect(inspect.effectiveReceptiveField(chain(1), tensor([[1]]))).rejects.toThrow(
      /\[1, 1\].*spatial/,
    );
  });
});
