import type { Module } from "../nn/module.js";
import { grouped, table } from "./terminal/style.js";

/** One row for each layer, and the totals: shapes, parameters and multiply-adds are for one example. */
export function summaryTable(model: Module, inputShape: readonly number[]): string {
  const layers = model.describe();
  const sum = (pick: (layer: (typeof layers)[number]) => number) =>
    grouped(layers.reduce((total, layer) => total + pick(layer), 0));
  const shape = (extents: readonly number[]) => extents.join(" x ");
  const rows = layers.map((layer) => {
    const window = layer.window ? ` ${layer.window.kernel.join("x")}` : "";
    const field = layer.receptiveField?.size.join(" x ") ?? "-";
    return [
      /^\d+$/.test(layer.path) ? `layers[${layer.path}]` : layer.path,
      `${layer.kind}${window}`,
      shape(layer.outputShape),
      grouped(layer.parameters),
      grouped(layer.multiplyAdds),
      field,
    ];
  });
  return table(
    [
      ["layer", "kind", "output", "parameters", "multiply-adds", "receptive field"],
      [
        "",
        "input",
        shape(inputShape),
        "0",
        "0",
        inputShape
          .slice(1)
          .map(() => 1)
          .join(" x "),
      ],
      ...rows,
      ["total", "", "", sum((layer) => layer.parameters), sum((layer) => layer.multiplyAdds), ""],
    ],
    [0, 1],
  );
}
