import { RandomStream } from "../random/stream.js";
import type { Split } from "./split.js";

/**
 * Divides examples into `folds` parts of nearly equal size, each with nearly the same share of every class, and gives
 * for each part the split that tests on it and trains on all others (k-fold cross-validation).
 *
 * The examples of each class are put in a random order by stream `class` of the seed, and dealt to the folds in turn;
 * a class begins where the one before ended, so that the parts differ by one example at most.
 *
 * @param classes number of classes; every label must be below it
 * @param folds an integer from 2 to the number of examples
 */
export function stratifiedFolds(
  labels: ArrayLike<number>,
  classes: number,
  folds: number,
  seed: number,
): Split[] {
  const count = labels.length;
  if (!Number.isInteger(folds) || folds < 2 || folds > count) {
    throw new RangeError(
      `stratifiedFolds: folds is ${folds}; it must be an integer from 2 to ${count} examples`,
    );
  }
  const members = Array.from({ length: classes }, () => [] as number[]);
  for (let i = 0; i < count; i++) {
    const ofClass = members[labels[i]!];
    if (ofClass === undefined) {
      throw new RangeError(
        `stratifiedFolds: label ${labels[i]} at index ${i}, but there are ${classes} classes`,
      );
    }
    ofClass.push(i);
  }
  const foldOf = new Uint32Array(count);
  let dealt = 0;
  for (const [label, ofClass] of members.entries()) {
    for (const position of new RandomStream(seed, label).permutation(ofClass.length)) {
      foldOf[ofClass[position]!] = dealt++ % folds;
    }
  }
  const indices = Uint32Array.from({ length: count }, (_, i) => i);
  return Array.from({ length: folds }, (_, fold) => ({
    train: indices.filter((i) => foldOf[i] !== fold),
    test: indices.filter((i) => foldOf[i] === fold),
  }));
}
