import type { Examination } from "../examination.js";
import { type Finding, named } from "../finding.js";

/**
 * The first place, in the order of computation, that is not finite: the images, a parameter of the first layer that gives
 * something not finite, its output, the loss, a gradient.
 */
export function finiteRules(examination: Examination): readonly Finding[] {
  const found = firstNotFinite(examination);
  if (found === undefined) return [];
  const { layer, advice } = found;
  return [{ severity: "bad", layer, what: "not finite", measured: null, advice }];
}

function firstNotFinite(examination: Examination): { layer: string; advice: string } | undefined {
  const { imagesFinite, layers, parameters, loss } = examination;
  if (!imagesFinite) {
    return { layer: "", advice: "The images hold values that are not finite; look at how they are made." };
  }
  const at = layers.findIndex((layer) => !layer.finite);
  if (at >= 0) {
    const { path, kind } = layers[at]!;
    const own = parameters.find((parameter) => parameter.layer === path && parameter.norm === null);
    if (own !== undefined) {
      return {
        layer: path,
        advice: `${own.name} is no longer finite: a step was too large, so go back to a checkpoint and lower the learning rate or clip the gradients.`,
      };
    }
    const before = layers[at - 1];
    const size = before === undefined ? "" : `, whose input reaches ${greatest(before)}`;
    return {
      layer: path,
      advice: `The first output that is not finite is that of ${named(path, kind)}${size}; lower the learning rate, clip the gradients, or normalize before it.`,
    };
  }
  if (loss === null) {
    const last = layers.at(-1);
    return {
      layer: "",
      advice: `The loss is not finite though the logits${last === undefined ? "" : `, up to ${greatest(last)},`} are; a loss must take logits, not the logarithm of a rounded probability.`,
    };
  }
  const parameter = parameters.find(({ norm, gradientNorm }) => norm === null || gradientNorm === null);
  if (parameter === undefined) return undefined;
  return {
    layer: parameter.layer,
    advice: `${parameter.norm === null ? "The norm" : "The gradient"} of ${parameter.name} is not finite though the loss is; clip the gradients or lower the learning rate.`,
  };
}

const greatest = ({ minimum, maximum }: { minimum: number | null; maximum: number | null }) =>
  Math.max(Math.abs(minimum ?? 0), Math.abs(maximum ?? 0)).toPrecision(3);
