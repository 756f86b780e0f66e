/**
 * A Markdown table whose columns also line up in a terminal. The first two columns are text, the others numbers.
 * @param {readonly string[]} header
 * @param {readonly (readonly string[])[]} rows
 */
export function formatTable(header, rows) {
  const widths = header.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  /** @param {readonly string[]} cells */
  const line = (cells) =>
    `| ${widths
      .map((width, column) => {
        const cell = cells[column] ?? "";
        return column < 2 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join(" | ")} |`;
  const rule = `|${widths.map((width, column) => (column < 2 ? `${"-".repeat(width + 2)}` : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  return [line(header), rule, ...rows.map(line)].join("\n");
}
