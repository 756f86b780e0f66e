import type { Node, TensorType } from "../graph/types.js";
import type { Constraints, Grouping } from "./grouping.js";
import type { BufferId } from "./kernel.js";

/** What kernels need to know about where nodes live, and a way to ask for another grouping. */
export interface FusionContext {
  readonly grouping: Grouping;
  readonly constraints: Constraints;
  /** The buffer of a node that lives in memory. */
  bufferOf(node: Node): BufferId | undefined;
  /** A buffer that belongs to no node: an operand or a result in a layout of a kernel's own. */
  newBuffer(type: TensorType): BufferId;
  /** Asks that `node` be kept in the next attempt; the kernel being built will be thrown away. */
  requestKeep(node: Node): void;
  requestNoEpilogue(anchor: Node): void;
}
