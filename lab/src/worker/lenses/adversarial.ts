import { compile, grad, losses, type Tensor, tensor } from "gradus";
import type { Lens, Subject } from "../lens.js";
import { type Numbers, numbersOf } from "../numbers.js";
import type { Run } from "../run.js";
import { type Chosen, judge } from "./chosen.js";
import { probabilitiesOf } from "./probabilities.js";
import { probabilitiesBySecond, seenIn } from "./second-network.js";

/** How images are attacked. Lengths are in units of a pixel, which reaches from 0 to 1. */
export interface Attack {
  /** 1, with a step as long as epsilon, is the fast gradient sign method; more are projected gradient descent. */
  readonly steps: number;
  /** Default: epsilon. */
  readonly stepSize?: number | undefined;
  /** The class that they shall be taken for; absent: any but their own. */
  readonly target?: number | undefined;
}

export interface AdversarialParameters {
  readonly chosen: Chosen;
  readonly attack: Attack;
  /** By how much each pixel may change: one attack for each. */
  readonly epsilons: readonly number[];
}

export interface Adversarial {
  /** `[channels, height, width]`, as the network sees it. */
  readonly input: Numbers;
  /** `[epsilons, channels, height, width]`: what the attacks made of it, and by how much they changed it. */
  readonly images: Numbers;
  readonly changes: Numbers;
  /** The class that is right; for a drawing, the one that the network sees. */
  readonly truth: number;
  /** Of all classes for the image, and for each attacked image in turn. */
  readonly before: Float32Array<ArrayBuffer>;
  readonly after: Float32Array<ArrayBuffer>;
  /** The same by the second network, if there is one. */
  readonly second:
    | { readonly before: Float32Array<ArrayBuffer>; readonly after: Float32Array<ArrayBuffer> }
    | undefined;
  /** What one pixel's whole reach is in units of the network's input. */
  readonly reach: number;
  readonly step: number;
}

/** The chosen image as an attack changes it, for each of some epsilons. */
export const adversarial: Lens<AdversarialParameters, Adversarial> = async (
  subject,
  { chosen, attack, epsilons },
) => {
  const { run } = subject;
  const { images: original, label, probabilities: before, of: seen } = await judge(subject, chosen);
  const truth = label ?? seen;
  const input = await numbersOf(original, { withoutBatch: true });
  const copies = new Float32Array(epsilons.length * input.data.length);
  for (let i = 0; i < epsilons.length; i++) copies.set(input.data, i * input.data.length);
  const images = tensor(copies, { shape: [epsilons.length, ...run.inputShape] });
  const truths = Int32Array.from(epsilons, () => truth);
  const attacked = await attackImages(subject, images, truths, attack, epsilons);
  const secondBefore = await probabilitiesBySecond(subject, original);
  const secondAfter = await probabilitiesBySecond(subject, attacked);
  return {
    input,
    images: await numbersOf(attacked),
    changes: await numbersOf(attacked.subtract(images)),
    truth,
    before,
    after: await probabilitiesOf(subject, attacked),
    second: secondBefore && secondAfter && { before: secondBefore, after: secondAfter },
    reach: reachOf(run),
    step: run.step,
  };
};

export interface AdversarialSuccessParameters {
  /** Of the first test image, and how many from there on. */
  readonly first: number;
  readonly count: number;
  readonly attack: Attack;
  readonly epsilon: number;
}

/** Out of the images that count: those that are seen rightly, or, with a target, those of other classes that are not yet taken for it. */
export interface Success {
  readonly counted: number;
  /** Those of them that are seen wrongly after the attack, or, with a target, taken for it. */
  readonly fooled: number;
}

export interface AdversarialSuccess {
  readonly own: Success;
  /** The same images against the second network, if there is one. */
  readonly second: Success | undefined;
  readonly step: number;
}

/** How many test images an attack is successful with. */
export const adversarialSuccess: Lens<AdversarialSuccessParameters, AdversarialSuccess> = async (
  subject,
  { first, count, attack, epsilon },
) => {
  const { run } = subject;
  const { test } = run.sets;
  const inside = Math.max(0, Math.min(count, test.count - first));
  const indices = Array.from({ length: inside }, (_, i) => first + i);
  if (inside === 0) return { own: { counted: 0, fooled: 0 }, second: undefined, step: run.step };
  const { images } = run.batchOf(test, indices);
  const truths = Int32Array.from(indices, (index) => test.labels[index] as number);
  const attacked = await attackImages(
    subject,
    images,
    truths,
    attack,
    indices.map(() => epsilon),
  );
  const successOf = (before: Float32Array, after: Float32Array): Success => {
    const [saw, sees] = [seenIn(before, inside), seenIn(after, inside)];
    const { target } = attack;
    const counted = indices
      .map((_, i) => i)
      .filter((i) =>
        target === undefined ? saw[i] === truths[i] : truths[i] !== target && saw[i] !== target,
      );
    const fooled = counted.filter((i) => (target === undefined ? sees[i] !== truths[i] : sees[i] === target));
    return { counted: counted.length, fooled: fooled.length };
  };
  const own = successOf(await probabilitiesOf(subject, images), await probabilitiesOf(subject, attacked));
  const secondBefore = await probabilitiesBySecond(subject, images);
  const secondAfter = await probabilitiesBySecond(subject, attacked);
  const second = secondBefore && secondAfter && successOf(secondBefore, secondAfter);
  return { own, second, step: run.step };
};

/** One unit of a pixel that reaches from 0 to 1, as the network sees it. */
const reachOf = (run: Run): number => 255 * Math.abs(run.recipe.preprocessing.scale);

/**
 * Steps of length `stepSize` along the sign of the loss's gradient, each cut back to the ball and to the range of pixels. The
 * same as `inspect.fgsm` and, begun at the image itself, `inspect.pgd`; but there epsilon is part of the program, and here
 * one program serves a batch of images with an epsilon each, so that a slider compiles nothing.
 */
async function attackImages(
  { run, once }: Subject,
  images: Tensor,
  truths: Int32Array<ArrayBuffer>,
  { steps, stepSize, target }: Attack,
  epsilons: readonly number[],
): Promise<Tensor> {
  const { scale, offset } = run.recipe.preprocessing;
  const low = Math.min(offset, 255 * scale + offset);
  const high = Math.max(offset, 255 * scale + offset);
  const aimed = target !== undefined;
  if (aimed && !(target >= 0 && target < run.sets.test.classes.length)) {
    throw new RangeError(`there is no class ${target}; there are ${run.sets.test.classes.length}`);
  }
  const step = once(`attack ${aimed ? "aimed" : ""}`, () =>
    compile(
      (x: Tensor, original: Tensor, classes: Tensor, epsilon: Tensor, size: Tensor) => {
        // The sum, not the mean: no image's gradient depends on how many others there are.
        const loss = losses.crossEntropy(run.model.forward(x), classes, { reduction: "sum" });
        const [gradient] = grad(aimed ? loss.negate() : loss, [x]);
        const moved = x.add((gradient as Tensor).sign().multiply(size));
        const change = moved.subtract(original).minimum(epsilon).maximum(epsilon.negate());
        return original.add(change).clip(low, high);
      },
      { name: "attack" },
    ),
  );
  const column = (values: readonly number[]) =>
    tensor(
      Float32Array.from(values, (value) => value * reachOf(run)),
      { shape: [values.length, 1, 1, 1] },
    );
  const epsilon = column(epsilons);
  const size = column(epsilons.map((epsilon) => stepSize ?? epsilon));
  const classes = tensor(aimed ? Int32Array.from(truths, () => target) : truths, { dtype: "int32" });
  let attacked = images;
  for (let i = 0; i < steps; i++) {
    attacked = step(attacked, images, classes, epsilon, size);
    await attacked.data(); // one step at a time, however many there are
  }
  return attacked;
}
