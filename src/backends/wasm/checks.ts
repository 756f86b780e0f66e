import { verify } from "../../graph/verify.js";
import { OperandCheck } from "./assembler/operand-check.js";

/** Checks of the compiler's own work. Passed in where they are wanted, in tests, so that pages do not load them. */
export interface Checks {
  /** The operand types of every instruction, when it is emitted. */
  readonly operands: typeof OperandCheck;
  /** The graph, after every pass. */
  readonly graph: typeof verify;
}

export const checks: Checks = { operands: OperandCheck, graph: verify };
