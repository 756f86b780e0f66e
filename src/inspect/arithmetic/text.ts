import { formatShape } from "../../shape/shape.js";
import { digits } from "./derive.js";
import type { Address, Arithmetic, Factor, Term } from "./types.js";

export interface ArithmeticTextOptions {
  /** Of longer lists the greatest terms, in their order; default 12. */
  readonly maximumTerms?: number;
}

/** The arithmetic of a number as lines for a terminal. */
export function arithmeticText(arithmetic: Arithmetic, options: ArithmeticTextOptions = {}): string {
  const { maximumTerms = 12 } = options;
  const { terms } = arithmetic;
  const size = ({ product }: Term) => Math.abs(product);
  const greatest = [...terms].sort((a, b) => size(b) - size(a)).slice(0, maximumTerms);
  const shown = terms.filter((term) => term.mark === "chosen" || greatest.includes(term));
  const width = Math.max(0, ...shown.map(({ label }) => label.length));
  const lines = shown.map(({ label, factors, product, mark }) => {
    const parts = factors.map((factor) => `${plain(factor.name)} ${digits(factor.value)}${where(factor)}`);
    const result = factors.length === 1 ? "" : ` = ${digits(product)}`;
    return `  ${label.padEnd(width)}  ${parts.join(" * ")}${result}${mark ? ` (${mark})` : ""}`;
  });
  const rest = terms.length - shown.length;
  return [
    `${addressText(arithmetic.address)} = ${digits(arithmetic.value)}`,
    ...lines,
    ...(rest > 0 ? [`  and ${rest} smaller ${rest === 1 ? "term" : "terms"}`] : []),
    `  ${arithmetic.combination}: ${digits(arithmetic.result)}`,
    ...(arithmetic.note ? [`  ${plain(arithmetic.note)}`] : []),
  ].join("\n");
}

const addressText = ({ kind, path, index }: Address) =>
  [kind, ...(path ? [path] : []), ...(index.length > 0 ? [formatShape(index)] : [])].join(" ");

const where = ({ address }: Factor) => (address ? ` <${addressText(address)}>` : "");

/** A name in TeX, readable without it. */
const plain = (tex: string) =>
  tex
    .replace(/\\partial /g, "d")
    .replace(/_\{([^}]*)\}/g, "[$1]")
    .replace(/\\(?:text|sqrt)\{([^}]*)\}/g, "($1)")
    .replace(/\\varepsilon/g, "epsilon")
    .replace(/\\(?:[,; ]|\\)/g, " ")
    .replace(/\\([a-z]+)/g, "$1")
    .replace(/\$/g, "");
