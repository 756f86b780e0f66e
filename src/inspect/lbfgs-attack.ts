import { crossEntropy } from "../losses/cross-entropy.js";
import type { Module } from "../nn/module.js";
import { lbfgs } from "../optim/lbfgs.js";
import { compile } from "../runtime/compile.js";
import { Variable } from "../runtime/variable.js";
import { tensor } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";
import { type AttackOptions, rangeOf } from "./adversarial.js";

export interface LbfgsAttackOptions extends Pick<AttackOptions, "range"> {
  /** Directions that L-BFGS takes for each value of c; default 40. */
  readonly iterations?: number;
  /** Values of c that are tried; default 10. */
  readonly searches?: number;
}

export interface LbfgsAttackResult {
  /** Shaped as the images; where none was found, the image itself. */
  readonly images: Tensor;
  /** For each image, whether the model takes it for its target now. */
  readonly found: readonly boolean[];
  /** For each image, `sqrt(sum (x' - x)^2 / size)`. */
  readonly distortion: readonly number[];
}

/**
 * Looks for the smallest change of each image that makes the model take it for its target:
 *
 *     minimize over r: c |r|^2 + loss(x + r, target),   x + r in the range of valid inputs
 *
 * by L-BFGS, for the greatest c at which the minimum is still taken for the target; c is searched by bisection, for
 * each image by itself. The loss is taken of x + r clipped to the range, which moves no minimum: an r that leads outside
 * costs more than what is left of it inside. All images are one problem of L-BFGS, whose parts do not touch each other.
 * The length is squared, unlike in the paper, so that it is smooth at 0; the same r are then minima, for other c.
 *
 * @param model its output are logits `[N, classes]`
 * @param images `[N, ...]`, a few at a time
 * @param targets int32 `[N]`
 *
 * Source: Szegedy et al., "Intriguing properties of neural networks", 2013, section 4.1.
 */
export async function lbfgsAttack(
  model: Module,
  images: Tensor,
  targets: Tensor,
  options: LbfgsAttackOptions = {},
): Promise<LbfgsAttackResult> {
  const { iterations = 40, searches = 10 } = options;
  const [low, high] = rangeOf(options, "lbfgsAttack");
  const count = images.shape[0]!;
  const size = images.size / count;
  const original = Float32Array.from(await images.data());
  const change = new Variable(images.shape, 0, { name: "lbfgsAttack.change" });
  const weights = new Variable([count], 0, { name: "lbfgsAttack.c", trainable: false });
  const attacked = () => images.add(change.value).clip(low, high);
  const objective = () => {
    const lengths = change.value.reshape([count, size]).square().sum(1);
    const losses = crossEntropy(model.forward(attacked()), targets, { reduction: "none" });
    return lengths.multiply(weights.value).add(losses).sum();
  };
  const judge = compile(() => {
    const x = attacked();
    const right = model.forward(x).argmax(1).equal(targets);
    return { x, right, lengths: x.subtract(images).reshape([count, size]).square().mean(1).sqrt() };
  });

  const best = {
    images: original.slice(),
    distortion: new Array<number>(count).fill(Number.POSITIVE_INFINITY),
  };
  const search = Array.from({ length: count }, () => ({ c: 1, below: 0, above: Number.POSITIVE_INFINITY }));
  for (let round = 0; round < searches; round++) {
    weights.write(search.map(({ c }) => c));
    change.write(new Float32Array(images.size));
    await lbfgs([change], { iterations }).minimize(objective);
    const { x, right, lengths } = judge();
    const [pixels, hits, sizes] = await Promise.all([x.data(), right.data(), lengths.data()]);
    for (const [i, state] of search.entries()) {
      if (hits[i]) {
        state.below = state.c;
        if (sizes[i]! < best.distortion[i]!) {
          best.distortion[i] = sizes[i]!;
          best.images.set(pixels.subarray(i * size, (i + 1) * size), i * size);
        }
      } else {
        state.above = state.c;
      }
      state.c = between(state.below, state.above);
    }
  }
  return {
    images: tensor(best.images, { shape: images.shape }),
    found: best.distortion.map(Number.isFinite),
    distortion: best.distortion.map((value) => (Number.isFinite(value) ? value : 0)),
  };
}

/** The next c to try: ten times more or less while there is only one bound, then in the middle of both, by ratio. */
function between(below: number, above: number): number {
  if (below === 0) return above / 10;
  return above === Number.POSITIVE_INFINITY ? below * 10 : Math.sqrt(below * above);
}
