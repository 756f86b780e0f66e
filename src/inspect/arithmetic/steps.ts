import type { Node } from "../../graph/types.js";
import type { Module } from "../../nn/module.js";
import type { Tensor } from "../../tensor/tensor.js";
import type { NodeFunction } from "./node-functions.js";

/** A tensor that is read: the images, what a layer or an operation gives, a variable. */
export interface Source {
  readonly kind: "input" | "activation" | "weight";
  readonly path: string;
}

/** A layer as one step. */
export interface LayerStep {
  readonly path: string;
  readonly inputs: readonly Source[];
  readonly module: Module;
}

/** An operation of the graph, inside of a module whose own code it is: a sum of two branches, say. */
export interface NodeStep {
  readonly path: string;
  readonly inputs: readonly Source[];
  readonly node: Node;
  /** What `inputs` stand for. */
  readonly reads: readonly Node[];
  /** Of the operation, or the one argument of the function that it is. */
  readonly operands: readonly Node[];
  readonly function: NodeFunction | undefined;
  /** What the module itself reads. */
  readonly entry: Node | undefined;
  /** All nodes that have addresses. */
  readonly sources: ReadonlyMap<Node, Source>;
}

export type Step = LayerStep | NodeStep;

/** A module's output in a run. */
export interface Call {
  readonly path: string;
  readonly module: Module;
  readonly output: Tensor;
}

export interface Layout {
  /** By path, in order. */
  readonly steps: ReadonlyMap<string, Step>;
  /** Modules that do no more than pass on a number that is known by another name. */
  readonly same: ReadonlyMap<string, Source>;
  readonly modules: ReadonlyMap<string, Module>;
  readonly output: Source;
  /** All tensors but the images, in the order in which they are computed, modules that pass one on behind it. */
  readonly tensors: readonly { readonly source: Source; readonly node: Node }[];
}
