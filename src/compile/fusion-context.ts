import type { Loop } from "../graph/scan.js";
import type { Node, TensorType } from "../graph/types.js";
import type { WinogradLimit } from "./algorithms.js";
import type { Constraints, Grouping } from "./grouping.js";
import type { BufferId, View } from "./kernel.js";
import type { CompiledStep } from "./step.js";

/** What kernels need to know about where nodes live, and a way to ask for another grouping. */
export interface FusionContext {
  readonly grouping: Grouping;
  readonly constraints: Constraints;
  /** Copies of operands made so far, by what they copy. */
  readonly copies: Map<string, View>;
  /** The greatest tile that convolutions may use; see `WinogradLimit`. */
  readonly winograd: WinogradLimit;
  /** The buffer of a node that lives in memory. */
  bufferOf(node: Node): BufferId | undefined;
  /** A buffer that belongs to no node: an operand or a result in a layout of a kernel's own. */
  newBuffer(type: TensorType): BufferId;
  /** Asks that `node` be kept in the next attempt; the kernel being built will be thrown away. */
  requestKeep(node: Node): void;
  requestNoEpilogue(anchor: Node): void;
  /** The compiled body of a loop. */
  stepOf(loop: Loop): CompiledStep;
}
