import type { Kernel, PlainKernel } from "../../../compile/kernel.js";
import type { KernelContext } from "./context.js";

/** What the backend knows about a kind of kernels. */
export interface KernelRow<K extends Kernel> {
  emit(kernel: K, context: KernelContext): void;
  /** Too little work to share. */
  serial(kernel: K): boolean;
}

export type KernelTable = {
  readonly [K in PlainKernel["kind"]]: KernelRow<Extract<Kernel, { kind: K }>>;
};
