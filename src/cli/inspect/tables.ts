import type { Examination } from "../../inspect/doctor/examination.js";
import { type Finding, figure } from "../../inspect/doctor/finding.js";
import { type Colors, percent, table, wrapped } from "../terminal/style.js";

const number = (value: number | null) => (value === null ? "-" : figure(value));
const share = (value: number | null) => (value === null ? "-" : percent(value, 1));

/** A line for each layer: its activations, and the gradient by them. */
export function layerTable({ layers }: Examination): string {
  return table(
    [
      [
        "layer",
        "kind",
        "units",
        "mean",
        "deviation",
        "least",
        "greatest",
        "zero",
        "dead",
        "saturated",
        "correlation",
        "gradient",
      ],
      ...layers.map((layer) => [
        layer.path,
        layer.kind,
        String(layer.units),
        ...(layer.finite
          ? [layer.mean, layer.standardDeviation, layer.minimum, layer.maximum].map(number)
          : ["not finite", "", "", ""]),
        share(layer.sparsity),
        share(layer.dead),
        share(layer.saturated),
        number(layer.correlation),
        number(layer.gradientNorm),
      ]),
    ],
    [0, 1],
  );
}

/** A line for each parameter: its length, its gradient's, and what a step changes of it. */
export function parameterTable({ parameters }: Examination): string {
  return table([
    ["parameter", "shape", "norm", "gradient", "update / norm"],
    ...parameters.map(({ name, shape, norm, gradientNorm, updateRatio }) => [
      name,
      shape.join(" x "),
      number(norm),
      number(gradientNorm),
      number(updateRatio),
    ]),
  ]);
}

/** The findings as text, each with its severity in front; those that differ in the layer only are told once. */
export function findingLines(findings: readonly Finding[], colors: Colors, columns: number): string {
  const color = { bad: colors.red, watch: colors.yellow, good: colors.green };
  const indent = " ".repeat(7);
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = `${finding.severity} ${finding.what}`;
    groups.set(key, [...(groups.get(key) ?? []), finding]);
  }
  return [...groups.values()]
    .map(([first, ...others]) => {
      const { severity, what, advice } = first!;
      const also = others.length === 0 ? "" : ` Also in ${others.map(({ layer }) => layer).join(", ")}.`;
      const [head, ...rest] = wrapped(
        `${what}: ${advice}${also}`,
        Math.max(30, columns - indent.length),
      ).split("\n");
      return [`${color[severity](severity.padEnd(5))}  ${head}`, ...rest.map((line) => indent + line)].join(
        "\n",
      );
    })
    .join("\n");
}
