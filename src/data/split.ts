import { RandomStream } from "../random/stream.js";

/** Indices of the examples on either side of a split, ascending. */
export interface Split {
  readonly train: Uint32Array<ArrayBuffer>;
  readonly test: Uint32Array<ArrayBuffer>;
}

/**
 * Splits examples at random so that each class has nearly the same share on both sides.
 *
 * The test side gets exactly `round(testFraction * count)` examples. Each class gives `floor(testFraction * its
 * count)`, and the classes with the largest remainders one more (the lower class first where they are equal).
 * Which examples of a class go is decided by stream `class` of the seed alone, so one class's examples do not
 * influence another's.
 *
 * @param classes number of classes; every label must be below it
 * @param testFraction in [0, 1]
 */
export function stratifiedSplit(
  labels: ArrayLike<number>,
  classes: number,
  testFraction: number,
  seed: number,
): Split {
  if (!(testFraction >= 0 && testFraction <= 1)) {
    throw new RangeError(`stratifiedSplit: testFraction is ${testFraction}, but must be between 0 and 1`);
  }
  const members = Array.from({ length: classes }, () => [] as number[]);
  for (let i = 0; i < labels.length; i++) {
    const ofClass = members[labels[i] as number];
    if (ofClass === undefined) {
      throw new RangeError(
        `stratifiedSplit: label ${labels[i]} at index ${i}, but there are ${classes} classes`,
      );
    }
    ofClass.push(i);
  }

  const quotas = testQuotas(
    members.map((ofClass) => ofClass.length),
    testFraction,
  );
  const isTest = new Uint8Array(labels.length);
  members.forEach((ofClass, label) => {
    const order = new RandomStream(seed, label).permutation(ofClass.length);
    for (const position of order.subarray(0, quotas[label])) isTest[ofClass[position] as number] = 1;
  });

  const testCount = quotas.reduce((sum, quota) => sum + quota, 0);
  const test = new Uint32Array(testCount);
  const train = new Uint32Array(labels.length - testCount);
  let testEnd = 0;
  let trainEnd = 0;
  for (let i = 0; i < labels.length; i++) {
    if (isTest[i] === 1) test[testEnd++] = i;
    else train[trainEnd++] = i;
  }
  return { train, test };
}

function testQuotas(counts: readonly number[], testFraction: number): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const quotas = counts.map((count) => Math.floor(count * testFraction));
  const missing = Math.round(total * testFraction) - quotas.reduce((sum, quota) => sum + quota, 0);
  const byRemainder = counts
    .map((count, label) => ({ label, remainder: count * testFraction - Math.floor(count * testFraction) }))
    .sort((a, b) => b.remainder - a.remainder || a.label - b.label);
  for (const { label } of byRemainder.slice(0, missing)) quotas[label] = (quotas[label] as number) + 1;
  return quotas;
}
