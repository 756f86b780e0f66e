import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadDigits } from "../../src/cli/data/sources.node.js";
import { writeIdx } from "../../src/data/idx.js";
import { type LabelledImages, subset } from "../../src/data/labelled-images.js";

export const root = fileURLToPath(new URL("../../", import.meta.url));
const main = join(root, "dist", "cli", "main.js");

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly process: ChildProcess;
  /** Resolves when the output has this text. */
  waitFor(text: string): Promise<void>;
  readonly outcome: Promise<Outcome>;
}

/** Starts the command line as users do. */
export function start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...process.env, NO_COLOR: "1", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  let ended = false;
  const waiting: { text: string; resolve: () => void; reject: (error: Error) => void }[] = [];
  const check = () => {
    for (const entry of [...waiting]) {
      const found = stdout.includes(entry.text) || stderr.includes(entry.text);
      if (!found && !ended) continue;
      waiting.splice(waiting.indexOf(entry), 1);
      if (found) entry.resolve();
      else entry.reject(new Error(`ended without "${entry.text}":\n${stdout}\n${stderr}`));
    }
  };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
    check();
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
    check();
  });
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      ended = true;
      check();
      resolve({ code, stdout, stderr });
    });
  });
  const waitFor = (text: string) =>
    new Promise<void>((resolve, reject) => {
      waiting.push({ text, resolve, reject });
      check();
    });
  return { process: child, waitFor, outcome };
}

export function gradus(
  args: readonly string[],
  environment?: Readonly<Record<string, string>>,
): Promise<Outcome> {
  return start(args, environment).outcome;
}

/** The objects on the lines of a `--json` output. */
export function lines(stdout: string): Record<string, unknown>[] {
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

export interface Workplace {
  readonly folder: string;
  /** A folder with MNIST's four files, cut to 200 and 60 images. */
  readonly data: string;
  path(name: string): string;
  /** Writes a recipe for a small network on these data and returns its path. */
  recipe(changes?: object): string;
  remove(): void;
}

export async function workplace(): Promise<Workplace> {
  const folder = mkdtempSync(join(tmpdir(), "gradus-e2e-"));
  const data = join(folder, "data");
  mkdirSync(data);
  const digits = await loadDigits();
  const write = (set: LabelledImages, count: number, stem: string) => {
    const part = subset(
      set,
      Array.from({ length: count }, (_, i) => i),
    );
    writeFileSync(join(data, `${stem}-images-idx3-ubyte`), writeIdx([count, 28, 28], part.pixels));
    writeFileSync(join(data, `${stem}-labels-idx1-ubyte`), writeIdx([count], part.labels));
  };
  write(digits.train, 200, "train");
  write(digits.test, 60, "t10k");
  let recipes = 0;
  return {
    folder,
    data,
    path: (name) => join(folder, name),
    recipe(changes = {}) {
      const path = join(folder, `recipe-${recipes++}.json`);
      const recipe = {
        name: "small",
        dataset: "mnist",
        preprocessing: { crop: 24 },
        layers: [
          { type: "conv2d", filters: 3, kernelSize: 3, stride: 2 },
          { type: "relu" },
          { type: "maxPool2d", window: 2 },
          { type: "flatten" },
          { type: "dropout", rate: 0.1 },
          { type: "dense", units: 10 },
        ],
        optimizer: { type: "adam", learningRate: 0.01 },
        batchSize: 10,
        epochs: 2,
        ...changes,
      };
      writeFileSync(path, JSON.stringify(recipe));
      return path;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export function readText(path: string): string {
  return readFileSync(path, "utf8");
}
