import { recipes } from "gradus/recipe";
import { describe, expect, it } from "vitest";
import { addressOfPlan, readAddress, writeAddress } from "../../lab/src/state/address.js";

describe("the address", () => {
  it("comes back as it was written, recipes of one's own and changes included", () => {
    const changes = [
      { step: 12, settings: { batchSize: 32, optimizer: { type: "sgd" as const, learningRate: 0.1 } } },
    ];
    const recipe = { ...recipes.digits!, name: "größer-.ok" };
    const address = {
      page: "train",
      recipe,
      seed: 3,
      step: 99,
      changes,
      view: { closed: "1 2", image: "7" },
    };
    const text = writeAddress(address);
    expect(text).toMatch(/^#\/train\?[\w.&=+-]+$/);
    expect(readAddress(text)).toEqual({ ...address, data: undefined });
  });

  it("names recipes that have names, and leaves out what is empty", () => {
    const plan = { recipe: recipes.digits!, seed: 1, changes: [] };
    const text = writeAddress({ page: "time", ...addressOfPlan(plan, recipes), view: { image: "" } });
    expect(text).toBe("#/time?recipe=digits&seed=1");
    expect(readAddress("")).toEqual({ page: "", view: {} });
  });

  it("says what is wrong with a damaged link", () => {
    expect(() => readAddress("#/train?recipe=.eyJh")).toThrow(
      "its recipe cannot be read; was the link copied as a whole?",
    );
    expect(() => readAddress("#/train?seed=-1")).toThrow("seed=-1, but that is no whole number");
    expect(() => readAddress("#/train?step=1.5")).toThrow("step=1.5, but that is no whole number");
  });
});
