import { beforeAll, describe, expect, it } from "vitest";
import { elastic, shift } from "../../src/data/augment.js";
import type { NamedArray } from "../../src/data/named-array.js";
import * as nn from "../../src/nn/index.js";
import * as optim from "../../src/optim/index.js";
import { useDevice } from "../../src/runtime/device.js";
import type { Checkpoint } from "../../src/train/checkpoint.js";
import { readVariables } from "../../src/train/checkpoint.js";
import { decodeCheckpoint, encodeCheckpoint } from "../../src/train/checkpoint-file.js";
import type { TrainOptions } from "../../src/train/loop.js";
import { train } from "../../src/train/loop.js";
import { bars, collect, eventsOf, network } from "./support.js";

beforeAll(() => void useDevice({ backend: "reference" }));

const data = bars(64);
const validation = bars(24, 2);

function setup(changes: Partial<TrainOptions> = {}) {
  const model = network();
  const optimizer = optim.adam(model.parameters(), { learningRate: 0.02 });
  const options: TrainOptions = {
    model,
    optimizer,
    data,
    validation,
    batches: { size: 10, seed: 3, augment: { crop: true } },
    epochs: 3,
    progressMilliseconds: 0,
    ...changes,
  };
  return { model, optimizer, options };
}

async function bitsOf({
  model,
  optimizer,
}: Pick<TrainOptions, "model" | "optimizer">): Promise<Map<string, NamedArray>> {
  return new Map([
    ...(await readVariables(model.variables(), "model.")),
    ...(await readVariables(optimizer.variables(), "optimizer.")),
  ]);
}

describe("train", () => {
  it("learns, and tells what happens in order", async () => {
    const { options } = setup({ epochs: 8 });
    const events = await collect(options);
    expect(events[0]).toEqual({
      event: "start",
      epoch: 0,
      epochs: 8,
      stepsPerEpoch: 6,
      examples: 64,
      validationExamples: 24,
      totalSteps: 0,
    });
    const epochs = eventsOf(events, "epoch");
    expect(epochs.map((event) => event.epoch)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(epochs[7]?.loss).toBeLessThan(0.5 * Number(epochs[0]?.loss));
    expect(epochs[7]?.validationAccuracy).toBeGreaterThan(0.8);
    expect(eventsOf(events, "progress")).toHaveLength(48);
    expect(eventsOf(events, "progress").at(-1)).toMatchObject({ fraction: 1, step: 6, totalSteps: 48 });
    const done = events.at(-1);
    expect(done).toMatchObject({
      event: "done",
      reason: "epochs",
      epoch: 8,
      totalSteps: 48,
      bestEpoch: null,
    });
    expect(eventsOf(events, "done")[0]?.examplesPerSecond).toBeGreaterThan(0);
  });

  it("gives the same bits again, and others with another seed", async () => {
    const runs = [];
    for (const seed of [3, 3, 4]) {
      const { options } = setup({ epochs: 1, batches: { size: 10, seed } });
      await collect(options);
      runs.push(await bitsOf(options));
    }
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).not.toEqual(runs[0]);
  });

  it.each<[string, TrainOptions["batches"], readonly number[]]>([
    ["crops", { size: 10, seed: 3, augment: { crop: true } }, [0, 1, 6, 10, 14, 21]],
    ["augmentation", { size: 10, seed: 3, augment: [shift(1), elastic({ alpha: 4, sigma: 2 })] }, [10]],
  ])(
    "goes on from every step to the same bits as if it had never stopped, with %s",
    async (_, batches, places) => {
      const saved: Uint8Array[] = [];
      const whole = setup({
        batches,
        saveSeconds: 0,
        schedule: optim.plateau({ rate: 0.02, patience: 0, factor: 0.5 }),
        save: (checkpoint: Checkpoint) => void saved.push(encodeCheckpoint(checkpoint)),
      });
      const wholeEvents = await collect(whole.options);
      const expected = await bitsOf(whole.options);
      const metrics = (events: typeof wholeEvents, after: number) =>
        [...eventsOf(events, "interval"), ...eventsOf(events, "epoch")]
          .filter((event) => event.totalSteps > after)
          .map((event) => ({ ...event, seconds: 0, examplesPerSecond: 0 }));
      // One at the beginning, one after each step, and one after each epoch.
      expect(saved).toHaveLength(1 + 18 + 3);
      for (const place of places) {
        const resumed = setup({
          batches,
          schedule: optim.plateau({ rate: 0.02, patience: 0, factor: 0.5 }),
          resume: decodeCheckpoint(saved[place]!, "checkpoint"),
        });
        const events = await collect(resumed.options);
        const after = eventsOf(events, "start")[0]?.totalSteps as number;
        expect(await bitsOf(resumed.options)).toEqual(expected);
        expect(metrics(events, after)).toEqual(metrics(wholeEvents, after));
      }
    },
  );

  it("stops after the current step when told, having saved", async () => {
    const controller = new AbortController();
    let last: Checkpoint | undefined;
    const { options } = setup({
      signal: controller.signal,
      save: (checkpoint) => {
        last = checkpoint;
      },
    });
    const events = [];
    for await (const event of train(options)) {
      events.push(event);
      if (event.event === "progress" && event.totalSteps === 8) controller.abort();
    }
    expect(events.at(-1)).toEqual({ event: "stopped", epoch: 1, step: 2, totalSteps: 8 });
    expect(last?.state).toMatchObject({ epoch: 1, step: 2, totalSteps: 8 });
    expect(last?.tensors).toEqual(await bitsOf(options));
  });

  it("ends when the time is up", async () => {
    const { options } = setup({ epochs: 100_000, seconds: 0.3 });
    const began = performance.now();
    const events = await collect(options);
    expect(events.at(-1)).toMatchObject({ event: "done", reason: "seconds" });
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it("foretells no time from the first step, which compiles", async () => {
    const events = await collect(setup({ epochs: 1, progressMilliseconds: 1e-6 }).options);
    const progress = eventsOf(events, "progress");
    expect(progress[0]?.totalSteps).toBe(2);
    expect(progress[0]?.secondsLeft).toBeGreaterThan(0);
  });

  it("follows a schedule step by step", async () => {
    const { options, optimizer } = setup({ epochs: 1, schedule: (step) => 0.1 / (step + 1) });
    const events = await collect(options);
    const rates = eventsOf(events, "progress").map((event) => event.learningRate);
    expect(rates).toEqual([1, 2, 3, 4, 5, 6].map((n) => 0.1 / n));
    expect(await optimizer.variables().get("learningRate")?.data()).toEqual(Float32Array.of(0.1 / 6));
  });

  it("stops early and puts the best epoch's weights back", async () => {
    const saved: Checkpoint[] = [];
    const bits: { epoch: number; arrays: ReadonlyMap<string, NamedArray>; loss: number | null }[] = [];
    // The rate is absurd from the third epoch on, so that validation gets worse.
    const { options, model } = setup({
      epochs: 50,
      earlyStopping: { patienceEpochs: 2 },
      schedule: (step) => (step < 12 ? 0.02 : 1),
      save: (checkpoint) => void saved.push(checkpoint),
    });
    let doneEvent: unknown;
    for await (const event of train(options)) {
      if (event.event === "epoch") {
        bits.push({
          epoch: event.epoch,
          arrays: await readVariables(model.variables()),
          loss: event.validationLoss,
        });
      }
      if (event.event === "done") doneEvent = event;
    }
    const best = bits.reduce((a, b) => (Number(b.loss) < Number(a.loss) ? b : a));
    expect(doneEvent).toMatchObject({
      reason: "earlyStopping",
      bestEpoch: best.epoch,
      epoch: best.epoch + 2,
    });
    expect(await readVariables(model.variables())).toEqual(best.arrays);

    const last = saved.at(-1) as Checkpoint;
    const again = setup({ epochs: 50, earlyStopping: { patienceEpochs: 2 }, resume: last });
    const events = await collect(again.options);
    expect(events.map((event) => event.event)).toEqual(["start", "done"]);
    expect(await readVariables(again.model.variables())).toEqual(best.arrays);
  });

  it("does not go on with another seed, batch size, or number of examples", async () => {
    let last: Checkpoint | undefined;
    await collect(
      setup({
        epochs: 1,
        save: (checkpoint) => {
          last = checkpoint;
        },
      }).options,
    );
    const { options } = setup({ resume: last, batches: { size: 12, seed: 3 } });
    await expect(collect(options)).rejects.toThrow(
      /cannot be resumed: its batchSize is 10, but this training's is 12/,
    );
  });
});

describe("a loss that is not finite", () => {
  function exploding(rate: number) {
    const model = nn.sequential([
      nn.conv2d(3, 3),
      nn.relu(),
      nn.flatten(),
      nn.dense(8),
      nn.relu(),
      nn.dense(4),
    ]);
    model.build([1, 8, 8], { seed: 1 });
    return setup({ model, optimizer: optim.sgd(model.parameters(), { learningRate: rate }) }).options;
  }

  it("ends the training at once, changes nothing, keeps the last good checkpoint and names the layer", async () => {
    const saved: Checkpoint[] = [];
    const options = {
      ...exploding(1e30),
      saveSeconds: 0,
      save: (checkpoint: Checkpoint) => void saved.push(checkpoint),
    };
    const events = await collect(options);
    const failed = events.at(-1);
    expect(failed).toMatchObject({ event: "failed", epoch: 0 });
    if (failed?.event !== "failed") throw new Error("it did not fail");
    // Weights of about 1e30 times weights of about 1e30 overflow at the second layer with weights.
    expect(failed.layer).toBe("3");
    expect(failed.message).toMatch(/layer 3 \(dense\); its weight reaches \S+e\+(28|29|30|31)/);
    expect(failed.message).toMatch(/learning rate is 1e\+30/);
    expect(failed.totalSteps).toBe(1);
    for (const { tensors } of saved) {
      for (const [name, { data }] of tensors) expect([...data].every(Number.isFinite), name).toBe(true);
    }
    // The failing step was not carried out: what is there now is what was saved after the step before.
    expect(saved.at(-1)?.state).toMatchObject({ totalSteps: 1 });
    expect(await bitsOf(options)).toEqual(saved.at(-1)?.tensors);
  });

  it("does not save weights that are not finite, though the loss was", async () => {
    const saved: Checkpoint[] = [];
    const base = exploding(0.1);
    const events = await collect({
      ...base,
      // Finite, but its gradient is infinite: the square root at 0.
      loss: (output) => output.sum().multiply(0).sqrt(),
      epochs: 1,
      saveSeconds: 0,
      save: (checkpoint: Checkpoint) => void saved.push(checkpoint),
    });
    expect(saved.map(({ state }) => state)).toMatchObject([{ totalSteps: 0 }]);
    const failed = eventsOf(events, "failed")[0];
    expect(failed?.message).toMatch(/^model\.\S+ is not finite at epoch 1, step 2: .*weight is not finite/);
  });
});
