import type { Node, NodeOf, OpName } from "../../graph/types.js";
import type { Shape } from "../../shape/shape.js";
import { stridesOf } from "../../shape/shape.js";
import { indicesOf } from "./windows.js";

type Index = readonly number[];

/** Operations that compute nothing: each element of the result is one of an operand, or a filling. */
type Movement =
  | "reshape"
  | "permute"
  | "broadcast"
  | "pad"
  | "slice"
  | "flip"
  | "concatenate"
  | "stopGradient";

/** Where an element comes from. */
export type Whence =
  | { readonly operand: number; readonly index: Index }
  /** It is what lies around the operand. */
  | { readonly filling: number };

interface Rule<K extends OpName> {
  from(node: NodeOf<K>, index: Index): Whence;
  /** Where an element of an operand goes, as far as gradients come back from there. */
  to(node: NodeOf<K>, index: Index, operand: number): readonly Index[];
}

const rules: { readonly [K in Movement]: Rule<K> } = {
  reshape: {
    from: ({ inputs: [x], shape }, index) => ({ operand: 0, index: reshaped(index, shape, x!.shape) }),
    to: ({ inputs: [x], shape }, index) => [reshaped(index, x!.shape, shape)],
  },
  permute: {
    from: ({ attributes: { axes } }, index) => ({
      operand: 0,
      index: axes.map((_, axis) => index[axes.indexOf(axis)]!),
    }),
    to: ({ attributes: { axes } }, index) => [axes.map((axis) => index[axis]!)],
  },
  broadcast: {
    from: ({ inputs: [x] }, index) => ({
      operand: 0,
      index: index.map((at, axis) => (x!.shape[axis] === 1 ? 0 : at)),
    }),
    to({ inputs: [x], shape }, index) {
      const copies = shape.map((extent, axis) => (x!.shape[axis] === 1 ? extent : 1));
      return indicesOf(copies).map((copy) => copy.map((at, axis) => at + index[axis]!));
    },
  },
  pad: {
    from({ inputs: [x], attributes: { low, interior, value } }, index) {
      const inner = index.map((at, axis) => (at - low[axis]!) / (interior[axis]! + 1));
      const inside = inner.every((at, axis) => Number.isInteger(at) && at >= 0 && at < x!.shape[axis]!);
      return inside ? { operand: 0, index: inner } : { filling: value };
    },
    to: ({ attributes: { low, interior } }, index) => [
      index.map((at, axis) => low[axis]! + at * (interior[axis]! + 1)),
    ],
  },
  slice: {
    from: ({ attributes: { start, step } }, index) => ({
      operand: 0,
      index: index.map((at, axis) => start[axis]! + at * step[axis]!),
    }),
    to({ shape, attributes: { start, step } }, index) {
      const taken = index.map((at, axis) => (at - start[axis]!) / step[axis]!);
      return taken.every((at, axis) => Number.isInteger(at) && at >= 0 && at < shape[axis]!) ? [taken] : [];
    },
  },
  flip: {
    from: (node, index) => ({ operand: 0, index: flipped(node, index) }),
    to: (node, index) => [flipped(node, index)],
  },
  concatenate: {
    from({ inputs, attributes: { axis } }, index) {
      let at = index[axis]!;
      const operand = inputs.findIndex(({ shape }) => {
        if (at < shape[axis]!) return true;
        at -= shape[axis]!;
        return false;
      });
      return { operand, index: index.with(axis, at) };
    },
    to({ inputs, attributes: { axis } }, index, operand) {
      const before = inputs.slice(0, operand).reduce((total, { shape }) => total + shape[axis]!, 0);
      return [index.with(axis, index[axis]! + before)];
    },
  },
  stopGradient: {
    from: (_, index) => ({ operand: 0, index }),
    to: () => [],
  },
};

function ruleOf<K extends OpName>({ op }: NodeOf<K>): Rule<K> | undefined {
  return (rules as Partial<{ readonly [P in K]: Rule<P> }>)[op];
}

export const isMovement = (node: Node): boolean => ruleOf(node) !== undefined;

/** Of a movement. */
export const cameFrom = (node: Node, index: Index): Whence => ruleOf(node)!.from(node, index);

/** Of a movement. */
export const wentTo = (node: Node, index: Index, operand: number): readonly Index[] =>
  ruleOf(node)!.to(node, index, operand);

/** The index of the same element after its array was given another shape. */
export function reshaped(index: Index, from: Shape, to: Shape): number[] {
  const strides = stridesOf(from);
  const position = index.reduce((offset, at, axis) => offset + at * strides[axis]!, 0);
  return stridesOf(to).map((stride, axis) => Math.floor(position / stride) % to[axis]!);
}

function flipped({ shape, attributes: { axes } }: NodeOf<"flip">, index: Index): Index {
  return index.map((at, axis) => (axes.includes(axis) ? shape[axis]! - 1 - at : at));
}
