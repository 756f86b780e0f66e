import type { Node, VariableCell } from "./types.js";

/** A new value for a variable, to be stored when the rest of the computation has run. */
export interface Update {
  readonly cell: VariableCell;
  readonly value: Node;
}

/** What a program computes: values to hand out, and variables to update. */
export interface Computation {
  readonly outputs: readonly Node[];
  readonly updates: readonly Update[];
}
