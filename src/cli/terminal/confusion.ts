import type { Evaluation } from "../../train/evaluate.js";
import type { Colors } from "./style.js";

/** The confusion matrix: a row for each true class, a column for each predicted one. */
export function confusionTable(evaluation: Evaluation, classes: readonly string[], colors: Colors): string {
  const { confusion } = evaluation;
  const recall = confusion.map((row, label) => {
    const all = row.reduce((sum, count) => sum + count, 0);
    return all === 0 ? "-" : `${((100 * (row[label] as number)) / all).toFixed(1)}%`;
  });
  // Long names are cut at the top, where each would take a column's width, and stand whole at the left.
  const width = Math.max(
    ...classes.map((name) => Math.min(name.length, 6)),
    ...confusion.flat().map((count) => String(count).length),
  );
  const first = Math.max(4, ...classes.map((name) => name.length));
  const header = `${"true".padEnd(first)}  ${classes.map((name) => name.slice(0, width).padStart(width)).join(" ")}   recall`;
  const lines = confusion.map((row, label) => {
    const cells = row.map((count, predicted) => {
      const text = (count === 0 ? "." : String(count)).padStart(width);
      if (label === predicted) return colors.green(text);
      return count === 0 ? colors.dim(text) : colors.red(text);
    });
    return `${(classes[label] as string).padEnd(first)}  ${cells.join(" ")}   ${(recall[label] as string).padStart(6)}`;
  });
  return [colors.dim(header), ...lines].join("\n");
}
