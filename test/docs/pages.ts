import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { format } from "node:util";
import { expect, vi } from "vitest";

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const tutorials = "docs/tutorials";

/** How each page is tested: as one program, quick or not, or as files for a browser (`test/browser/tutorial.test.ts`). */
export const pages: Readonly<Record<string, "unit" | "slow" | "browser">> = {
  "01-first-steps.md": "unit",
  "02-gradients.md": "unit",
  "03-convolutional-networks.md": "slow",
  "04-a-layer-of-your-own.md": "unit",
  "05-training-well.md": "slow",
  "06-looking-inside.md": "slow",
  "07-sequences.md": "slow",
  "08-in-a-web-page.md": "browser",
};

export const pagesFor = (kind: "unit" | "slow" | "browser") =>
  Object.keys(pages).filter((page) => pages[page] === kind);

/** A `console.log` of a page, with the comment that says what it prints. */
interface Printing {
  readonly code: string;
  readonly stated: string;
}

/** The blocks of code of a page, in one language. */
export function blocksOf(page: string, language: string): string[] {
  const text = readFileSync(join(root, page), "utf8");
  const blocks = [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)];
  return blocks.filter(([, found]) => found === language).map(([, , code]) => code!);
}

/** The TypeScript of a page, its blocks joined. */
export function codeOf(page: string): string {
  return blocksOf(page, "ts").join("\n");
}

/** The files of a page: blocks of TypeScript that begin with `// name`, and the page's HTML. */
export function filesOf(page: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const block of blocksOf(page, "html")) files.set("index.html", block);
  for (const block of blocksOf(page, "ts")) files.set(/^\/\/ ([\w.]+)\n/.exec(block)?.[1] ?? "", block);
  return files;
}

/**
 * The places where code prints, and what their comments say: behind the call, and on the lines below that have nothing but a
 * comment. Each call is on one line, and gets its number as its first argument.
 */
export function instrument(code: string): { code: string; printings: Printing[] } {
  const lines = code.split("\n");
  const printings: Printing[] = [];
  const counted = lines.map((line, at) => {
    const call = /^(.*)console\.log\((.*\));(?:\s*\/\/ ?(.*))?$/.exec(line);
    if (!call) {
      if (line.includes("console.log")) throw new Error(`console.log must have its end on its line: ${line}`);
      return line;
    }
    const comments = call[3] === undefined ? [] : [call[3]];
    for (let next = at + 1; /^\s*\/\//.test(lines[next] ?? ""); next++) {
      comments.push(lines[next]!.replace(/^\s*\/\/ ?/, ""));
    }
    printings.push({ code: line.trim(), stated: comments.join(" ") });
    return `${call[1]}console.log(${printings.length - 1}, ${call[2]};`;
  });
  return { code: counted.join("\n"), printings };
}

const number = /-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Infinity)/;
const token = new RegExp(`(above |below )?(${number.source})|(\\.\\.\\.)`, "g");

/**
 * Whether a program printed what a comment says. Space, line breaks and the kind of quotes do not matter. A number with
 * decimals may be rounded, `above 0.9` and `below 0.9` are bounds, and `...` is anything.
 */
export function agrees(stated: string, printed: string): boolean {
  const text = even(stated);
  const checks: ((value: number) => boolean)[] = [];
  let pattern = "";
  let end = 0;
  for (const { 0: whole, 1: bound, 2: digits, index } of text.matchAll(token)) {
    pattern += escaped(text.slice(end, index));
    end = index + whole.length;
    if (digits === undefined) {
      pattern += ".*?";
      continue;
    }
    pattern += `(${number.source}|NaN)`;
    checks.push(check(bound, digits));
  }
  const found = new RegExp(`^${pattern}${escaped(text.slice(end))}$`).exec(even(printed));
  return found !== null && checks.every((holds, i) => holds(Number(found[i + 1])));
}

function check(bound: string | undefined, digits: string): (value: number) => boolean {
  const stated = Number(digits);
  if (bound === "above ") return (value) => value > stated;
  if (bound === "below ") return (value) => value < stated;
  const [mantissa, exponent = "0"] = digits.split("e") as [string, string?];
  const decimals = mantissa.split(".")[1]?.length ?? 0;
  // An integer is exact; half a unit of the last decimal is rounded away.
  const tolerance = decimals === 0 ? 0 : 0.5001 * 10 ** (Number(exponent) - decimals);
  return (value) => value === stated || Math.abs(value - stated) <= tolerance;
}

function even(text: string): string {
  return text
    .replaceAll(/\s+/g, " ")
    .replaceAll(/([[{(]) | (?=[\]})])/g, "$1")
    .replaceAll("'", '"')
    .trim();
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/** A place for programs within the repository, so that Vitest compiles them as it does all others. */
export function workshop(): { readonly folder: string; clear(): void } {
  const cache = join(root, ".cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "docs-"));
  return { folder, clear: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Runs a program in a folder of its own, where it may leave files. */
export async function runIn(folder: string, name: string, code: string) {
  const place = mkdtempSync(join(folder, `${name}-`));
  writeFileSync(join(place, "program.ts"), code);
  const before = process.cwd();
  process.chdir(place);
  try {
    return await import(/* @vite-ignore */ pathToFileURL(join(place, "program.ts")).href);
  } finally {
    process.chdir(before);
  }
}

/** Runs a page from top to bottom, and holds what each `console.log` prints against its comment. */
export async function runPage(folder: string, page: string): Promise<void> {
  const { code, printings } = instrument(codeOf(`${tutorials}/${page}`));
  expect(printings.length, `calls of console.log in ${page}`).toBeGreaterThan(0);
  const outputs = printings.map((): string[] => []);
  const log = vi.spyOn(console, "log").mockImplementation((index: number, ...values: unknown[]) => {
    outputs[index]!.push(format(...values));
  });
  try {
    await runIn(folder, page.replace(/\.md$/, ""), code);
  } finally {
    log.mockRestore();
  }
  const differing = printings.flatMap(({ code: line, stated }, i) => {
    const printed = outputs[i]!.join("\n");
    return stated !== "" && printed !== "" && agrees(stated, printed) ? [] : [{ line, stated, printed }];
  });
  expect(differing, `${page}: what is printed, and what the comments say`).toEqual([]);
}
