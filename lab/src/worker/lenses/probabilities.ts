import { compile, type nn, type Tensor } from "gradus";
import type { Subject } from "../lens.js";

/** A network's probabilities of all classes, compiled. */
export const classifier = (model: nn.Module): ((images: Tensor) => Tensor) =>
  compile((images: Tensor) => model.forward(images).softmax(1), { name: "predict" });

/** Of all classes, for each image in turn. */
export async function probabilitiesOf(
  { run, once }: Subject,
  images: Tensor,
): Promise<Float32Array<ArrayBuffer>> {
  const predict = once("probabilities", () => classifier(run.model));
  return Float32Array.from(await predict(images).data());
}
