import { expect, it } from "vitest";
import sentimentTrees from "../../examples/sentiment-trees.js";
import { runExample } from "./support.js";

it("recursive networks beat bags of words, most of all on negations", async () => {
  const { values, files, read } = await runExample(sentimentTrees);
  const { bag, deepBag, recursive, treeLstm } = values as Record<string, Record<string, number>>;
  for (const network of [recursive!, treeLstm!]) {
    for (const subset of ["negation", "contrast"]) {
      expect(network[subset], subset).toBeGreaterThan(0.8);
      expect(network[subset], subset).toBeGreaterThan(bag![subset]! + 0.2);
      expect(network[subset], subset).toBeGreaterThan(deepBag![subset]! + 0.1);
    }
    expect(network.byHand).toBeGreaterThan(bag!.byHand! + 0.15);
  }
  // Trees of every shape, in 40 batches, need very few programs.
  expect(values.programs).toBeLessThanOrEqual(3);
  expect(files).toEqual(["by-hand.txt"]);
  expect(read("by-hand.txt").trim().split("\n").length).toBeGreaterThan(36);
});
