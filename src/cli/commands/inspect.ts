import { resolve } from "node:path";
import type { Command } from "commander";
import { Batches } from "../../data/batches.js";
import { type LabelledImages, subset } from "../../data/labelled-images.js";
import { diagnose } from "../../inspect/doctor/diagnose.js";
import type { Examination } from "../../inspect/doctor/examination.js";
import { examiner } from "../../inspect/doctor/examiner.js";
import type { Finding } from "../../inspect/doctor/finding.js";
import { batchOptionsOf } from "../../recipe/batches.js";
import { buildOptimizer } from "../../recipe/optimizer.js";
import { device } from "../../runtime/device.js";
import { restoreVariables } from "../../train/checkpoint.js";
import { sourceOf } from "../datasets.js";
import { UserError } from "../errors.js";
import { OutputFolder, type WrittenFile } from "../examples/output.node.js";
import { courseOf } from "../inspect/course.js";
import { writePictures } from "../inspect/pictures.node.js";
import { findingLines, layerTable, parameterTable } from "../inspect/tables.js";
import { checkpointOfRun, openRun, placesOfRun, type TrainedRun } from "../run.js";
import { RunFolder } from "../run-folder.node.js";
import { colorsFor, percent } from "../terminal/style.js";
import { path, seed } from "./options.js";
import { prepareImages } from "./predict.js";

interface InspectFlags {
  readonly data?: string;
  readonly picture?: string;
  readonly image?: string;
  readonly test?: number;
  readonly json?: boolean;
}

/** Examples that are measured: enough for shares of dead units, and no more work than a few steps. */
const probeSize = 200;

export function addInspectCommand(program: Command): void {
  program
    .command("inspect")
    .summary("examine a trained network, layer by layer")
    .description(
      "Measures a run's network on a batch of its training images: activations, gradients, and the step that its optimizer\n" +
        "would make next; and says what is well, what to watch and what is wrong, with a sentence of advice each.",
    )
    .argument("<run>", "folder of a run")
    .option("--data <dir>", "folder of the data set's files (default: where the run found them)", path)
    .option("--picture <dir>", "write pictures: kernels, and what layers make of an image", path)
    .option("--image <file>", "the image for the pictures, PNG or JPEG", path)
    .option("--test <n>", "the image for the pictures, by its number in the test set (default: 0)", seed)
    .option("--json", "print one JSON object a line")
    .action(runInspect);
}

async function runInspect(runPath: string, flags: InspectFlags): Promise<void> {
  const { picture, image, test } = flags;
  if (picture === undefined && (image !== undefined || test !== undefined)) {
    throw new UserError("--image and --test choose the image for pictures: say where to with --picture DIR");
  }
  if (image !== undefined && test !== undefined) throw new UserError("--image and --test exclude each other");
  const run = openRun(runPath);
  const own = image === undefined ? undefined : await prepareImages([image], run);
  const output = picture === undefined ? undefined : new OutputFolder(picture);
  output?.check();
  const folder = RunFolder.open(runPath);
  const source = sourceOf(run.recipe);
  if (flags.data !== undefined && !source.searched) {
    throw new UserError("--data has no meaning here: this run's data have their place");
  }
  const data = flags.data === undefined ? placesOfRun(folder).data : resolve(flags.data);
  const sets = await source.load({ data });
  const shown = own ?? testImage(sets.test, test ?? 0);
  try {
    const examination = await examine(run, folder, sets.train);
    const findings = diagnose(examination, courseOf(folder.readMetrics()));
    if (output) await writePictures(output, run, shown);
    print(examination, findings, output?.files ?? [], flags.json === true);
  } finally {
    device().close();
  }
}

function testImage(set: LabelledImages, index: number): LabelledImages {
  if (index < set.count) return subset(set, [index]);
  throw new UserError(`--test is ${index}, but the test set has ${set.count} images: 0 to ${set.count - 1}`);
}

/** With the optimizer as the run left it, so that the step is the one that would come next. */
function examine(
  { recipe, model }: TrainedRun,
  folder: RunFolder,
  set: LabelledImages,
): Promise<Examination> {
  const optimizer = buildOptimizer(recipe, model);
  const checkpoint = checkpointOfRun(folder);
  if (checkpoint) restoreVariables(checkpoint, optimizer.variables(), "optimizer.");
  const size = Math.min(probeSize, set.count);
  const { images, labels } = new Batches(set, { ...batchOptionsOf(recipe), size }).batch(0, 0);
  return examiner(model, { optimizer })(images, labels);
}

function print(
  examination: Examination,
  findings: readonly Finding[],
  pictures: readonly WrittenFile[],
  json: boolean,
): void {
  const say = (text: string) => void process.stdout.write(`${text}\n`);
  const { layers, parameters, ...whole } = examination;
  if (json) {
    const objects = [
      { event: "examination", ...whole },
      ...layers.map((layer) => ({ event: "layer", ...layer })),
      ...parameters.map((parameter) => ({ event: "parameter", ...parameter })),
      ...findings.map((finding) => ({ event: "finding", ...finding })),
      ...pictures.map((file) => ({ event: "picture", ...file })),
    ];
    for (const object of objects) say(JSON.stringify(object));
    return;
  }
  const colors = colorsFor(process.stdout);
  const loss = whole.loss === null ? "not finite" : whole.loss.toFixed(4);
  say(
    `${colors.bold(`${whole.examples} training images`)}: loss ${loss}, accuracy ${percent(whole.accuracy)}, as in training\n`,
  );
  for (const text of [layerTable(examination), parameterTable(examination)]) {
    const [header, ...rows] = text.split("\n");
    say(`${colors.dim(header as string)}\n${rows.join("\n")}\n`);
  }
  say(findingLines(findings, colors, process.stdout.columns ?? 100));
  if (pictures.length > 0) say("\nWritten:");
  for (const { path: file, caption } of pictures) say(`  ${file}  ${colors.dim(caption)}`);
}
