/** Where the largest value is, the first of several; 0 if none is a number, as in a network that has diverged. */
export function argmax(values: ArrayLike<number>): number {
  let at = 0;
  for (let i = 1; i < values.length; i++) {
    const value = values[i] as number;
    if (value > (values[at] as number) || Number.isNaN(values[at])) at = i;
  }
  return at;
}
