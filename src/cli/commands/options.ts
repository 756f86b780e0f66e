import { InvalidArgumentError } from "commander";

function number(text: string, what: string, fits: (value: number) => boolean): number {
  const value = Number(text);
  if (text.trim() === "" || !fits(value)) throw new InvalidArgumentError(`it must be ${what}`);
  return value;
}

/** An option's value that names a file or folder. */
export function path(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("it must name a file or folder");
  return text;
}

/** An option's value that must be an integer of at least 1. */
export function positiveInteger(text: string): number {
  return number(text, "an integer of at least 1", (value) => Number.isSafeInteger(value) && value >= 1);
}

/** An option's value that must be a number above 0. */
export function positiveNumber(text: string): number {
  return number(text, "a number above 0", (value) => Number.isFinite(value) && value > 0);
}

/** An option's value that must be an integer of at least 0. */
export function seed(text: string): number {
  return number(text, "an integer from 0 to 2^53 - 1", (value) => Number.isSafeInteger(value) && value >= 0);
}

/** An option's value that must be a TCP port; 0 stands for any that is free. */
export function port(text: string): number {
  return number(
    text,
    "an integer from 0 to 65535",
    (value) => Number.isInteger(value) && value >= 0 && value < 65_536,
  );
}
