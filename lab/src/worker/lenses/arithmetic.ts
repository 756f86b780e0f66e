import { inspect, type nn } from "gradus";
import type { Lens } from "../lens.js";
import { isGradient, layerOf, numberText, operationOf, twinOf } from "../number-address.js";
import { describe, type Numbers } from "../numbers.js";

export interface ArithmeticParameters {
  /** Of an image of the test set. */
  readonly image: number;
  /** Of the number that is explained. Its example is 0: the image stands alone. */
  readonly address: inspect.Address;
  /** Layers that are open where others are closed, or the other way round; of closed ones only the sheet with the address has numbers. */
  readonly toggled: readonly string[];
}

/** All numbers of one kind at one place. */
export interface Sheet {
  readonly kind: inspect.NumberKind;
  readonly path: string;
  /** Of the batch's tensor, with its axis of extent 1: an address has an index for each of these axes. */
  readonly shape: readonly number[];
  /** To which layer they belong; none for the input, the probabilities and the loss. */
  readonly layer?: { readonly path: string; readonly kind: string };
  /** Of operations inside of a layer whose results have other axes than what the layer gives. */
  readonly ownAxes?: true;
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
  /** Whether layers are open unless they are toggled: those of a large network are not, but for that of the address. */
  readonly open: boolean;
  /** From the input to the loss. */
  readonly sheets: readonly Sheet[];
  /** None if there is no such number; `problem` says why. */
  readonly found?: inspect.Arithmetic;
  readonly problem?: string;
  /** What is computed from the number: outputs from activations and weights, gradients from gradients. */
  readonly uses: readonly Place[];
}

/** So many numbers can be sent ten times a second. */
const most = 400_000;

const ofWeights: ReadonlySet<inspect.NumberKind> = new Set(["weight", "weightGradient"]);

/** The arithmetic of one number, and the numbers of the network around it, for one image and the weights as they are. */
export const arithmetic: Lens<ArithmeticParameters, ArithmeticView> = async (
  { run },
  { image, address, toggled },
) => {
  const index = Math.min(image, run.sets.test.count - 1);
  const { images, labels } = run.batchOf(run.sets.test, [index]);
  const book = await inspect.arithmetic(run.model, images, labels);
  const modules = run.model.modules();
  const count = book.tensors.reduce((total, { values }) => total + values.length, 0);
  const open = count <= most;
  const isOpen = (layer: string) => open !== toggled.includes(layer) || (!open && layer === layerOf(address));
  const sheets = book.tensors.flatMap(({ kind, path, shape, values }): Sheet[] => {
    const isWeight = ofWeights.has(kind);
    const belongs = isWeight || kind === "activation" || kind === "activationGradient";
    const layerPath = layerOf({ kind, path });
    const module = modules.get(layerPath);
    // A row of layers only passes on what its last one gives.
    if (!isWeight && belongs && book.passesOn(path) && isRow(module)) return [];
    const layer = belongs ? { path: layerPath, kind: module?.kind ?? "" } : undefined;
    const wanted =
      layer === undefined || isOpen(layer.path) || (kind === address.kind && path === address.path);
    const own = isWeight ? shape : shape.slice(1);
    const inside = operationOf({ path }) !== undefined;
    const ownAxes = inside && (isWeight || !isLike(shape, book, layerPath));
    return [
      {
        kind,
        path,
        shape: [...shape],
        ...(ownAxes ? { ownAxes } : {}),
        ...(layer === undefined ? {} : { layer }),
        ...(wanted ? { numbers: describe(Float32Array.from(values), own) } : {}),
      },
    ];
  });
  const common = { step: run.step, image: index, label: run.sets.test.labels[index] as number, open, sheets };
  try {
    const found = book.explain(address);
    const uses = usesOf(book, address).map((use) => ({ address: use, value: book.value(use) }));
    return { ...common, found, uses };
  } catch (error) {
    return { ...common, problem: error instanceof Error ? error.message : String(error), uses: [] };
  }
};

const isRow = (module: nn.Module | undefined) => module !== undefined && module.modules().size > 1;

/** Whether a tensor of this shape has the axes and positions of what the layer gives. */
function isLike(shape: readonly number[], book: inspect.ArithmeticBook, layer: string): boolean {
  const { shape: given } = book.tensor("activation", layer);
  return shape.length === given.length && shape.slice(2).every((extent, i) => extent === given[i + 2]);
}

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
