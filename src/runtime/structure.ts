import { Tensor } from "../tensor/tensor.js";

/** A tensor, or lists and records of such. */
export type Structure = Tensor | readonly Structure[] | { readonly [name: string]: Structure } | undefined;

/** The tensors of a structure in order, each with its path: `h`, `layers.0`; empty for a tensor alone. */
export function entriesOf(
  structure: Structure | void,
  describe: (type: string) => string,
  path = "",
): [path: string, tensor: Tensor][] {
  if (structure === undefined) return [];
  if (structure instanceof Tensor) return [[path, structure]];
  if (typeof structure !== "object" || structure === null) throw new TypeError(describe(typeof structure));
  return Object.entries(structure).flatMap(([key, part]: [string, Structure]) =>
    entriesOf(part, describe, path === "" ? key : `${path}.${key}`),
  );
}

/** The same structure with its n-th tensor replaced by `make(n)`. */
export function rebuild(structure: Structure | void, make: (index: number) => Tensor): Structure {
  let next = 0;
  const walk = (part: Structure | void): Structure => {
    if (part === undefined) return undefined;
    if (part instanceof Tensor) return make(next++);
    if (Array.isArray(part)) return part.map((entry: Structure) => walk(entry));
    return Object.fromEntries(Object.entries(part).map(([key, entry]) => [key, walk(entry as Structure)]));
  };
  return walk(structure);
}
