import type { Combination, Factor, Term } from "./types.js";

/** A formula with its numbers: what a rule gives. */
export interface Derivation {
  /** Both sides of the formula with symbols, in TeX. */
  readonly left: string;
  readonly right: string;
  /** The right side with numbers. */
  readonly live: string;
  readonly combination: Combination;
  readonly terms: readonly Term[];
  readonly result: number;
  readonly note: string;
}

type Formula = readonly [left: string, right: string];

/** The derivative of the loss, in TeX. */
export const slope = (symbol: string) => `\\frac{\\partial L}{\\partial ${symbol}}`;

/** `symbol` with an index, in TeX. */
export const at = (symbol: string, index: readonly number[]) =>
  index.length === 0 ? symbol : `${symbol}_{${index.join(",")}}`;

/** Without -0, of which JSON would make 0. */
export const unsigned = (value: number) => value + 0;

/** A number that has no address: a constant, or computed from others. */
export function derived(name: string, value: number, of: readonly Factor[] = []): Factor {
  const factor = { name, value: unsigned(value) };
  return of.length > 0 ? { ...factor, of } : factor;
}

export function term(label: string, factors: readonly Factor[], mark?: Term["mark"]): Term {
  const product = unsigned(factors.reduce((value, factor) => value * factor.value, 1));
  return mark ? { label, factors, product, mark } : { label, factors, product };
}

export function sum([left, right]: Formula, terms: readonly Term[], note = ""): Derivation {
  const result = terms.reduce((total, { product }) => total + product, 0);
  return { left, right, live: liveSum(terms), combination: "sum", terms, result, note };
}

/** The chosen term. */
export function maximum([left, right]: Formula, terms: readonly Term[], note = ""): Derivation {
  const result = terms.find(({ mark }) => mark === "chosen")?.product ?? Number.NEGATIVE_INFINITY;
  const live = `\\max(${shortened(terms.map(({ product }) => number(product))).join(", ")})`;
  return { left, right, live, combination: "maximum", terms, result, note };
}

/** The chosen term, divided by the sum of all. */
export function share([left, right]: Formula, terms: readonly Term[], note = ""): Derivation {
  const total = terms.reduce((all, { product }) => all + product, 0);
  const chosen = terms.find(({ mark }) => mark === "chosen")!.product;
  const products = shortened(terms.map(({ product }) => number(product)));
  const live = `\\frac{${number(chosen)}}{${products.join(" + ")}}`;
  return { left, right, live, combination: "share", terms, result: chosen / total, note };
}

/** A function of one number. @param right its TeX, of whatever stands for the number */
export function applied(x: Factor, right: (x: string) => string, result: number): Derivation {
  const terms = [term("input", [x])];
  return {
    left: "y",
    right: right("x"),
    live: right(bracketed(x.value)),
    combination: "function",
    terms,
    result,
    note: "",
  };
}

/** A number in TeX, to four digits. */
export function number(value: number): string {
  if (Number.isNaN(value)) return "\\text{NaN}";
  if (!Number.isFinite(value)) return value > 0 ? "\\infty" : "-\\infty";
  const [digits, exponent] = String(Number(value.toPrecision(4))).split("e");
  return exponent === undefined ? digits! : `${digits} \\cdot 10^{${Number(exponent)}}`;
}

/** A number for notes and terminals, to six digits. */
export const digits = (value: number) => String(Number(value.toPrecision(6)));

/** A number in TeX that can stand behind an operator. */
const bracketed = (value: number) =>
  value < 0 || number(value).includes("^") ? `(${number(value)})` : number(value);

const longest = 6;

function shortened(list: readonly string[]): readonly string[] {
  return list.length <= longest ? list : [...list.slice(0, longest - 2), "\\cdots", list.at(-1)!];
}

/** Of a long sum those terms that matter most, in their order. */
function liveSum(terms: readonly Term[]): string {
  if (terms.length === 0) return "0";
  const size = ({ product }: Term) => Math.abs(product);
  const greatest = [...terms].sort((a, b) => size(b) - size(a)).slice(0, longest - 2);
  const kept = terms.length <= longest ? terms : terms.filter((one) => greatest.includes(one));
  const products = kept.map(({ factors, product }) =>
    factors.length > 0 ? factors.map(({ value }) => bracketed(value)).join(" \\cdot ") : bracketed(product),
  );
  return [...products, ...(kept.length < terms.length ? ["\\cdots"] : [])].join(" + ");
}
