import type { Command } from "commander";
import { type MachineLimits, measureLimits } from "../../backends/wasm/limits.js";
import type { KernelTiming } from "../../compile/explain.js";
import { crossEntropy } from "../../losses/cross-entropy.js";
import { datasetOf } from "../../recipe/datasets.js";
import { buildModel, inputShape } from "../../recipe/model.js";
import { buildOptimizer } from "../../recipe/optimizer.js";
import type { Recipe } from "../../recipe/schema.js";
import { device, useDevice } from "../../runtime/device.js";
import { tensor } from "../../tensor/creation.js";
import type { Tensor } from "../../tensor/tensor.js";
import { trainStep } from "../../train/step.js";
import { UserError } from "../errors.js";
import { byLayer, chromeTrace, gigabytes, gigaflops, shareOfLimit } from "../profile.js";
import { findRecipe, recipeArgument } from "../recipe-file.node.js";
import { systemReason, writeFileAtomically } from "../run-folder.node.js";
import { colorsFor, grouped, percent, table } from "../terminal/style.js";
import { path, positiveInteger, positiveNumber } from "./options.js";

interface BenchFlags {
  readonly batch?: number;
  readonly threads?: number;
  readonly seconds: number;
  readonly runs: number;
  readonly trace?: string;
  readonly json?: boolean;
}

export function addBenchCommand(program: Command): void {
  program
    .command("bench")
    .summary("time a recipe's training step, kernel by kernel")
    .description(
      "Times a recipe's training step on made-up images: first whole steps on all threads, then each kernel on one thread,\n" +
        "with its arithmetic, its bytes, and how near it comes to what a core can do.",
    )
    .argument("<recipe>", recipeArgument)
    .option("--batch <n>", "examples in a batch (default: the recipe's)", positiveInteger)
    .option("--threads <n>", "threads for whole steps (default: all cores)", positiveInteger)
    .option("--seconds <s>", "how long to time whole steps", positiveNumber, 2)
    .option("--runs <n>", "how often to time each kernel", positiveInteger, 10)
    .option(
      "--trace <file>",
      "write the kernels in Chrome's trace format, for chrome://tracing or Perfetto",
      path,
    )
    .option("--json", "print one JSON object")
    .action(runBench);
}

/** A batch of noise: the values do not matter, but denormal numbers and zeros would be unlike real ones. */
function noise(shape: readonly number[], classes: number): [images: Tensor, labels: Tensor] {
  const size = shape.reduce((product, extent) => product * extent, 1);
  const images = Float32Array.from({ length: size }, (_, i) => Math.sin(i * 12.9898) / 2);
  const labels = Int32Array.from({ length: shape[0]! }, (_, i) => i % classes);
  return [tensor(images, { shape }), tensor(labels, { shape: [shape[0]!] })];
}

/** Durations of whole steps in milliseconds, ascending. */
async function timeSteps(step: () => Promise<number>, seconds: number): Promise<number[]> {
  for (let i = 0; i < 3; i++) await step();
  const times: number[] = [];
  const end = performance.now() + seconds * 1000;
  while (times.length < 5 || performance.now() < end) {
    const started = performance.now();
    await step();
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b);
}

async function runBench(argument: string, flags: BenchFlags): Promise<void> {
  const named = findRecipe(argument);
  const recipe: Recipe = { ...named, batchSize: flags.batch ?? named.batchSize };
  const dataset = datasetOf(recipe);
  const shape = inputShape(recipe, dataset);
  const model = buildModel(recipe, shape, dataset);
  const optimizer = buildOptimizer(recipe, model);
  const batch = recipe.batchSize;
  if (flags.trace !== undefined) writeOrExplain(flags.trace, "");
  const { threads } = useDevice(flags.threads === undefined ? {} : { threads: flags.threads });
  try {
    const step = trainStep(model, optimizer, crossEntropy);
    const [images, labels] = noise([batch, ...shape], dataset.classes.length);
    const times = await timeSteps(async () => await step(images, labels).loss.item(), flags.seconds);
    const kernels = await step.profile([images, labels], flags.runs);
    const limits = measureLimits();
    if (flags.trace !== undefined) {
      writeOrExplain(flags.trace, `${JSON.stringify(chromeTrace(recipe.name, kernels))}\n`);
    }
    const statistics = step.statistics()!;
    const median = times[times.length >> 1]!;
    const whole = {
      recipe: recipe.name,
      batch,
      threads,
      millisecondsPerStep: median,
      fastest: times[0]!,
      examplesPerSecond: (batch / median) * 1000,
      ...statistics,
    };
    if (flags.json) {
      const shares = kernels.map((kernel) => ({ ...kernel, shareOfLimit: shareOfLimit(kernel, limits) }));
      process.stdout.write(
        `${JSON.stringify({ ...whole, limits, layers: byLayer(kernels), kernels: shares })}\n`,
      );
    } else print(whole, kernels, limits, flags.trace);
  } finally {
    device().close();
  }
}

function writeOrExplain(file: string, content: string): void {
  try {
    writeFileAtomically(file, content);
  } catch (error) {
    throw new UserError(`--trace ${file} cannot be written: ${systemReason(error)}`, { cause: error });
  }
}

function print(
  whole: {
    readonly recipe: string;
    readonly batch: number;
    readonly threads: number;
    readonly millisecondsPerStep: number;
    readonly fastest: number;
    readonly examplesPerSecond: number;
    readonly peakBytes: number;
    readonly lowerBoundBytes: number;
    readonly kernels: number;
    readonly compileMilliseconds: number;
    readonly codeBytes: number;
  },
  kernels: readonly KernelTiming[],
  limits: MachineLimits,
  trace: string | undefined,
): void {
  const colors = colorsFor(process.stdout);
  const total = kernels.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const cells = (work: Pick<KernelTiming, "milliseconds" | "operations" | "bytes">) => [
    work.milliseconds.toFixed(3),
    percent(work.milliseconds / total, 1),
    gigaflops(work).toFixed(1),
    gigabytes(work).toFixed(1),
    percent(shareOfLimit(work, limits), 0),
  ];
  const header = ["ms", "of all", "GFLOP/s", "GB/s", "of limit"];
  const layers = byLayer(kernels);
  const slowest = [...kernels].sort((a, b) => b.milliseconds - a.milliseconds).slice(0, 12);
  const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(2);
  const say = (text: string) => process.stdout.write(`${text}\n`);
  say(
    `${colors.bold(`${whole.recipe}: ${grouped(whole.examplesPerSecond)} examples/s`)} in training, batch ${whole.batch}, ` +
      `${whole.threads} thread${whole.threads === 1 ? "" : "s"}: ${whole.millisecondsPerStep.toFixed(2)} ms a step (median; ` +
      `fastest ${whole.fastest.toFixed(2)})`,
  );
  say(
    `${whole.kernels} kernels, ${mebibytes(whole.codeBytes)} MiB of code, compiled in ${whole.compileMilliseconds.toFixed(0)} ms; ` +
      `${mebibytes(whole.peakBytes)} MiB of intermediates (at least ${mebibytes(whole.lowerBoundBytes)} in this order)`,
  );
  say(
    `one core: ${(limits.operationsPerSecond / 1e9).toFixed(1)} GFLOP/s in registers${limits.fused ? "" : " (no fused multiply-add)"}, ` +
      `${(limits.bytesPerSecond / 1e9).toFixed(1)} GB/s through memory; kernels, on one thread, take ${total.toFixed(2)} ms`,
  );
  say(`\n${colors.dim("by layer")}`);
  say(
    table([
      ["layer", "kernels", ...header],
      ...layers.map((layer) => [layer.layer, String(layer.kernels), ...cells(layer)]),
    ]),
  );
  say(
    `\n${colors.dim(slowest.length < kernels.length ? `the ${slowest.length} slowest kernels` : "kernels")}`,
  );
  say(
    table(
      [
        ["kernel", "layer", ...header],
        ...slowest.map((kernel) => [kernel.kernel, kernel.layers[0] ?? "-", ...cells(kernel)]),
      ],
      [0, 1],
    ),
  );
  if (trace !== undefined) say(`\n${trace} opens in chrome://tracing and at ui.perfetto.dev`);
}
