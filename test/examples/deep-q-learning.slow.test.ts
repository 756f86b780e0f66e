import { expect, it } from "vitest";
import deepQLearning from "../../examples/deep-q-learning.js";
import { runExample } from "./support.js";

it("learns to seek food, and to avoid poison and walls", async () => {
  const { values, files, pixels } = await runExample(deepQLearning);
  const { random, learnt, rewards } = values as Record<
    "random" | "learnt",
    { food: number; poison: number; bumps: number; reward: number }
  > & { rewards: number[] };
  expect(random.reward).toBeLessThan(-150);
  expect(learnt.reward).toBeGreaterThan(-50);
  expect(learnt.food).toBeGreaterThan(2 * random.food);
  expect(learnt.food).toBeGreaterThan(3 * learnt.poison);
  expect(learnt.bumps).toBeLessThan(0.25 * random.bumps);
  expect(rewards).toHaveLength(30);
  const late = rewards.slice(-10).reduce((sum, reward) => sum + reward / 10, 0);
  expect(late).toBeGreaterThan(rewards[0]! + 100);
  expect(files).toEqual(["learnt.png", "random.png", "reward.svg"]);
  expect(pixels("learnt.png")).toMatchObject({ width: 700, height: 500, channels: 3 });
});
