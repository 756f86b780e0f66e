/** Where two results first differ, for a message; undefined where they agree. */
export interface Mismatch {
  readonly index: number;
  readonly actual: number;
  readonly expected: number;
  /** The greatest difference that would have been accepted here. */
  readonly allowed: number;
}

export interface Closeness {
  readonly relative: number;
  readonly absolute: number;
  /** `relative` is of the greatest finite magnitude expected anywhere, not of each element's own. */
  readonly ofMaximum?: boolean;
}

/** NaN agrees with NaN only, an infinity with the same one only, and zeros of either sign agree. */
export function firstMismatch(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { relative, absolute, ofMaximum = false }: Closeness,
): Mismatch | undefined {
  let greatest = 0;
  for (let i = 0; i < expected.length; i++) {
    if (Number.isFinite(expected[i])) greatest = Math.max(greatest, Math.abs(expected[i]!));
  }
  if (actual.length !== expected.length) {
    throw new RangeError(`${actual.length} elements were computed, ${expected.length} were expected`);
  }
  for (let index = 0; index < expected.length; index++) {
    const [got, wanted] = [actual[index]!, expected[index]!];
    if (got === wanted || (Number.isNaN(got) && Number.isNaN(wanted))) continue;
    const allowed = absolute + relative * (ofMaximum ? greatest : Math.abs(wanted));
    if (Number.isFinite(got) && Number.isFinite(wanted) && Math.abs(got - wanted) <= allowed) continue;
    return { index, actual: got, expected: wanted, allowed };
  }
  return undefined;
}
