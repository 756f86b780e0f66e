import { type OptimizerName, optimizers } from "./optimizers.js";

/** An optimizer in a race. */
export interface Entry {
  readonly optimizer: OptimizerName;
  readonly learningRate: number;
}

/** `sgd:0.1,adam:0.01` */
export const entriesText = (entries: readonly Entry[]): string =>
  entries.map(({ optimizer, learningRate }) => `${optimizer}:${learningRate}`).join(",") || "none";

/** @returns undefined if that is no list of entries */
export function readEntries(text: string): Entry[] | undefined {
  if (text === "none") return [];
  const entries = text.split(",").map((part) => {
    const [optimizer = "", rate = ""] = part.split(":");
    return { optimizer: optimizer as OptimizerName, learningRate: rate === "" ? Number.NaN : Number(rate) };
  });
  const good = entries.every(
    ({ optimizer, learningRate }) =>
      Object.hasOwn(optimizers, optimizer) && learningRate >= 0 && learningRate < Number.POSITIVE_INFINITY,
  );
  const names = new Set(entries.map(({ optimizer }) => optimizer));
  return good && names.size === entries.length ? entries : undefined;
}
