import { grad } from "../autodiff/api.js";
import { crossEntropy } from "../losses/cross-entropy.js";
import type { Module } from "../nn/module.js";
import { type Compiled, compile } from "../runtime/compile.js";
import { recordAssignments } from "../runtime/variable.js";
import { formatShape, ShapeError } from "../shape/shape.js";
import type { Tensor } from "../tensor/tensor.js";
import { ArithmeticBook } from "./arithmetic/book.js";
import { layOut } from "./arithmetic/layout.js";
import { Numbers, type NumberTensor } from "./arithmetic/numbers.js";
import type { NumberKind } from "./arithmetic/types.js";

type ByPath = Record<string, Tensor>;

/** A type, not an interface, so that compiled functions may return it. */
type Run = { [kind in Exclude<NumberKind, "input">]: ByPath };

/** Programs are kept as long as their models, so that a network can be looked at again after each step of its training. */
const programs = new WeakMap<Module, Compiled<[Tensor, Tensor], Run>>();

/**
 * Runs a classifier on a batch, and its gradients of the loss (the mean cross-entropy), as out of training, and keeps all
 * numbers, so that the arithmetic of each can be asked for:
 *
 * ```ts
 * const book = await inspect.arithmetic(model, images, labels);
 * const { terms } = book.explain({ kind: "activation", path: "0", index: [0, 2, 5, 7] });
 * const next = book.explain(terms[0].factors[0].address);               // and so on, through the whole network
 * ```
 *
 * Weights' gradients have a term for each example and position, so a batch is usually one image, or a few.
 *
 * @param model built, from images to logits `[N, classes]`. Layers may stand in rows, residual blocks and parallel branches;
 *   what other modules do inside counts as one step
 * @param images `[N, ...]`, float32
 * @param labels the class of each, `[N]`, int32
 * @throws ShapeError if images or labels do not fit; RangeError for a label that is no class, or if a layer runs twice
 */
export async function arithmetic(model: Module, images: Tensor, labels: Tensor): Promise<ArithmeticBook> {
  const layout = layOut(model);
  if (images.dtype !== "float32" || labels.dtype !== "int32") {
    const [x, y] = [images, labels].map(({ dtype, shape }) => `${dtype}${formatShape(shape)}`);
    throw new ShapeError(
      `arithmetic: images are ${x} and labels ${y}, but must be float32 [N, ...] and int32 [N]`,
    );
  }
  let program = programs.get(model);
  if (program === undefined) {
    program = compile((x: Tensor, y: Tensor) => runOf(model, x, y), { name: "arithmetic" });
    programs.set(model, program);
  }
  const run = program(images, labels);
  const classes = Array.from(await labels.data());
  const logits = run.probability[""]!;
  const wrong = classes.findIndex((label) => label < 0 || label >= logits.shape[1]!);
  if (wrong >= 0) {
    throw new RangeError(
      `arithmetic: the label of example ${wrong} is ${classes[wrong]}, but there are ${logits.shape[1]} classes, from 0 on`,
    );
  }
  const read = async (kind: NumberKind, path: string, tensor: Tensor): Promise<NumberTensor> => ({
    kind,
    path,
    shape: tensor.shape,
    values: await tensor.data(),
  });
  const tensors = await Promise.all([
    read("input", "", images),
    ...Object.entries(run).flatMap(([kind, byPath]) =>
      Object.entries(byPath).map(([path, tensor]) => read(kind as NumberKind, path, tensor)),
    ),
  ]);
  return new ArithmeticBook(layout, new Numbers(tensors, classes));
}

/** All numbers of a run, as graph. */
function runOf(model: Module, images: Tensor, labels: Tensor): Run {
  const outputs = new Map<Module, Tensor>();
  // An evaluation changes no variables.
  const { result: logits } = recordAssignments(() =>
    model.forward(images, { onOutput: (_, output, module) => void outputs.set(module, output) }),
  );
  if (logits.rank !== 2) {
    throw new ShapeError(
      `arithmetic: the model gives ${formatShape(logits.shape)}, but must give [N, classes]`,
    );
  }
  const exampleLoss = crossEntropy(logits, labels, { reduction: "none" });
  const loss = exampleLoss.mean();

  const activations = [...model.modules()].flatMap(([path, module]) => {
    const output = outputs.get(module);
    return output ? [[path, output] as const] : [];
  });
  const variables = [...model.variables()].filter(([, { dtype }]) => dtype === "float32");
  const trainable = variables.filter(([, variable]) => variable.trainable);
  const [inputGradient, ...rest] = grad(loss, [
    images,
    ...activations.map(([, output]) => output),
    ...trainable.map(([, { value }]) => value),
  ]);
  const byPath = (names: readonly (readonly [string, unknown])[], tensors: readonly Tensor[]): ByPath =>
    Object.fromEntries(names.map(([path], i) => [path, tensors[i]!]));
  return {
    inputGradient: { "": inputGradient! },
    activation: Object.fromEntries(activations),
    activationGradient: byPath(activations, rest.slice(0, activations.length)),
    weight: Object.fromEntries(variables.map(([path, { value }]) => [path, value])),
    weightGradient: byPath(trainable, rest.slice(activations.length)),
    probability: { "": logits.softmax(1) },
    exampleLoss: { "": exampleLoss },
    loss: { "": loss },
  };
}
