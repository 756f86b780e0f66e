import { type Tensor, tensor } from "gradus";
import { argmax } from "../../argmax.js";
import type { Subject } from "../lens.js";
import type { Run } from "../run.js";
import { probabilitiesOf } from "./probabilities.js";

/** The image that a lens is about: one of the test set, or a drawing as bytes `[channels, height, width]` of the set's size. */
export type Chosen = { readonly image: number } | { readonly drawn: Uint8Array };

export interface Sight {
  /** `[1, channels, height, width]`, as the network sees it. */
  readonly images: Tensor;
  /** What it is; undefined for a drawing. */
  readonly label: number | undefined;
}

/** @throws RangeError if there is no such image, or the drawing has another size */
export function sightOf(run: Run, chosen: Chosen): Sight {
  const { test } = run.sets;
  if ("drawn" in chosen) {
    const pixels = test.channels * test.height * test.width;
    if (chosen.drawn.length !== pixels) {
      throw new RangeError(
        `the drawing has ${chosen.drawn.length} values, but the network's images have ${pixels}`,
      );
    }
    const set = { ...test, pixels: chosen.drawn, labels: Uint8Array.of(0), count: 1 };
    return { images: run.batchOf(set, [0]).images, label: undefined };
  }
  const { image } = chosen;
  if (!(image >= 0 && image < test.count))
    throw new RangeError(`there is no test image ${image}; there are ${test.count}`);
  return { images: run.batchOf(test, [image]).images, label: test.labels[image] as number };
}

export interface Judgement extends Sight {
  /** The class that the lens shall be about, and the same as int32 `[1]`, as the library takes it. */
  readonly of: number;
  readonly classes: Tensor;
  /** Of all classes. */
  readonly probabilities: Float32Array<ArrayBuffer>;
}

/** An image with what the network says of it. @param of a class; default: the one that it sees */
export async function judge(subject: Subject, chosen: Chosen, of?: number): Promise<Judgement> {
  const sight = sightOf(subject.run, chosen);
  const probabilities = await probabilitiesOf(subject, sight.images);
  const one = of ?? argmax(probabilities);
  if (of === undefined && one < 0) {
    throw new Error(
      "the network's answer is not finite, so there is no class to explain; go back to an earlier step",
    );
  }
  if (!(one >= 0 && one < probabilities.length)) {
    throw new RangeError(`there is no class ${one}; there are ${probabilities.length}`);
  }
  return { ...sight, of: one, classes: tensor(Int32Array.of(one), { dtype: "int32" }), probabilities };
}
