import { compile, grad, inspect, type Tensor, tensor } from "gradus";
import type { Lens } from "../lens.js";
import { type Numbers, numbersOf } from "../numbers.js";
import { type Chosen, judge, sightOf } from "./chosen.js";

export interface SpaceParameters {
  readonly chosen: Chosen;
  /** Layers to be shown, in order. */
  readonly paths: readonly string[];
}

export interface Space {
  /** Of the input first, then of each layer. */
  readonly planes: readonly Numbers[];
  /** Of all classes. */
  readonly probabilities: Float32Array<ArrayBuffer>;
  readonly label: number | undefined;
  readonly step: number;
}

/** What all layers make of one image. */
export const space: Lens<SpaceParameters, Space> = async (subject, { chosen, paths }) => {
  const { run, once } = subject;
  const look = once(`space ${paths.join(" ")}`, () =>
    compile((images: Tensor) => inspect.activations(run.model, images, { paths }).outputs, { name: "space" }),
  );
  const { images, label, probabilities } = await judge(subject, chosen);
  const outputs = look(images);
  const all = [images, ...paths.map((path) => outputs[path] as Tensor)];
  const planes = await Promise.all(all.map((one) => numbersOf(one, { withoutBatch: true })));
  return { planes, probabilities, label, step: run.step };
};

export interface ContributionsParameters {
  readonly chosen: Chosen;
  /** Layer whose unit it is about, and the unit, row-major. */
  readonly path: string;
  readonly index: number;
  /** A layer before it, or "input". */
  readonly from: string;
  /** How many are wanted, at most. */
  readonly count: number;
}

export interface Contributions {
  /** The unit's own value. */
  readonly value: number;
  /** Units of the layer `from` by row-major index, the greatest contribution first, either sign. */
  readonly units: readonly { readonly index: number; readonly contribution: number }[];
  readonly step: number;
}

/**
 * Which units before it make a unit what it is: each one's activation times the unit's derivative by it. For a dense layer or
 * a convolution that is weight times activation; pooling and activations pass on what they let through.
 */
export const contributions: Lens<ContributionsParameters, Contributions> = async (
  { run, once },
  { chosen, path, index, from, count },
) => {
  const look = once(`contributions ${from} ${path}`, () =>
    compile(
      (images: Tensor, choice: Tensor) => {
        const paths = from === "input" ? [path] : [from, path];
        const { outputs } = inspect.activations(run.model, images, { paths });
        const source = from === "input" ? images : (outputs[from] as Tensor);
        const unit = (outputs[path] as Tensor).multiply(choice).sum();
        const [slope] = grad(unit, [source]);
        return { unit, parts: (slope as Tensor).multiply(source) };
      },
      { name: "contributions" },
    ),
  );
  const layer = run.model.describe().find((one) => one.path === path);
  if (layer === undefined) throw new RangeError(`there is no layer ${JSON.stringify(path)}`);
  const size = layer.outputShape.reduce((product, extent) => product * extent, 1);
  if (!(index >= 0 && index < size))
    throw new RangeError(`layer ${path} has no unit ${index}; it has ${size}`);
  const choice = new Float32Array(size);
  choice[index] = 1;
  const { unit, parts } = look(
    sightOf(run, chosen).images,
    tensor(choice, { shape: [1, ...layer.outputShape] }),
  );
  const all = await parts.data();
  const order = Array.from(all, (contribution, at) => ({ index: at, contribution }))
    .filter(({ contribution }) => contribution !== 0)
    .sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  return { value: await unit.item(), units: order.slice(0, count), step: run.step };
};
