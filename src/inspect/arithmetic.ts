import { grad } from "../autodiff/api.js";
import { crossEntropy } from "../losses/cross-entropy.js";
import type { Module } from "../nn/module.js";
import { type Compiled, compile } from "../runtime/compile.js";
import { recordAssignments } from "../runtime/variable.js";
import { formatShape, ShapeError } from "../shape/shape.js";
import { Tensor } from "../tensor/tensor.js";
import { ArithmeticBook } from "./arithmetic/book.js";
import { layOut } from "./arithmetic/layout.js";
import { Numbers, type NumberTensor } from "./arithmetic/numbers.js";
import type { Call, Layout, Source } from "./arithmetic/steps.js";
import type { NumberKind } from "./arithmetic/types.js";

/** All tensors of a run, by kind and path. A type, not an interface, so that compiled functions may return it. */
type Run = { [kind in Exclude<NumberKind, "input">]: Record<string, Tensor> };

interface Program {
  readonly run: Compiled<[Tensor, Tensor], Run>;
  /** By the images' shape. */
  readonly layouts: Map<string, Layout>;
}

/** Programs are kept as long as their models, so that a network can be looked at again after each step of its training. */
const programs = new WeakMap<Module, Program>();

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
 * @param model built, from images to logits `[N, classes]`. Modules with layers inside are opened: the operations between
 *   their layers are steps, with addresses of their own (`layer1.0/add`)
 * @param images `[N, ...]`, float32
 * @param labels the class of each, `[N]`, int32
 * @throws ShapeError if images or labels do not fit; RangeError for a label that is no class, or if a layer runs twice
 */
export async function arithmetic(model: Module, images: Tensor, labels: Tensor): Promise<ArithmeticBook> {
  if (images.dtype !== "float32" || labels.dtype !== "int32") {
    const [x, y] = [images, labels].map(({ dtype, shape }) => `${dtype}${formatShape(shape)}`);
    throw new ShapeError(
      `arithmetic: images are ${x} and labels ${y}, but must be float32 [N, ...] and int32 [N]`,
    );
  }
  const program = programs.get(model) ?? programOf(model);
  programs.set(model, program);
  const run = program.run(images, labels);
  const layout = program.layouts.get(formatShape(images.shape))!;
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
  const kinds = Object.keys(run) as (keyof Run)[];
  const tensors = kinds.flatMap((kind) => {
    const paths = layout.tensors.flatMap(({ source }) => (kind.startsWith(source.kind) ? source.path : []));
    const ordered = new Set([...paths, ...Object.keys(run[kind])]);
    return [...ordered].flatMap((path) => {
      const tensor = run[kind][path];
      return tensor ? [read(kind, path, tensor)] : [];
    });
  });
  const all = await Promise.all([read("input", "", images), ...tensors]);
  return new ArithmeticBook(layout, new Numbers(all, classes));
}

function programOf(model: Module): Program {
  const layouts = new Map<string, Layout>();
  const run = compile(
    (images: Tensor, labels: Tensor) => {
      const { layout, ...tensors } = runOf(model, images, labels);
      layouts.set(formatShape(images.shape), layout);
      return tensors;
    },
    { name: "arithmetic" },
  );
  return { run, layouts };
}

/** All numbers of a run, as graph. */
function runOf(model: Module, images: Tensor, labels: Tensor): Run & { readonly layout: Layout } {
  const paths = new Map([...model.modules()].map(([path, module]) => [module, path]));
  const calls = new Map<Module, Call>();
  let prefix = "";
  const onOutput = (at: string, output: Tensor, module: Module) => {
    const path = paths.get(module);
    if (path === undefined) return;
    if (path === "") prefix = at;
    if (calls.has(module)) {
      throw new RangeError(
        `arithmetic: layer "${path}" (${module.kind}) runs twice; ` +
          "it then has two values at one path, so make two layers of it",
      );
    }
    calls.set(module, { path, module, output });
  };
  // An evaluation changes no variables.
  const { result: logits } = recordAssignments(() => model.forward(images, { onOutput }));
  if (logits.rank !== 2) {
    throw new ShapeError(
      `arithmetic: the model gives ${formatShape(logits.shape)}, but must give [N, classes]`,
    );
  }
  const exampleLoss = crossEntropy(logits, labels, { reduction: "none" });
  const loss = exampleLoss.mean();

  const variables = [...model.variables()].filter(([, { dtype }]) => dtype === "float32");
  const fixed = new Set(variables.flatMap(([path, { trainable }]) => (trainable ? [] : path)));
  const values = new Map(variables.map(([path, { value }]) => [path, value]));
  const layout = layOut(images, logits, values, [...calls.values()], prefix);
  const known = layout.tensors.map(({ source, node }) => ({ ...source, tensor: new Tensor(node) }));
  const learned = known.filter(({ kind, path }) => kind === "activation" || !fixed.has(path));
  const [inputGradient, ...gradients] = grad(loss, [images, ...learned.map(({ tensor }) => tensor)]);
  const pairs = learned.map((own, i) => ({ ...own, tensor: gradients[i]! }));
  const of = (list: typeof known, wanted: Source["kind"]) =>
    Object.fromEntries(list.flatMap(({ kind, path, tensor }) => (kind === wanted ? [[path, tensor]] : [])));
  return {
    layout,
    inputGradient: { "": inputGradient },
    activation: of(known, "activation"),
    activationGradient: of(pairs, "activation"),
    weight: of(known, "weight"),
    weightGradient: of(pairs, "weight"),
    probability: { "": logits.softmax(1) },
    exampleLoss: { "": exampleLoss },
    loss: { "": loss },
  };
}
