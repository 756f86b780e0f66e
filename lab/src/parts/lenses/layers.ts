import type { LayerFacts, Status } from "../../worker/protocol.js";

/** Whether a layer's output has rows and columns. */
export const spatial = ({ outputShape }: LayerFacts): boolean =>
  outputShape.length === 3 && (outputShape[1] as number) * (outputShape[2] as number) > 1;

/** The layer that the address names, if it is among those; else the last convolution, or the last of them. */
export function layerOf(layers: readonly LayerFacts[], wanted: string): LayerFacts | undefined {
  const named = layers.find(({ path }) => path === wanted);
  return named ?? layers.filter(({ kind }) => kind.startsWith("conv")).at(-1) ?? layers.at(-1);
}

/** The unit that the address names, if the layer has it; else the first channel's in the middle. */
export function unitOf(shape: readonly number[], text: string): readonly number[] {
  const unit = text.split(",").map(Number);
  const fits =
    text !== "" &&
    unit.length === shape.length &&
    unit.every((at, axis) => Number.isInteger(at) && at >= 0 && at < (shape[axis] as number));
  return fits ? unit : shape.map((extent, axis) => (axis === 0 ? 0 : Math.floor(extent / 2)));
}

/** Tells networks apart, so that what was made of one is not taken for another's. */
export const networkOf = (status: Status | undefined): string =>
  status === undefined ? "" : `${JSON.stringify(status.plan.recipe)} ${status.plan.seed}`;
