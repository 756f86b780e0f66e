import { formatShape, ShapeError } from "../shape/shape.js";
import { concatenate, tensor } from "../tensor/creation.js";
import type { Tensor } from "../tensor/tensor.js";
import type { ForwardOptions, Module } from "./module.js";

/** A node of a binary tree: a leaf, or one with two children. Whatever else it holds is the user's. */
export interface TreeNode<Self> {
  readonly children?: readonly [left: Self, right: Self] | undefined;
}

/** Trees laid out for `recurse`: all their nodes in rows, by height. */
export interface Forest<Node> {
  /** The node of each row: leaves first, then those of height 1, 2, ...; undefined where a row is spare. */
  readonly nodes: readonly (Node | undefined)[];
  /** How many of the rows are for leaves. */
  readonly leaves: number;
  /** For each height from 1 on, int32 `[rows of this height, 2]`: the rows of the left and right child, -1 in spare rows. */
  readonly levels: readonly Tensor[];
  /** The row of each tree's root. */
  readonly roots: readonly number[];
}

/** Heights are rounded up to a multiple of this. */
const heightStep = 4;

/**
 * Lays out binary trees of any shape so that all nodes of one height, of all trees, are computed at once.
 *
 * Spare rows make few shapes of many, for each shape is a program of its own. Leaves get a power of two of rows, T, and the
 * number of levels is a multiple of 4. Level h gets `floor(T / (h + 1))` rows, and never fewer than 1: enough for any trees of T
 * leaves, because a node of height h stands over at least h + 1 leaves, and two nodes of one height never stand over the same leaf.
 *
 * @throws ShapeError if there are no trees
 */
export function packTrees<Node extends TreeNode<Node>>(trees: readonly Node[]): Forest<Node> {
  if (trees.length === 0) throw new ShapeError("packTrees: there are no trees");
  const byHeight: Node[][] = [[]];
  const place = (node: Node): number => {
    const height = node.children ? 1 + Math.max(...node.children.map(place)) : 0;
    byHeight[height] ??= [];
    byHeight[height].push(node);
    return height;
  };
  trees.forEach(place);

  const leaves = 2 ** Math.ceil(Math.log2(byHeight[0]!.length));
  const heights = Math.ceil((byHeight.length - 1) / heightStep) * heightStep;
  const nodes: (Node | undefined)[] = [];
  const rows = new Map<Node, number>();
  const levels: Tensor[] = [];
  for (let height = 0; height <= heights; height++) {
    const here = byHeight[height] ?? [];
    const room = Math.max(1, Math.floor(leaves / (height + 1)));
    const children = new Int32Array(2 * room).fill(-1);
    for (const [i, node] of here.entries()) {
      rows.set(node, nodes.length + i);
      node.children?.forEach((child, side) => {
        children[2 * i + side] = rows.get(child)!;
      });
    }
    nodes.push(...here, ...new Array<undefined>(room - here.length).fill(undefined));
    if (height > 0) levels.push(tensor(children, { shape: [room, 2] }));
  }
  return { nodes, leaves, levels, roots: trees.map((tree) => rows.get(tree)!) };
}

/**
 * Recursive network over packed trees: the state of a node is `cell([left, right])`, the states of its children side by side.
 * All nodes of one height go through the cell as one batch.
 *
 * ```ts
 * const cell = nn.sequential([nn.dense(state), nn.tanh()]);
 * cell.build([2 * state]);
 * const forest = nn.packTrees(trees);
 * const states = nn.recurse(cell, leafStates, forest.levels);   // row i belongs to forest.nodes[i]
 * ```
 *
 * Source: Socher et al., "Recursive deep models for semantic compositionality over a sentiment treebank", 2013, section 4.
 *
 * @param cell built for `[2 * state]`, with an output of `[state]`
 * @param leaves states of the leaves' rows, `[T, state]`
 * @param levels as `packTrees` gives them; arguments of a compiled function
 * @returns states of all rows, `[rows, state]`; those of spare rows mean nothing
 * @throws ShapeError if the cell does not turn two states into one
 */
export function recurse(
  cell: Module,
  leaves: Tensor,
  levels: readonly Tensor[],
  options: ForwardOptions = {},
): Tensor {
  let states = leaves;
  for (const children of levels) {
    const pairs = states.gather(children).reshape([children.shape[0]!, -1]);
    const parents = cell.forward(pairs, options);
    if (parents.rank !== 2 || parents.shape[1] !== leaves.shape[1]) {
      throw new ShapeError(
        `recurse: the cell makes ${formatShape(parents.shape.slice(1))} of two states of ${formatShape(leaves.shape.slice(1))}; ` +
          "it must make a state of the same size",
      );
    }
    states = concatenate([states, parents]);
  }
  return states;
}
