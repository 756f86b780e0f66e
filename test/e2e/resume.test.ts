import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RandomStream } from "../../src/random/stream.js";
import { decodeCheckpoint } from "../../src/train/checkpoint-file.js";
import { gradus, lines, readText, start, type Workplace, workplace } from "./support.js";

let place: Workplace;

beforeAll(async () => {
  place = await workplace();
});

afterAll(() => place.remove());

function checkpointOf(run: string) {
  return decodeCheckpoint(readFileSync(join(run, "checkpoint.safetensors")), run);
}

/** The rows of the metrics without what depends on the clock. */
function metricsOf(run: string) {
  return lines(readText(join(run, "metrics.jsonl"))).map((row) => ({
    ...row,
    seconds: 0,
    examplesPerSecond: 0,
  }));
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe("a run that is killed", () => {
  it("leaves at any moment a checkpoint that loads, and ends in the same bits when resumed", async () => {
    const recipe = place.recipe({ epochs: 60, schedule: { type: "cosine" } });
    const whole = place.path("whole");
    const began = performance.now();
    const first = await gradus(["train", recipe, "--data", place.data, "--out", whole, "--json"]);
    const wholeMilliseconds = performance.now() - began;
    expect(first.code).toBe(0);

    const killed = place.path("killed");
    const stream = new RandomStream(7);
    let kills = 0;
    for (let attempt = 0; ; attempt++) {
      const place_ = existsSync(join(killed, "config.json"))
        ? ["--resume", killed]
        : [recipe, "--out", killed];
      const running = start(["train", ...place_, "--data", place.data, "--json"]);
      if (attempt < 8) {
        void pause(stream.uniform() * wholeMilliseconds * 0.7).then(() => running.process.kill("SIGKILL"));
      }
      const outcome = await running.outcome;
      if (existsSync(join(killed, "checkpoint.safetensors")))
        expect(() => checkpointOf(killed)).not.toThrow();
      if (outcome.code === 0) break;
      expect(outcome.stderr).toBe("");
      kills++;
    }
    expect(kills).toBeGreaterThan(2);
    expect(checkpointOf(killed).tensors).toEqual(checkpointOf(whole).tensors);
    expect(metricsOf(killed)).toEqual(metricsOf(whole));
  });
});

describe("Ctrl-C", () => {
  it("stops after the step, saves, says how to go on; and going on gives the same bits", async () => {
    const recipe = place.recipe({ epochs: 100 });
    const out = place.path("stopped");
    const running = start(["train", recipe, "--data", place.data, "--out", out, "--json"]);
    await running.waitFor('"event":"epoch","epoch":2');
    running.process.kill("SIGINT");
    const { code, stdout, stderr } = await running.outcome;
    expect(code).toBe(130);
    expect(stderr).toContain("stopping after this step; press Ctrl-C again to quit at once");
    expect(stderr).toContain(`gradus train --resume ${out}`);
    const stopped = lines(stdout).at(-1);
    expect(stopped).toMatchObject({ event: "stopped", out });
    expect(checkpointOf(out).state).toMatchObject({ totalSteps: stopped?.totalSteps });

    // As the message says, without naming the data again.
    const resumed = await gradus(["train", "--resume", out, "--json"]);
    expect(resumed.code).toBe(0);
    expect(lines(resumed.stdout)[0]).toMatchObject({ event: "start", totalSteps: stopped?.totalSteps });
    const whole = place.path("not-stopped");
    await gradus(["train", recipe, "--data", place.data, "--out", whole, "--json"]);
    expect(checkpointOf(out).tensors).toEqual(checkpointOf(whole).tensors);
    expect(metricsOf(out)).toEqual(metricsOf(whole));
  });

  it("twice quits at once", async () => {
    // A step of the reference backend on this network takes long.
    const layers = [
      { type: "conv2d", filters: 64, kernelSize: 9, padding: "same" },
      { type: "flatten" },
      { type: "dense", units: 10 },
    ];
    const recipe = place.recipe({ layers, batchSize: 100 });
    const out = place.path("twice");
    const running = start(["train", recipe, "--data", place.data, "--out", out, "--backend", "reference"]);
    await running.waitFor("examples to train");
    await pause(300);
    running.process.kill("SIGINT");
    await pause(50);
    running.process.kill("SIGINT");
    expect((await running.outcome).code).not.toBe(0);
  });
});

describe("a loss that is not finite", () => {
  it("ends the run with exit code 1, names the layer, and keeps a good checkpoint", async () => {
    const recipe = place.recipe({ optimizer: { type: "sgd", learningRate: 1e30 } });
    const out = place.path("exploded");
    const { code, stdout, stderr } = await gradus([
      "train",
      recipe,
      "--data",
      place.data,
      "--out",
      out,
      "--json",
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /the loss is not finite at epoch 1, step \d+: .*first output that is not finite is that of layer \d/,
    );
    expect(stderr).toMatch(/The last good checkpoint is kept in/);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(lines(stdout).at(-1)).toMatchObject({ event: "failed" });
    for (const { data } of checkpointOf(out).tensors.values())
      expect([...data].every(Number.isFinite)).toBe(true);
  });
});

describe("a checkpoint that cannot be used", () => {
  let good: string;
  beforeAll(async () => {
    good = place.path("good");
    await gradus(["train", place.recipe(), "--data", place.data, "--out", good, "--json"]);
  });

  function copy(name: string): string {
    const path = place.path(name);
    cpSync(good, path, { recursive: true });
    return path;
  }

  it.each([0, 7, 100, 2000])("because it was cut to %d bytes is refused", async (size) => {
    const run = copy(`cut-${size}`);
    const path = join(run, "checkpoint.safetensors");
    writeFileSync(path, readFileSync(path).subarray(0, size));
    for (const args of [
      ["train", "--resume", run, "--data", place.data],
      ["predict", run, "x.png"],
    ]) {
      const { code, stderr } = await gradus(args);
      expect(code).toBe(2);
      expect(stderr).toMatch(/checkpoint\.safetensors: truncated/);
      expect(stderr).not.toMatch(/^ +at /m);
    }
  });

  it("because it is of another architecture is refused, naming the first array that differs", async () => {
    const run = copy("other");
    const before = readText(join(run, "metrics.jsonl"));
    const layers = [
      { type: "conv2d", filters: 4, kernelSize: 3, stride: 2 },
      { type: "relu" },
      { type: "maxPool2d", window: 2 },
      { type: "flatten" },
      { type: "dense", units: 10 },
    ];
    const { code, stderr } = await gradus([
      "train",
      place.recipe({ layers }),
      "--resume",
      run,
      "--data",
      place.data,
    ]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /of another architecture: model\.0\.weight is float32\[3, 1, 3, 3\], but in the model float32\[4, 1, 3, 3\]/,
    );
    expect(readText(join(run, "metrics.jsonl"))).toBe(before);
  });

  it("because of another seed or batch size is refused", async () => {
    const { code, stderr } = await gradus([
      "train",
      "--resume",
      copy("seed"),
      "--data",
      place.data,
      "--seed",
      "9",
    ]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/cannot be resumed: its seed is 1, but this training's is 9/);
  });

  it("because there is none starts the training over, and cannot be evaluated", async () => {
    const run = copy("none");
    rmSync(join(run, "checkpoint.safetensors"));
    const evaluated = await gradus(["predict", run, "x.png"]);
    expect(evaluated.code).toBe(2);
    expect(evaluated.stderr).toMatch(/has no checkpoint yet; train it with: gradus train --resume/);
    const { code, stdout } = await gradus(["train", "--resume", run, "--data", place.data, "--json"]);
    expect(code).toBe(0);
    expect(lines(stdout)[0]).toMatchObject({ totalSteps: 0 });
    expect(checkpointOf(run).tensors).toEqual(checkpointOf(good).tensors);
  });

  it("says that nothing was left when it is finished, with the speed that it had", async () => {
    const { code, stdout } = await gradus(["train", "--resume", copy("finished")]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/nothing was left to train; trained in 0:0\d at [1-9][\d,]* examples\/s/);
  });

  it("goes on with the backend it had", async () => {
    const run = place.path("reference");
    const args = ["train", place.recipe({ epochs: 1 }), "--data", place.data, "--backend", "reference"];
    await gradus([...args, "--out", run, "--json"]);
    await gradus(["train", "--resume", run, "--epochs", "2", "--json"]);
    expect(JSON.parse(readText(join(run, "config.json")))).toMatchObject({
      run: { backend: "reference", data: place.data },
      recipe: { epochs: 2 },
    });
  });

  it("goes on for more epochs", async () => {
    const run = copy("more");
    const { code, stdout } = await gradus([
      "train",
      "--resume",
      run,
      "--data",
      place.data,
      "--epochs",
      "4",
      "--json",
    ]);
    expect(code).toBe(0);
    expect(lines(stdout)[0]).toMatchObject({ epoch: 2, epochs: 4 });
    expect(lines(stdout).at(-1)).toMatchObject({ epoch: 4 });
  });
});
