import { expect, it } from "vitest";
import example from "../../examples/reverse-sequence.js";
import { runExample } from "./support.js";

it("writes sequences that it has never seen backwards, and forwards", async () => {
  const { values, files, text, read, measured } = await runExample(example);
  const { reverse, copy, byLength, loss, longest } = values as {
    reverse: number;
    copy: number;
    byLength: number[];
    loss: number;
    longest: number;
  };
  expect(reverse).toBeGreaterThan(0.95);
  expect(copy).toBeGreaterThan(0.9);
  expect(byLength.slice(0, longest).every((exact) => exact > 0.9)).toBe(true);
  // By chance, one symbol costs log 11 = 2.4.
  expect(loss).toBeLessThan(0.1);

  // What is shown is what it says: each answer backwards, where it is right.
  const shown = [...text.matchAll(/^([\d ]+) {2}-> {2}([\d ]*)$/gm)];
  expect(shown).toHaveLength(6);
  const right = shown.filter(([, input, answer]) => input!.split(" ").reverse().join(" ") === answer);
  expect(right.length).toBeGreaterThan(1);
  expect(text).toContain("(not in training)");
  expect(measured).toContain(`${(100 * reverse).toFixed(1)} % of unseen sequences`);
  expect(files).toEqual(["learning.svg"]);
  expect(read("learning.svg").match(/stroke-width="2"/g)).toHaveLength(2);
});
