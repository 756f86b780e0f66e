import pc from "picocolors";

/** Colours for a stream: none when it is no terminal, or when NO_COLOR asks for none. */
export function colorsFor(stream: { readonly isTTY?: boolean | undefined }) {
  return pc.createColors(pc.isColorSupported && stream.isTTY === true);
}

export type Colors = ReturnType<typeof colorsFor>;

export function percent(share: number, digits = 2): string {
  return `${(100 * share).toFixed(digits)}%`;
}

/** `1:05`, or `2:01:05` from an hour on. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** With thousands separated: `12,345`. */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** Rows of cells with aligned columns: the first to the left, the others to the right, unless told otherwise. */
export function table(rows: readonly (readonly string[])[], left: readonly number[] = [0]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  return rows
    .map((row) =>
      row
        .map((cell, i) =>
          left.includes(i) ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
