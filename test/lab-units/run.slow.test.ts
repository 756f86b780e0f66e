import { data, type train } from "gradus";
import { recipes } from "gradus/recipe";
import { beforeAll, describe, expect, it } from "vitest";
import type { TrainAndTest } from "../../lab/src/worker/data-sets.js";
import type { Plan, Settings } from "../../lab/src/worker/protocol.js";
import { Run } from "../../lab/src/worker/run.js";
import { loadDigits } from "../../src/cli/data/sources.node.js";

let sets: TrainAndTest;
const plan: Plan = { recipe: recipes.digits!, seed: 7, changes: [] };
const on = async () => true;
const first = (set: data.LabelledImages, count: number) =>
  data.subset(
    set,
    Array.from({ length: count }, (_, i) => i),
  );

beforeAll(async () => {
  const { train, test } = await loadDigits();
  sets = { train: first(train, 500), test: first(test, 50) };
});

async function weightsOf(run: Run): Promise<Map<string, number[]>> {
  const { tensors } = (await run.checkpoint()) as train.Checkpoint;
  return new Map([...tensors].map(([name, { data }]) => [name, [...data]]));
}

async function walked(steps: number, of: Plan = plan): Promise<Run> {
  const run = await Run.create(of, sets);
  await run.seek(steps, on);
  return run;
}

const faster = (run: Run): Settings => ({
  ...run.settings,
  optimizer: { ...run.settings.optimizer, learningRate: 0.3 },
});

describe("a training that can be gone back in", () => {
  it("has the same weights at a step whether it comes from before or from after, to the last bit", async () => {
    const there = await walked(37);
    const back = await walked(90);
    await back.seek(37, on);
    expect(back.step).toBe(37);
    expect(await weightsOf(back)).toEqual(await weightsOf(there));
    expect(back.branch.history.length).toBe(90);
  });

  it("gives the same losses again on the way forward, and records none twice", async () => {
    const run = await walked(40);
    const losses = [...run.branch.history.loss.slice()];
    await run.seek(5, on);
    await run.seek(40, on);
    expect([...run.branch.history.loss.slice()]).toEqual(losses);
    const straight = await walked(40);
    expect(await weightsOf(run)).toEqual(await weightsOf(straight));
  });

  it("follows a plan's changes of rate, optimizer and batch as they were made live", async () => {
    const live = await walked(20);
    live.change(faster(live));
    await live.seek(33, on);
    live.change({ batchSize: 32, optimizer: { type: "sgd", learningRate: 0.02, momentum: 0.9 } });
    await live.seek(50, on);
    live.change({
      batchSize: 32,
      optimizer: { type: "sgd", learningRate: 0.02, momentum: 0.5, weightDecay: 0.01 },
    });
    await live.seek(60, on);
    const replayed = await walked(60, { ...plan, changes: live.branch.changes });
    expect([...replayed.branch.history.loss.slice()]).toEqual([...live.branch.history.loss.slice()]);
    expect(await weightsOf(replayed)).toEqual(await weightsOf(live));
    // Going back over the changes and forward again crosses two optimizers.
    await live.seek(10, on);
    await live.seek(60, on);
    expect(await weightsOf(live)).toEqual(await weightsOf(replayed));
  });

  it("forgets the future that a change in the past has made untrue", async () => {
    const run = await walked(50);
    await run.seek(20, on);
    run.change(faster(run));
    expect(run.branch.history.length).toBe(20);
    expect(run.branch.checkpoints.steps.every((step) => step <= 20)).toBe(true);
    await run.seek(50, on);
    const [before, after] = [await walked(50), run].map((one) => [...one.branch.history.loss.slice()]);
    expect(after?.slice(0, 20)).toEqual(before?.slice(0, 20));
    expect(after?.slice(21)).not.toEqual(before?.slice(21));
  });

  it("keeps both futures when it forks, and goes from one to the other", async () => {
    const run = await walked(40);
    const main = await weightsOf(run);
    await run.seek(25, on);
    run.fork(faster(run), "faster");
    await run.seek(45, on);
    const fork = await weightsOf(run);
    expect(run.branches.map(({ name, history }) => [name, history.length])).toEqual([
      ["main", 40],
      ["faster", 45],
    ]);
    expect(run.branch.facts().parent).toEqual({ id: 0, step: 25 });
    await run.switchTo(0);
    await run.seek(40, on);
    expect(await weightsOf(run)).toEqual(main);
    await run.switchTo(1);
    await run.seek(45, on);
    expect(await weightsOf(run)).toEqual(fork);
    await expect(run.switchTo(9)).rejects.toThrow("there is no branch 9; there are 0, 1");
  });

  it("goes on elsewhere from a checkpoint as if nothing had happened", async () => {
    const run = await walked(30);
    const checkpoint = await run.checkpoint();
    const curves = {
      loss: [...run.branch.history.loss.slice()],
      accuracy: [...run.branch.history.accuracy.slice()],
    };
    const other = await Run.create(plan, sets);
    await other.resume(checkpoint, 30, curves);
    await other.seek(45, on);
    await run.seek(45, on);
    expect(await weightsOf(other)).toEqual(await weightsOf(run));
    expect([...other.branch.history.loss.slice()]).toEqual([...run.branch.history.loss.slice()]);
  });

  it("says which layer failed when the loss is no number, and keeps the weights from before", async () => {
    const run = await walked(5);
    run.change({ ...run.settings, optimizer: { type: "sgd", learningRate: 1e30 } });
    let failure: string | undefined;
    for (let i = 0; i < 5 && failure === undefined; i++) failure = await run.advance();
    expect(failure).toMatch(/^The loss is not finite at step \d+: .*The learning rate is 1e\+30/);
    const before = run.step;
    expect(await run.advance()).toBe(failure);
    expect(run.step).toBe(before);
  });

  it("refuses settings that cannot be", async () => {
    const run = await walked(1);
    expect(() => run.change({ ...run.settings, batchSize: 10_000 })).toThrow(
      "the batch size is 10000, but must be an integer from 1 to 475",
    );
    await expect(
      Run.create({ ...plan, recipe: { ...recipes.digits!, batchSize: 480 } }, sets),
    ).rejects.toThrow(
      "of 500 images, 475 are left to train and 25 to validate, but there must be a batch of 480 and one",
    );
  });
});
