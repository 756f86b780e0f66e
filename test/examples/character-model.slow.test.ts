import { expect, it } from "vitest";
import example from "../../examples/character-model.js";
import { isCorrect, write } from "../../examples/kit/grammar.js";
import { runExample } from "./support.js";

it("learns to write, better than counts of characters allow", async () => {
  const { values, files, text, read, measured } = await runExample(example);
  const { before, after, counts, grammar, sentences, correct, fresh } = values as Record<string, number>;
  expect(before).toBeGreaterThan(4.4);
  expect(after).toBeLessThan(0.45);
  expect(after).toBeLessThan(counts! - 0.05);
  expect(after, "nothing is better than the truth").toBeGreaterThan(grammar!);
  expect(sentences).toBe(60);
  expect(correct).toBeGreaterThan(10);
  expect(fresh).toBeGreaterThan(5);
  expect(fresh).toBeLessThanOrEqual(correct!);
  expect(measured).toContain(`from ${before!.toFixed(2)} to ${after!.toFixed(2)} bits`);

  expect(files).toEqual(["learning.svg", "written.txt"]);
  const written = read("written.txt").trim().split("\n");
  expect(written).toHaveLength(60);
  const first = written.map((line) => line.slice(0, line.indexOf(".") + 1));
  expect(first.filter(isCorrect)).toHaveLength(correct!);
  expect(text).toContain(first[0]);
});

it("the grammar knows what it writes, and what it would not", () => {
  const { text, bits } = write(20_000, 5);
  expect(text).toBe(write(20_000, 5).text);
  expect(text).not.toBe(write(20_000, 6).text);
  for (const sentence of text.trim().split(/(?<=\.) /)) expect(isCorrect(sentence), sentence).toBe(true);
  expect(bits).toBeGreaterThan(0.3);
  expect(bits).toBeLessThan(0.4);
  expect(isCorrect("the old kings who love the cat wait by the river.")).toBe(true);
  for (const wrong of [
    "the old kings who love the cat waits by the river.",
    "the kings who loves the cat wait by the river.",
    "the old old kings wait by the river.",
    "the kings wait by the river",
    "kings wait.",
    "",
  ]) {
    expect(isCorrect(wrong), wrong).toBe(false);
  }
});
