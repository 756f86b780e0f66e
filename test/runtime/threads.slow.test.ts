import { beforeAll, describe, expect, test } from "vitest";
import { useDevice } from "../../src/runtime/device.js";
import { train } from "./support.js";

const STEPS = 20;

describe("twenty steps of a convolutional net with batch normalization and dropout", () => {
  let one: Awaited<ReturnType<typeof train>>;
  beforeAll(async () => {
    useDevice({ backend: "wasm", threads: 1 });
    one = await train(STEPS);
  });

  test("learn something", () => {
    expect(one.losses.every(Number.isFinite)).toBe(true);
    expect(new Set(one.losses).size).toBe(STEPS);
  });

  test.each([1, 2, 3, 4])("have the same bits on %i threads", async (threads) => {
    useDevice({ backend: "wasm", threads });
    expect(await train(STEPS)).toEqual(one);
  });

  test("agree with the reference backend", async () => {
    useDevice({ backend: "reference" });
    const reference = await train(STEPS);
    reference.losses.forEach((loss, n) => {
      expect(Math.abs(loss - one.losses[n]!), `step ${n}`).toBeLessThan(1e-3 * Math.max(1, loss));
    });
    reference.state.forEach((values, n) => {
      values.forEach((value, i) => {
        expect(Math.abs(value - one.state[n]![i]!)).toBeLessThan(2e-3);
      });
    });
  });
});
