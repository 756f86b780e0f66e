import { describe, expect, it } from "vitest";
import { parseArguments, UsageError } from "../../bench/lib/arguments.mjs";
import { NetworkBuilder, valuesOf } from "../../bench/lib/network.mjs";
import { peers } from "../../bench/lib/peers.mjs";
import { disagreement, median, significant, spread } from "../../bench/lib/statistics.mjs";
import { formatTable } from "../../bench/lib/table.mjs";
import { inUnit, operationsOfStep, works } from "../../bench/lib/works.mjs";

describe("statistics", () => {
  it("takes the middle of an odd count and the mean of the middle two of an even one", () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([10, 2, 4, 1])).toBe(3);
    expect(() => median([])).toThrow(RangeError);
  });

  it("does not reorder its argument", () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });

  it("gives half the range as a share of the median", () => {
    expect(spread([8, 10, 14])).toBeCloseTo(0.3);
  });

  it("measures differences against the greatest magnitude", () => {
    expect(disagreement([2, -4], [2, -4])).toBe(0);
    expect(disagreement([2, -4], [2.1, -4])).toBeCloseTo(0.025);
    expect(disagreement([0, 0], [0, 0])).toBe(0);
  });

  it("never lets lists agree that differ in length or are not finite", () => {
    expect(disagreement([1], [1, 2])).toBe(Number.POSITIVE_INFINITY);
    expect(disagreement([], [])).toBe(Number.POSITIVE_INFINITY);
    expect(disagreement([Number.NaN], [Number.NaN])).toBe(Number.POSITIVE_INFINITY);
    expect(disagreement([1], [Number.POSITIVE_INFINITY])).toBe(Number.POSITIVE_INFINITY);
  });

  it("writes three significant digits", () => {
    expect([0.01234, 1.5, 12.34, 123.4, 1234, 123456, 0].map(significant)).toEqual([
      "0.0123",
      "1.50",
      "12.3",
      "123",
      "1,230",
      "123,000",
      "0",
    ]);
    expect(significant(Number.NaN)).toBe("-");
  });
});

describe("the command line", () => {
  const known = { works: ["one", "two"], peers: ["a", "b"] };

  it("measures everything on two threads by default", () => {
    expect(parseArguments([], known)).toMatchObject({ works: ["one", "two"], peers: ["a", "b"], threads: 2 });
  });

  it("keeps the known order, and takes values after a space or an equals sign", () => {
    const options = parseArguments(
      ["--peer=b", "--peer", "a", "--only", "two", "--threads=4", "--json"],
      known,
    );
    expect(options).toMatchObject({ works: ["two"], peers: ["a", "b"], threads: 4, json: true });
  });

  it("is short when asked to be quick, unless rounds are given, in either order", () => {
    const { rounds, seconds } = parseArguments(["--quick"], known);
    expect(2 * rounds * seconds).toBeLessThan(30);
    expect(parseArguments(["--rounds", "9", "--quick"], known).rounds).toBe(9);
    expect(parseArguments(["--quick", "--rounds", "9"], known).rounds).toBe(9);
  });

  it.each([
    ["--only", "three"],
    ["--peer", "c"],
    ["--threads", "0"],
    ["--rounds", "1.5"],
    ["--seconds", "-1"],
    ["--rounds"],
    ["--rounds", "--json"],
    ["--fast"],
  ])("refuses %s %s", (...argv) => {
    expect(() => parseArguments(argv, known)).toThrow(UsageError);
  });
});

describe("the table", () => {
  it("lines up, text to the left and numbers to the right", () => {
    expect(
      formatTable(
        ["work", "peer", "ratio"],
        [
          ["a", "long name", "1.0x"],
          ["bb", "b", "12.0x"],
        ],
      ),
    ).toBe(
      [
        "| work | peer      | ratio |",
        "|------|-----------|------:|",
        "| a    | long name |  1.0x |",
        "| bb   | b         | 12.0x |",
      ].join("\n"),
    );
  });
});

describe("works", () => {
  it("counts the work of a convolution and a dense layer", () => {
    const network = new NetworkBuilder([3, 8, 8]).conv(4, 3, { stride: 2 }).dense(10).finish();
    expect(network.multiplyAdds).toBe(4 * 4 * 4 * 3 * 9 + 64 * 10);
  });

  it("describes the ResNet-20 of the paper: 0.27 million parameters and 41 million multiply-adds", () => {
    const { layers, multiplyAdds } = works["resnet20-train"]!.network!;
    const trained = valuesOf(layers).filter(({ name }) => !name.includes("running"));
    const parameters = trained.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    expect(parameters).toBeGreaterThan(269_000);
    expect(parameters).toBeLessThan(273_000);
    expect(multiplyAdds / 1e6).toBeCloseTo(40.8, 0);
  });

  it("names every value once", () => {
    for (const { network } of Object.values(works)) {
      const names = valuesOf(network?.layers ?? []).map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  it("counts a training step as three forward passes less the first layer's input gradient", () => {
    const forward = 2 * (784 * 512 + 512 * 512 + 512 * 10) * 128;
    expect(operationsOfStep(works["mlp-train"]!)).toBe(3 * forward - 2 * 784 * 512 * 128);
    expect(operationsOfStep(works["lenet-infer"]!)).toBe(
      2 * works["lenet-infer"]!.network!.multiplyAdds * 128,
    );
  });

  it("gives examples or GFLOP in a second", () => {
    expect(inUnit(works["lenet-infer"]!, 10)).toBe(1280);
    expect(inUnit(works["matmul-1024"]!, 10)).toBeCloseTo(21.47, 1);
  });

  it("gives each peer works that exist, never at more than the work's batch", () => {
    for (const { works: able } of Object.values(peers)) {
      expect(Object.keys(able).length).toBeGreaterThan(0);
      for (const [name, { batch }] of Object.entries(able)) {
        expect(works).toHaveProperty(name);
        expect(batch ?? 1).toBeLessThanOrEqual(works[name]!.batch);
      }
    }
  });
});
