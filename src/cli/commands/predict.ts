import type { Command } from "commander";
import { mnistImage } from "../../data/image.js";
import type { LabelledImages } from "../../data/labelled-images.js";
import { device } from "../../runtime/device.js";
import { readImage } from "../data/image.node.js";
import { UserError } from "../errors.js";
import { openRun, type TrainedRun } from "../run.js";
import { imageOf, pictureLines } from "../terminal/picture.js";
import { colorDepth, colorsFor, percent } from "../terminal/style.js";

export function addPredictCommand(program: Command): void {
  program
    .command("predict")
    .summary("say what digit a picture shows")
    .description(
      "Prints the classes of pictures with their probabilities. A photographed or drawn digit is made like those of\n" +
        "MNIST: grey, inverted if its background is light, scaled, and centred by mass.",
    )
    .argument("<run>", "folder of a run")
    .argument("<image...>", "PNG or JPEG files")
    .option("--json", "print one JSON object for each picture")
    .action(runPredict);
}

/** Pictures made like the images that a run's network was trained on; their labels mean nothing. */
export async function prepareImages(
  paths: readonly string[],
  { dataset }: TrainedRun,
): Promise<LabelledImages> {
  const { channels, height, width, classes } = dataset;
  if (channels !== 1 || height !== 28 || width !== 28) {
    throw new UserError(
      `pictures are made 28 x 28 and grey as MNIST's were, but this network was trained on ${height} x ${width}` +
        (channels === 1 ? "; `gradus evaluate` takes IDX files of any size" : ` with ${channels} channels`),
    );
  }
  const pictures = await Promise.all(paths.map(async (path) => mnistImage(await readImage(path), path)));
  const pixels = new Uint8Array(paths.length * channels * height * width);
  for (const [i, picture] of pictures.entries()) pixels.set(picture, i * channels * height * width);
  const labels = new Uint8Array(paths.length);
  return { name: "pictures", pixels, labels, count: paths.length, channels, height, width, classes };
}

async function runPredict(path: string, images: string[], flags: { readonly json?: boolean }): Promise<void> {
  const run = openRun(path);
  const set = await prepareImages(images, run);
  const { classes } = set;
  try {
    const probabilities = await run.evaluator.probabilities(set);
    const colors = colorsFor(process.stdout);
    const longest = Math.max(...classes.map((name) => name.length));
    images.forEach((image, i) => {
      const ranked = classes
        .map((name, c) => ({ class: name, probability: probabilities[i * classes.length + c] as number }))
        .sort((a, b) => b.probability - a.probability);
      const best = ranked[0];
      if (flags.json) {
        process.stdout.write(`${JSON.stringify({ image, class: best?.class, probabilities: ranked })}\n`);
        return;
      }
      const bars = ranked.map(
        ({ class: name, probability }) =>
          `${name.padEnd(longest)}  ${percent(probability, 1).padStart(6)}  ${"█".repeat(Math.round(probability * 30))}`,
      );
      const drawn = pictureLines(imageOf(set, i), colorDepth(process.stdout));
      const blank = " ".repeat(set.width);
      const lines = Array.from({ length: Math.max(drawn.length, bars.length) }, (_, y) =>
        `  ${drawn[y] ?? blank}   ${bars[y] ?? ""}`.trimEnd(),
      );
      process.stdout.write(`${image}: ${colors.bold(best?.class ?? "")}\n${lines.join("\n")}\n\n`);
    });
  } finally {
    device().close();
  }
}
