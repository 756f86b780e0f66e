import { grad } from "../../autodiff/api.js";
import { crossEntropy } from "../../losses/cross-entropy.js";
import type { Module } from "../../nn/module.js";
import type { Optimizer } from "../../optim/optimizer.js";
import { compile } from "../../runtime/compile.js";
import { recordAssignments, type Variable } from "../../runtime/variable.js";
import { formatShape, ShapeError } from "../../shape/shape.js";
import { oneHot } from "../../tensor/creation.js";
import { Tensor } from "../../tensor/tensor.js";
import type { Examination, LayerExamination, ParameterExamination } from "./examination.js";
import { type LayerFigures, layerFigures, type ParameterFigures, parameterFigures } from "./figures.js";

export interface ExaminerOptions {
  /** A scalar from logits and labels; default `losses.crossEntropy`. */
  readonly loss?: (output: Tensor, labels: Tensor) => Tensor;
  /** The one that trains the model: only with it are there ratios of updates to weights. */
  readonly optimizer?: Optimizer;
}

/** Measures a classifier on a batch: images `[N, ...]`, labels int32 `[N]`. */
export type Examine = (images: Tensor, labels: Tensor) => Promise<Examination>;

/**
 * Makes a function that measures a classifier in training, for `diagnose`: all layers, gradients and parameters, and the step
 * that the optimizer would make, in one compiled program that changes no variable. Call it every few steps, always with
 * as many images; about 200 make shares of dead units trustworthy.
 *
 * ```ts
 * const examine = inspect.examiner(model, { optimizer });
 * const findings = inspect.diagnose(await examine(images, labels), { losses });
 * ```
 *
 * The model runs as in training (dropout drops, batch normalization takes the batch's statistics), so gradients and updates are
 * exactly those of a training step on this batch, as it would be made now.
 *
 * @throws ShapeError unless the model's output is `[N, classes]`
 */
export function examiner(model: Module, options: ExaminerOptions = {}): Examine {
  const { loss = crossEntropy, optimizer } = options;
  const { outputShape } = model;
  if (outputShape.length !== 1) {
    throw new ShapeError(
      `examiner: the model's output for one example is ${formatShape(outputShape)}, but must be that of a classifier, [classes]`,
    );
  }
  const rows = new Map(model.describe().map(({ path, kind }) => [path, kind]));
  const names = new Map([...model.variables()].map(([name, variable]) => [variable, name]));
  const parameters = model.parameters();
  let paths: readonly string[] = [];
  const measure = compile(
    (images: Tensor, labels: Tensor) => {
      const outputs = new Map<string, Tensor>();
      const { logits } = recordAssignments(() => ({
        logits: model.forward(images, {
          training: true,
          onOutput: (path, output) => {
            // A module that runs several times counts where it ran last.
            outputs.delete(path);
            if (rows.has(path) && output.dtype === "float32" && output.size > 0) outputs.set(path, output);
          },
        }),
      })).result;
      const value = loss(logits, labels);
      const moved = [...new Set([...parameters, ...(optimizer?.parameters ?? [])])];
      const tensors = [...outputs.values()];
      const gradients = grad(value, [...tensors, ...moved.map((parameter) => parameter.value)]);
      const gradientOf = new Map(moved.map((parameter, i) => [parameter, gradients[tensors.length + i]!]));
      const updated = optimizer === undefined ? undefined : updatedBy(optimizer, gradientOf);
      paths = [...outputs.keys()];
      const predicted = logits.argmax(1);
      return {
        imagesFinite: images.isFinite().not().sum(),
        loss: value,
        accuracy: predicted.equal(labels).cast("float32").mean(),
        commonestPrediction: oneHot(predicted, logits.shape[1]!).mean(0).max(),
        layers: tensors.map((output, i) => layerFigures(rows.get(paths[i]!)!, output, gradients[i]!)),
        parameters: parameters.map((parameter) =>
          parameterFigures(parameter.value, gradientOf.get(parameter)!, updated?.get(parameter)),
        ),
      };
    },
    { name: "examine" },
  );
  return async (images, labels) => {
    const figures = measure(images, labels);
    const [imagesFinite, value, accuracy, commonestPrediction] = await Promise.all([
      figures.imagesFinite.item(),
      figures.loss.item(),
      figures.accuracy.item(),
      figures.commonestPrediction.item(),
    ]);
    const { layers, parameters: measured } = figures;
    return {
      examples: images.shape[0]!,
      classes: outputShape[0]!,
      imagesFinite: imagesFinite === 0,
      loss: finite(value),
      accuracy,
      commonestPrediction,
      layers: await Promise.all(layers.map((layer, i) => layerOf(paths[i]!, rows.get(paths[i]!)!, layer))),
      parameters: await Promise.all(
        measured.map((figure, i) => parameterOf(names.get(parameters[i]!)!, parameters[i]!, figure)),
      ),
    };
  };
}

/** What the parameters would be after a step. The step is built and not made: its assignments are taken from it. */
function updatedBy(
  optimizer: Optimizer,
  gradients: ReadonlyMap<Variable, Tensor>,
): ReadonlyMap<Variable, Tensor> {
  const { assignments } = recordAssignments(() =>
    optimizer.step(optimizer.parameters.map((parameter) => gradients.get(parameter)!)),
  );
  return new Map([...assignments].map(([variable, node]) => [variable, new Tensor(node)]));
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** Reads figures: those that are there and finite. */
async function read<K extends string>(figures: { readonly [Name in K]: Tensor | undefined }) {
  const entries = Object.entries<Tensor | undefined>(figures);
  const values = await Promise.all(
    entries.map(async ([name, figure]) => [name, figure === undefined ? null : finite(await figure.item())]),
  );
  return Object.fromEntries(values) as { readonly [Name in K]: number | null };
}

async function layerOf(path: string, kind: string, figures: LayerFigures): Promise<LayerExamination> {
  const { units, notFinite, ...rest } = await read(figures);
  return { path, kind, units: units ?? 0, finite: notFinite === 0, ...rest };
}

async function parameterOf(
  name: string,
  { shape }: Variable,
  figures: ParameterFigures,
): Promise<ParameterExamination> {
  const { norm, gradientNorm, change, difference, gradientDifference } = await read(figures);
  /** Nothing differs in a matrix of zeros. */
  const share = (part: number | null, whole: number | null) =>
    part === null || whole === null ? null : whole === 0 ? 0 : part / whole;
  return {
    name,
    layer: name.slice(0, Math.max(0, name.lastIndexOf("."))),
    shape,
    norm,
    gradientNorm,
    updateRatio: norm === 0 ? null : share(change, norm),
    unitDifference: share(difference, norm),
    gradientUnitDifference: share(gradientDifference, gradientNorm),
  };
}
