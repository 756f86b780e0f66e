/** The doctor's figures layer by layer. */
import type { inspect } from "gradus";

/** A number in three digits, with a power of ten where it is very large or small; a dash where there is none. */
export function figure(value: number | null): string {
  if (value === null) return "-";
  const size = Math.abs(value);
  return size === 0 || (size >= 1e-3 && size < 1e5)
    ? String(Number(value.toPrecision(3)))
    : value.toExponential(1);
}

/** The doctor's bounds for ratios of updates to weights: from `most` on they are large, from `huge` on bad. */
export const updateBand = { least: 1e-5, usual: 1e-3, most: 1e-2, huge: 1e-1 };
/** What the bar of a ratio shows. */
export const updateRange = { least: 1e-7, most: 1e2 };

/** Where a number stands on a logarithmic bar, from 0 to 1; its ends take what lies beyond them. */
export function position(value: number, { least, most } = updateRange): number {
  const share = Math.log10(value / least) / Math.log10(most / least);
  return Math.min(1, Math.max(0, share));
}

/** What a ratio outside of the band is called. */
export function judged(
  ratio: number,
): { readonly severity: "bad" | "watch"; readonly word: string } | undefined {
  if (ratio > updateBand.huge) return { severity: "bad", word: "too large" };
  if (ratio > updateBand.most) return { severity: "watch", word: "large" };
  if (ratio === 0) return { severity: "watch", word: "none" };
  return ratio < updateBand.least ? { severity: "watch", word: "small" } : undefined;
}

export interface LayerRow {
  readonly layer: inspect.LayerExamination;
  /** The weights that the doctor judges it by: its first matrix or kernel, else its first parameter. */
  readonly parameter: inspect.ParameterExamination | undefined;
}

export function rowsOf({ layers, parameters }: inspect.Examination): LayerRow[] {
  return layers.map((layer) => {
    const own = parameters.filter((parameter) => parameter.layer === layer.path);
    return { layer, parameter: own.find(({ shape }) => shape.length >= 2) ?? own[0] };
  });
}

/** The layers whose weights are drawn as curves: matrices and kernels, by name. */
export const weightsOf = ({ parameters }: inspect.Examination): inspect.ParameterExamination[] =>
  parameters.filter(({ shape }) => shape.length >= 2);
