import { encode } from "fast-png";
import { Batches } from "../../data/batches.js";
import type { PixelImage } from "../../data/image.js";
import type { LabelledImages } from "../../data/labelled-images.js";
import { activations } from "../../inspect/activations.js";
import { enlarge, heatMap, imagesOf, tile } from "../../inspect/pictures.js";
import { saliency } from "../../inspect/saliency.js";
import { ConvLayer } from "../../nn/conv-layer.js";
import type { Module } from "../../nn/module.js";
import { batchOptionsOf } from "../../recipe/batches.js";
import { compile } from "../../runtime/compile.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { OutputFolder } from "../examples/output.node.js";
import type { TrainedRun } from "../run.js";

/** Pictures are enlarged until their longer side has about so many pixels. */
const pictureSide = 240;

/**
 * Writes what the network makes of one image: `image.png`, `saliency.png`, `activations-PATH.png` for each layer, and the kernels
 * of its first convolution, `kernels.png`.
 */
export async function writePictures(
  folder: OutputFolder,
  { model, recipe }: Pick<TrainedRun, "model" | "recipe">,
  image: LabelledImages,
): Promise<void> {
  const write = (name: string, picture: PixelImage, caption: string) =>
    folder.write(`${name}.png`, encode({ ...picture, depth: 8 }), caption);
  const { crop, scaling } = batchOptionsOf(recipe);
  const { images } = new Batches(image, { size: 1, seed: 0, shuffle: false, crop, scaling }).batch(0, 0);
  const paths = model.describe().map(({ path }) => path);
  const look = compile((x: Tensor) => ({
    outputs: activations(model, x, { paths }).outputs,
    saliency: saliency(model, x, { channels: "maximum" }),
  }));
  const { outputs, saliency: salient } = look(images);
  const [, , height, width] = images.shape as readonly [number, number, number, number];
  write("image", large(imagesOf(await images.data(), images.shape)[0]!), "what the network is given");
  const map = heatMap(await salient.data(), { height, width, colors: "sequential" });
  write("saliency", large(map), "how much the score of its answer changes with each pixel");
  const kernels = await firstKernels(model);
  if (kernels) write("kernels", kernels.picture, `the kernels of layer ${kernels.path}`);
  for (const { path, kind } of model.describe()) {
    const output = outputs[path];
    // To flatten is to lose the picture.
    if (output === undefined || kind === "flatten") continue;
    const picture = mapsOf(await output.data(), output.shape);
    if (picture) write(`activations-${path || "output"}`, picture, `what layer ${path} (${kind}) gives`);
  }
}

/** A layer's output for one image: a map for each channel, or a row of units. Undefined if there is nothing finite to show. */
function mapsOf(values: ArrayLike<number>, shape: readonly number[]): PixelImage | undefined {
  if (!Array.from(values).every(Number.isFinite)) return undefined;
  if (shape.length === 2)
    return large(heatMap(values, { width: shape[1]!, height: 1, colors: "sequential" }));
  if (shape.length !== 4) return undefined;
  const maps = imagesOf(values, shape, { colors: "sequential" });
  return tile(maps, { scale: Math.max(1, Math.floor(pictureSide / 2 / Math.max(shape[2]!, shape[3]!))) });
}

/** Zero is nearly white, and each kernel is stretched by itself. */
async function firstKernels(model: Module): Promise<{ path: string; picture: PixelImage } | undefined> {
  for (const [path, module] of model.modules()) {
    if (!(module instanceof ConvLayer) || module.weight.shape.length !== 4) continue;
    const { shape } = module.weight;
    const images = imagesOf(await module.weight.data(), shape, {
      ...(shape[1] === 3 ? {} : { colors: "diverging" as const }),
      range: "each",
    });
    return { path, picture: tile(images, { scale: 8 }) };
  }
  return undefined;
}

function large(picture: PixelImage): PixelImage {
  const side = Math.max(picture.width, picture.height);
  return enlarge(picture, Math.max(1, Math.floor(pictureSide / side)));
}
