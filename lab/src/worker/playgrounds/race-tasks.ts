import { type data, type Tensor, tensor } from "gradus";
import { DataSets } from "../data-sets.js";
import type { LayerSpec } from "./network.js";
import { type ClassPoint, classPoints } from "./point-sets.js";

/** What optimizers are raced on: examples with classes, and others that are held out. */
export interface Task {
  readonly inputs: number;
  readonly layers: readonly LayerSpec[];
  readonly classes: number;
  readonly count: number;
  batch(indices: ArrayLike<number>): { readonly x: Tensor; readonly labels: Tensor };
  readonly heldOut: { readonly x: Tensor; readonly labels: Tensor };
}

export const taskTitles = { digits: "digits", spirals: "three spirals" } as const;

export type TaskName = keyof typeof taskTitles;

export async function makeTask(name: TaskName, base: string): Promise<Task> {
  if (name === "spirals") return spirals();
  const { train, test } = await new DataSets(base).load("digits");
  return digits(train, test);
}

/** Points of three spirals; held out are others of another draw. */
function spirals(): Task {
  const [points, others] = [classPoints("spirals", 1), classPoints("spirals", 2)];
  const batchOf = (rows: readonly ClassPoint[]) => ({
    x: tensor(Float32Array.from(rows.flatMap(({ x, y }) => [x, y])), { shape: [rows.length, 2] }),
    labels: tensor(Int32Array.from(rows, ({ label }) => label)),
  });
  return {
    inputs: 2,
    layers: [
      { units: 16, activation: "tanh" },
      { units: 16, activation: "tanh" },
    ],
    classes: 3,
    count: points.length,
    batch: (indices) => batchOf(Array.from(indices, (index) => points[index] as ClassPoint)),
    heldOut: batchOf(others),
  };
}

/** Digits of 28 x 28 pixels, for one hidden layer. */
function digits(train: data.LabelledImages, test: data.LabelledImages): Task {
  const size = train.height * train.width;
  const batchOf = (images: data.LabelledImages, indices: ArrayLike<number>) => {
    const rows = new Float32Array(indices.length * size);
    const labels = new Int32Array(indices.length);
    for (let i = 0; i < indices.length; i++) {
      const index = indices[i] as number;
      for (let pixel = 0; pixel < size; pixel++)
        rows[i * size + pixel] = (images.pixels[index * size + pixel] as number) / 255;
      labels[i] = images.labels[index] as number;
    }
    return { x: tensor(rows, { shape: [indices.length, size] }), labels: tensor(labels) };
  };
  const some = Array.from({ length: Math.min(300, test.count) }, (_, i) => i);
  return {
    inputs: size,
    layers: [{ units: 24, activation: "relu" }],
    classes: train.classes.length,
    count: train.count,
    batch: (indices) => batchOf(train, indices),
    heldOut: batchOf(test, some),
  };
}
