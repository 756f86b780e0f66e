/** Numbers as people read them; a dash where there is none. */
const dash = "-";
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

const there = (value: number | undefined): value is number => value !== undefined && !Number.isNaN(value);

export const integer = (value: number | undefined): string => (there(value) ? whole.format(value) : dash);

/** With so many digits behind the point; powers of ten where that would show nothing. */
export function quantity(value: number | undefined, digits: number): string {
  if (!there(value)) return dash;
  if (!Number.isFinite(value)) return value > 0 ? "infinite" : "-infinite";
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.5 * 10 ** -digits || size >= 1e6)) return value.toExponential(2);
  return value.toFixed(digits);
}

export const percent = (value: number | undefined): string =>
  there(value) ? `${(100 * value).toFixed(1)} %` : dash;

export const rate = (value: number | undefined): string =>
  !there(value) || !Number.isFinite(value) ? dash : value >= 100 ? whole.format(value) : value.toPrecision(3);

/** Few digits, never long: for scales and tables. */
export const brief = (value: number | undefined): string =>
  !there(value) ? dash : value === 0 ? "0" : String(Number(value.toPrecision(3)));

/** A 32-bit number in as few digits as tell it from all others. */
export function exact(value: number | undefined): string {
  if (!there(value)) return dash;
  if (!Number.isFinite(value)) return value > 0 ? "infinite" : "-infinite";
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}

/** Beside an axis, where there is room for few letters. */
export const tickText = (value: number): string => {
  const size = Math.abs(value);
  return size !== 0 && (size >= 1e5 || size < 1e-3)
    ? value.toExponential(1).replace(".0", "")
    : String(Number(value.toPrecision(3)));
};

export const shapeText = (shape: readonly number[]): string => shape.join(" x ");
