import { inspect } from "gradus";
import type { Lens } from "../lens.js";
import { isGradient, numberText, twinOf } from "../number-address.js";
import { describe, type Numbers } from "../numbers.js";

export interface ArithmeticParameters {
  /** Of an image of the test set. */
  readonly image: number;
  /** Of the number that is explained. Its example is 0: the image stands alone. */
  readonly address: inspect.Address;
  /** Layers all of whose numbers are wanted. */
  readonly open: readonly string[];
}

/** All numbers of one kind at one place. */
export interface Sheet {
  readonly kind: inspect.NumberKind;
  readonly path: string;
  /** Of the batch's tensor, with its axis of extent 1: an address has an index for each of these axes. */
  readonly shape: readonly number[];
  /** To which layer they belong; none for the input, the probabilities and the loss. */
  readonly layer?: { readonly path: string; readonly kind: string };
  /** Without the batch's axis. Only where they are wanted. */
  readonly numbers?: Numbers;
}

export interface Place {
  readonly address: inspect.Address;
  readonly value: number;
}

export interface ArithmeticView {
  readonly step: number;
  readonly image: number;
  readonly label: number;
  /** From the input to the loss. */
  readonly sheets: readonly Sheet[];
  /** None if there is no such number; `problem` says why. */
  readonly found?: inspect.Arithmetic;
  readonly problem?: string;
  /** What is computed from the number: outputs from activations and weights, gradients from gradients. */
  readonly uses: readonly Place[];
}

const ofWeights: ReadonlySet<inspect.NumberKind> = new Set(["weight", "weightGradient"]);

/** The arithmetic of one number, and the numbers of the network around it, for one image and the weights as they are. */
export const arithmetic: Lens<ArithmeticParameters, ArithmeticView> = async (
  { run },
  { image, address, open },
) => {
  const index = Math.min(image, run.sets.test.count - 1);
  const { images, labels } = run.batchOf(run.sets.test, [index]);
  const book = await inspect.arithmetic(run.model, images, labels);
  const kinds = new Map([...run.model.modules()].map(([path, { kind }]) => [path, kind]));
  const sheets = book.tensors.flatMap(({ kind, path, shape, values }): Sheet[] => {
    const layerPath = ofWeights.has(kind) ? path.slice(0, Math.max(0, path.lastIndexOf("."))) : path;
    const belongs = ofWeights.has(kind) || kind === "activation" || kind === "activationGradient";
    const layer = belongs ? { path: layerPath, kind: kinds.get(layerPath) ?? "" } : undefined;
    // A row of layers only passes on what its last one gives.
    if (layer?.kind === "sequential" && !ofWeights.has(kind)) return [];
    const wanted =
      layer === undefined || open.includes(layer.path) || (kind === address.kind && path === address.path);
    const own = ofWeights.has(kind) ? shape : shape.slice(1);
    return [
      {
        kind,
        path,
        shape: [...shape],
        ...(layer === undefined ? {} : { layer }),
        ...(wanted ? { numbers: describe(Float32Array.from(values), own) } : {}),
      },
    ];
  });
  const common = { step: run.step, image: index, label: run.sets.test.labels[index] as number, sheets };
  try {
    const found = book.explain(address);
    const uses = usesOf(book, address).map((use) => ({ address: use, value: book.value(use) }));
    return { ...common, found, uses };
  } catch (error) {
    return { ...common, problem: error instanceof Error ? error.message : String(error), uses: [] };
  }
};

/**
 * The numbers that have this one in their arithmetic. Who uses a value says the chain rule: the gradient of a value has a term
 * for each use. Who uses a gradient is found the other way round: those from whose values its own value is computed.
 */
export function usesOf(book: inspect.ArithmeticBook, address: inspect.Address): inspect.Address[] {
  const has = ({ kind, path }: inspect.Address) =>
    book.tensors.some((tensor) => tensor.kind === kind && tensor.path === path);
  const { kind, index } = address;
  const [example = 0] = index;
  if (kind === "exampleLoss") return [{ kind: "loss", path: "", index: [] }];
  if (kind === "probability") {
    const logits = factorsOf(book.explain(address));
    return logits.flatMap((logit) => (logit.index[1] === index[1] ? (twinOf(logit) ?? []) : []));
  }
  const twin = twinOf(address);
  if (twin === undefined || !has(twin)) return [];
  const uses = factorsOf(book.explain(twin)).flatMap((factor): inspect.Address[] => {
    if (!isGradient(address) && factor.kind === "probability") {
      const [, classes = 0] = book.tensor("probability").shape;
      const all = Array.from({ length: classes }, (_, c) => ({ ...factor, index: [example, c] }));
      return [...all, { kind: "exampleLoss", path: "", index: [example] }];
    }
    const use = twinOf(factor);
    return use === undefined || isGradient(use) !== isGradient(address) ? [] : [use];
  });
  const once = new Map(uses.map((use) => [numberText(use), use]));
  return [...once.values()].filter(has);
}

/** Addresses of all numbers in a formula. */
function factorsOf({ terms }: inspect.Arithmetic): inspect.Address[] {
  return terms
    .flatMap(({ factors }) => factors.flatMap((factor) => [factor, ...(factor.of ?? [])]))
    .flatMap(({ address }) => (address === undefined ? [] : [address]));
}
