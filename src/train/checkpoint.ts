import { DataError } from "../data/errors.js";
import type { NamedArray } from "../data/named-array.js";
import type { Variable } from "../runtime/variable.js";
import { formatShape, sameShape } from "../shape/shape.js";

/** Variables by name. */
export type Variables = ReadonlyMap<string, Variable>;

/** All that a training needs to go on; `encodeCheckpoint` makes a file of it. */
export interface Checkpoint {
  /** Where it came from, for messages: usually a file. */
  readonly source: string;
  readonly tensors: ReadonlyMap<string, NamedArray>;
  /** What else is needed to go on: plain JSON. */
  readonly state: unknown;
}

/** Reads all variables, by `prefix` and name. */
export async function readVariables(variables: Variables, prefix = ""): Promise<Map<string, NamedArray>> {
  const arrays = new Map<string, NamedArray>();
  for (const [name, variable] of variables) {
    arrays.set(prefix + name, { dtype: variable.dtype, shape: variable.shape, data: await variable.data() });
  }
  return arrays;
}

/** The name of the first array with an element that is infinite or not a number. */
export function firstNonFiniteArray(arrays: ReadonlyMap<string, NamedArray>): string | undefined {
  for (const [name, { dtype, data }] of arrays) {
    if (dtype === "float32" && !data.every(Number.isFinite)) return name;
  }
  return undefined;
}

/**
 * Sets variables from a checkpoint's arrays `prefix + name`. Nothing is changed unless everything fits.
 * @throws DataError naming the first array that is missing, left over, or of another shape or type
 */
export function restoreVariables(checkpoint: Checkpoint, variables: Variables, prefix = ""): void {
  const { source, tensors } = checkpoint;
  const refuse = (problem: string): never => {
    throw new DataError(source, `is of another architecture: ${problem}`);
  };
  for (const [name, variable] of variables) {
    const found = tensors.get(prefix + name);
    const wanted = `${variable.dtype}${formatShape(variable.shape)}`;
    if (found === undefined) {
      refuse(`${prefix}${name} is missing; the model has it as ${wanted}`);
    } else if (!sameShape(found.shape, variable.shape) || found.dtype !== variable.dtype) {
      refuse(`${prefix}${name} is ${found.dtype}${formatShape(found.shape)}, but in the model ${wanted}`);
    }
  }
  for (const [name, { dtype, shape }] of tensors) {
    if (name.startsWith(prefix) && !variables.has(name.slice(prefix.length))) {
      refuse(`${name} ${dtype}${formatShape(shape)} is in the file, but not in the model`);
    }
  }
  for (const [name, variable] of variables) variable.write((tensors.get(prefix + name) as NamedArray).data);
}
