import { spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { encode } from "fast-png";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadDigits } from "../../src/cli/data/sources.node.js";
import { decodeCheckpoint } from "../../src/train/checkpoint-file.js";
import { gradus, lines, type Outcome, readText, root, type Workplace, workplace } from "./support.js";

let place: Workplace;
let run: string;
let trained: Outcome;

/** A module that takes the network away from the process that imports it. */
const offline = "data:text/javascript,globalThis.fetch=async()=>{throw%20new%20TypeError('no%20network')}";

beforeAll(async () => {
  place = await workplace();
  run = place.path("run");
  trained = await gradus([
    "train",
    place.recipe({ epochs: 20 }),
    "--data",
    place.data,
    "--out",
    run,
    "--json",
  ]);
});

afterAll(() => place.remove());

describe("help", () => {
  it.each(["", "lab", "train", "evaluate", "predict", "inspect", "summary", "data", "data fetch"])(
    "is there for: gradus %s",
    async (command) => {
      const { code, stdout, stderr } = await gradus([...command.split(" ").filter(Boolean), "--help"]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toContain(`Usage: gradus ${command}`.trimEnd());
    },
  );
});

describe("bad input", () => {
  const cases: [string, () => string[], RegExp][] = [
    ["no command", () => [], /Usage: gradus/],
    ["an unknown command", () => ["trian"], /unknown command 'trian'\n\(Did you mean train\?\)/],
    [
      "an unknown option",
      () => ["train", "digits", "--epoch", "3"],
      /unknown option '--epoch'\n\(Did you mean --epochs\?\)/,
    ],
    ["no recipe", () => ["train"], /name a recipe \(digits, mnist, cifar10, or a JSON file\)/],
    ["an unknown recipe", () => ["train", "mnits"], /no recipe "mnits"; did you mean "mnist"\?/],
    [
      "a missing recipe file",
      () => ["train", "nowhere/x.json"],
      /recipe nowhere\/x\.json cannot be read: no such file/,
    ],
    ["a recipe that is no JSON", () => ["train", write("bad.json", "{")], /bad\.json is not JSON/],
    ["a recipe with an error", () => ["summary", place.recipe({ epochs: -1 })], /epochs: .*>=1 \(it is -1\)/],
    [
      "epochs that are none",
      () => ["train", "digits", "--epochs", "many"],
      /'many' is invalid.*integer of at least 1/,
    ],
    ["seconds that are none", () => ["train", "digits", "--seconds", "0"], /'0' is invalid.*above 0/],
    [
      "an unknown backend",
      () => ["train", "digits", "--backend", "cuda"],
      /'cuda' is invalid.*wasm, reference/,
    ],
    [
      "a batch above the examples",
      () => ["train", place.recipe(), "--data", place.data, "--batch", "1000"],
      /180 are left to train.*batch \(1000\)/,
    ],
    [
      "data that are not there",
      () => ["train", "mnist", "--data", place.path("nothing")],
      /were not found:\n {2}looked in .*nothing/,
    ],
    [
      "data for what comes with the package",
      () => ["train", "digits", "--data", place.data],
      /--data has no meaning here: the package carries digits/,
    ],
    [
      "a nameless folder",
      () => ["train", "digits", "--out", ""],
      /'' is invalid.*must name a file or folder/,
    ],
    ["two places", () => ["train", "digits", "--out", "a", "--resume", "b"], /exclude each other/],
    [
      "a folder in use",
      () => ["train", place.recipe(), "--data", place.data, "--out", place.data],
      /is not empty; go on .*--resume/,
    ],
    [
      "a folder that cannot be",
      () => ["train", place.recipe(), "--data", place.data, "--out", join(place.recipe(), "x")],
      /cannot be used for the run: a part of the path is a file/,
    ],
    [
      "a folder where the system lets none be made",
      () => [
        "train",
        "digits",
        "--out",
        process.platform === "linux" ? "/proc/x/y" : join(place.recipe(), "x"),
      ],
      /cannot be used for the run: /,
    ],
    ["a run that is not there", () => ["train", "--resume", place.path("nothing")], /no such run folder/],
    [
      "a folder that is no run",
      () => ["train", "--resume", place.data],
      /is not the folder of a run: it has no config\.json/,
    ],
    [
      "a file for a run",
      () => ["predict", place.recipe(), "x.png"],
      /is a file, but must be the folder of a run/,
    ],
    ["labels missing", () => ["evaluate", run, "--images", "x"], /required option '--labels/],
    [
      "images missing",
      () => ["evaluate", run, "--images", "no.idx", "--labels", "no.idx"],
      /no\.idx: no such file/,
    ],
    [
      "labels for images",
      () => [
        "evaluate",
        run,
        "--images",
        file("t10k-labels-idx1-ubyte"),
        "--labels",
        file("t10k-labels-idx1-ubyte"),
      ],
      /are these the labels\?/,
    ],
    [
      "counts that differ",
      () => [
        "evaluate",
        run,
        "--images",
        file("t10k-images-idx3-ubyte"),
        "--labels",
        file("train-labels-idx1-ubyte"),
      ],
      /holds 200 labels, but .* holds 60 images/,
    ],
    ["no picture", () => ["predict", run, place.recipe()], /neither a PNG nor a JPEG image/],
    [
      "an unknown data set",
      () => ["data", "fetch", "mnits"],
      /"mnits" cannot be fetched; did you mean "mnist"/,
    ],
  ];
  const file = (name: string) => join(place.data, name);
  const write = (name: string, text: string) => {
    writeFileSync(place.path(name), text);
    return place.path(name);
  };

  it.each(cases)("is refused with exit code 2: %s", async (_, args, message) => {
    const { code, stdout, stderr } = await gradus(args());
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it("shows where it was found if asked to", async () => {
    const { code, stderr } = await gradus(["summary", "mnits"], { GRADUS_DEBUG: "1" });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^ +at findRecipe/m);
  });
});

describe("gradus train", () => {
  it("prints one JSON object a line, the last with the results", () => {
    expect(trained.stderr).toBe("");
    expect(trained.code).toBe(0);
    const objects = lines(trained.stdout);
    expect(objects[0]).toMatchObject({ event: "start", epochs: 20, examples: 180, validationExamples: 20 });
    expect(objects.filter(({ event }) => event === "epoch")).toHaveLength(20);
    const done = objects.at(-1);
    expect(done).toMatchObject({ event: "done", out: run, reason: "epochs", epoch: 20, totalSteps: 360 });
    for (const key of ["testAccuracy", "testLoss", "examplesPerSecond", "seconds"])
      expect(done?.[key]).toBeTypeOf("number");
    expect(done?.testAccuracy).toBeGreaterThan(0.6);
  });

  it("leaves a checkpoint, metrics and the configuration", () => {
    const { state } = decodeCheckpoint(readFileSync(join(run, "checkpoint.safetensors")), "c");
    expect(state).toMatchObject({ epoch: 20, step: 0, totalSteps: 360, seed: 1 });
    const rows = lines(readText(join(run, "metrics.jsonl")));
    expect(rows.filter(({ event }) => event === "epoch")).toHaveLength(20);
    expect(rows.filter(({ event }) => event === "interval")).toHaveLength(360);
    expect(JSON.parse(readText(join(run, "config.json")))).toMatchObject({
      recipe: { name: "small", epochs: 20, seed: 1 },
    });
    expect(existsSync(join(run, "checkpoint.safetensors.tmp"))).toBe(false);
  });

  it("leaves a report that needs nothing else", () => {
    const html = readText(join(run, "report.html"));
    for (const part of [
      "Confusion matrix",
      "First-layer filters",
      "Mistakes",
      "uPlot",
      "data:image/png;base64,",
    ]) {
      expect(html).toContain(part);
    }
    const fetched = [...html.matchAll(/(?:src|href|url\()=?["']?([^"')\s>]+)/g)].map(([, address]) =>
      String(address),
    );
    expect(fetched.filter((address) => /^(https?:)?\/\//.test(address))).toEqual([]);
    const curves = JSON.parse(/id="curves">(.*?)<\/script>/.exec(html)?.[1] ?? "");
    expect(curves.epochs).toHaveLength(360);
    expect(curves.validationLoss.filter((value: number | null) => value !== null)).toHaveLength(20);
  });

  it("shows people a table and the mistakes", async () => {
    const { code, stdout, stderr } = await gradus([
      "train",
      place.recipe(),
      "--data",
      place.data,
      "--out",
      place.path("shown"),
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^small: 180 examples to train, 20 to validate, batches of 10, 2 epochs/);
    expect(stdout).toMatch(/epoch 2\/2 {2}loss \d\.\d+, accuracy .*validation accuracy/);
    expect(stdout).toMatch(/test accuracy \d+\.\d\d% \(\d+ of 60 wrong/);
    expect(stdout).toMatch(/taken for \d, \d+%/);
    expect(stdout).not.toContain("\u001b");
  });

  it("takes a recipe's own data, named from where the recipe stands, with its sizes and classes", async () => {
    const names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    const dataset = {
      images: "data/train-images-idx3-ubyte",
      labels: "data/train-labels-idx1-ubyte",
      testImages: "data/t10k-images-idx3-ubyte",
      testLabels: "data/t10k-labels-idx1-ubyte",
    };
    const out = place.path("own");
    const shown = await gradus([
      "train",
      place.recipe({ dataset: { ...dataset, classes: names } }),
      "--out",
      out,
    ]);
    expect({ code: shown.code, stderr: shown.stderr }).toEqual({ code: 0, stderr: "" });
    expect(shown.stdout).toMatch(/\ntrue +zero +one +two +three/);
    expect(JSON.parse(readText(join(out, "config.json"))).recipe.dataset.images).toBe(
      join(place.data, "train-images-idx3-ubyte"),
    );
    const wrong = await gradus(["train", place.recipe({ dataset: { ...dataset, imageSize: [32, 28] } })]);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(/train-images.*images are 28 x 28 .*expected 32 x 28/);
    const missing = await gradus(["train", place.recipe({ dataset: { ...dataset, images: "x.idx" } })]);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain(`${place.path("x.idx")}: no such file`);
  });

  it("uses no more threads than there are cores", async () => {
    const args = ["train", place.recipe(), "--data", place.data, "--out", place.path("many"), "--json"];
    const { code, stdout, stderr } = await gradus([...args, "--threads", "1000"]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^using \d+ threads, as many as there are cores\n$/);
    expect(lines(stdout).at(-1)).toMatchObject({ event: "done" });
  });

  it("says so when its output cannot be written", async () => {
    if (!existsSync("/dev/full")) return;
    const full = openSync("/dev/full", "w");
    const child = spawnSync(process.execPath, [join(root, "dist/cli/main.js"), "data"], {
      stdio: ["ignore", full, "pipe"],
      encoding: "utf8",
    });
    closeSync(full);
    expect(child.status).toBe(1);
    expect(child.stderr).toBe("gradus: the output cannot be written: the disk is full\n");
  });

  it("gives the same network for any number of threads", async () => {
    const tensors = [];
    for (const threads of ["1", "2"]) {
      const out = place.path(`threads-${threads}`);
      await gradus([
        "train",
        place.recipe(),
        "--data",
        place.data,
        "--out",
        out,
        "--threads",
        threads,
        "--json",
      ]);
      tensors.push(decodeCheckpoint(readFileSync(join(out, "checkpoint.safetensors")), "c").tensors);
    }
    expect(tensors[1]).toEqual(tensors[0]);
  });
});

describe("gradus evaluate", () => {
  it("gives on the test set what training gave", async () => {
    const files = [
      "--images",
      join(place.data, "t10k-images-idx3-ubyte"),
      "--labels",
      join(place.data, "t10k-labels-idx1-ubyte"),
    ];
    const { code, stdout } = await gradus(["evaluate", run, ...files, "--json"]);
    expect(code).toBe(0);
    const done = lines(trained.stdout).at(-1);
    expect(JSON.parse(stdout)).toMatchObject({
      accuracy: done?.testAccuracy,
      count: 60,
      confusion: done?.confusion,
    });
    const shown = await gradus(["evaluate", run, ...files]);
    expect(shown.stdout).toMatch(/accuracy \d+\.\d\d%.*\n\ntrue +0 1 2/);
  });
});

describe("gradus predict", () => {
  it("tells the digits in pictures, dark on light and large as they are", async () => {
    // Classes that this small network knows: its own training images, drawn 4 times as large in dark on light.
    const { train } = await loadDigits();
    const scale = 4;
    const side = 28 * scale;
    const paths = [0, 1, 2, 3, 4, 5, 6, 7].map((index) => {
      const data = Uint8Array.from({ length: side * side }, (_, i) => {
        const [y, x] = [Math.floor(i / side / scale), Math.floor((i % side) / scale)];
        return 255 - (train.pixels[index * 784 + y * 28 + x] as number);
      });
      const path = place.path(`digit-${index}.png`);
      writeFileSync(path, encode({ width: side, height: side, data, channels: 1, depth: 8 }));
      return path;
    });
    const { code, stdout, stderr } = await gradus(["predict", run, ...paths, "--json"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const answers = lines(stdout);
    expect(answers.map(({ image }) => image)).toEqual(paths);
    const right = answers.filter((answer, index) => answer.class === String(train.labels[index])).length;
    expect(right).toBeGreaterThanOrEqual(5);
    const { probabilities } = answers[0] as { probabilities: { class: string; probability: number }[] };
    expect(probabilities.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 5);
    const shown = await gradus(["predict", run, String(paths[0])]);
    expect(shown.stdout).toMatch(/digit-0\.png: \d\n[\s\S]*%/);
  });
});

describe("gradus summary and data", () => {
  it("fetches, and fails with exit code 1 where there is no network", async () => {
    const { code, stdout, stderr } = await gradus(["data", "fetch", "mnist", "--to", place.path("fetched")], {
      NODE_OPTIONS: `--import=${offline}`,
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(
      /^gradus: train-images-idx3-ubyte\.gz: could not be downloaded from any of 3 mirrors:/,
    );
    expect(readdirSync(place.path("fetched"))).toEqual([]);
  });

  it("takes files unchecked with --no-verify", async () => {
    const to = place.path("unchecked");
    mkdirSync(to);
    for (const part of ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"])
      writeFileSync(join(to, `${part}-ubyte.gz`), "other bytes");
    const args = ["data", "fetch", "mnist", "--to", to];
    const environment = { NODE_OPTIONS: `--import=${offline}` };
    expect((await gradus([...args, "--no-verify"], environment)).code).toBe(0);
    expect((await gradus(args, environment)).code).toBe(1);
  });

  it("print the layers", async () => {
    const { code, stdout } = await gradus(["summary", "digits"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/total +5,994 +578,560/);
  });

  it("list the data sets, wherever they are", async () => {
    const cache = place.path("cache");
    mkdirSync(cache);
    const without = await gradus(["data"], { GRADUS_DATA: "", XDG_CACHE_HOME: cache });
    expect(without.stdout).toMatch(/digits +8,000 +2,000 +in .*assets/);
    expect(without.stdout).toMatch(/mnist .*not here; get it with: gradus data fetch mnist/);
    const given = await gradus(["data", "list"], { GRADUS_DATA: place.data });
    expect(given.stdout).toMatch(new RegExp(`mnist .*in ${place.data}`));
  });
});
