import pc from "picocolors";

/** Colours for a stream: none when it is no terminal, or when NO_COLOR asks for none. */
export function colorsFor(stream: { readonly isTTY?: boolean | undefined }) {
  return pc.createColors(pc.isColorSupported && stream.isTTY === true);
}

export type Colors = ReturnType<typeof colorsFor>;

/** Bits of a colour that a terminal shows: any, 256 of them, or none. */
export type ColorDepth = 1 | 8 | 24;

/** What a stream can show; 1 where `colorsFor` gives none. */
export function colorDepth(stream: {
  readonly isTTY?: boolean | undefined;
  getColorDepth?(): number;
}): ColorDepth {
  if (!colorsFor(stream).isColorSupported) return 1;
  const depth = stream.getColorDepth?.() ?? 8;
  return depth >= 24 ? 24 : depth >= 8 ? 8 : 1;
}

/** The brightness of the six steps of each primary colour, in terminals with 256 colours. */
const steps = [0, 95, 135, 175, 215, 255];

/** What follows `38;` or `48;` in the escape sequence of a colour. */
export function colorCode([red, green, blue]: readonly [number, number, number], depth: 8 | 24): string {
  if (depth === 24) return `2;${red};${green};${blue}`;
  if (red === green && green === blue) {
    // 24 steps of grey between black and white.
    const step = Math.round((red / 255) * 25);
    return `5;${step === 0 ? 16 : step === 25 ? 231 : 231 + step}`;
  }
  const [r, g, b] = [red, green, blue].map((value) => {
    const distances = steps.map((step) => Math.abs(step - value));
    return distances.indexOf(Math.min(...distances));
  }) as [number, number, number];
  return `5;${16 + 36 * r + 6 * g + b}`;
}

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

/** A text whose lines are broken at words where they are longer than `columns`. What is short stays as it is, or coloured. */
export function wrapped(text: string, columns: number): string {
  return text
    .split("\n")
    .flatMap((line) => {
      const lines: string[] = [];
      let rest = line;
      while (rest.length > columns && !rest.includes("\u001b")) {
        const last = rest.lastIndexOf(" ", columns);
        const space = last > 0 ? last : rest.indexOf(" ");
        const head = rest.slice(0, Math.max(0, space)).trimEnd();
        if (head === "") break;
        lines.push(head);
        rest = rest.slice(space + 1);
      }
      return [...lines, rest];
    })
    .join("\n");
}
