import { describe, expect, it } from "vitest";
import { grad } from "../../src/autodiff/api.js";
import * as nn from "../../src/nn/index.js";
import { RandomStream } from "../../src/random/stream.js";
import { compile } from "../../src/runtime/compile.js";
import { concatenate, tensor, zeros } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import fixture from "../fixtures/trees.json" with { type: "json" };
import { expectClose } from "../support/close.js";
import { Stepper } from "../support/stepper.js";

/** A tree whose leaves are numbered. */
interface Tree extends nn.TreeNode<Tree> {
  readonly leaf?: number;
}

type Nested = number | readonly Nested[];

const treeOf = (nested: Nested): Tree =>
  typeof nested === "number" ? { leaf: nested } : { children: [treeOf(nested[0]!), treeOf(nested[1]!)] };

/** A random tree over the leaves `from ... to - 1`. */
function randomTree(from: number, to: number, stream: RandomStream): Tree {
  if (to - from === 1) return { leaf: from };
  const middle = from + 1 + stream.integer(to - from - 1);
  return { children: [randomTree(from, middle, stream), randomTree(middle, to, stream)] };
}

/** The leaves' states, in the order of a forest's rows. */
function leafRows(forest: nn.Forest<Tree>, states: Tensor): Tensor {
  const numbers = forest.nodes.slice(0, forest.leaves).map((node) => node?.leaf ?? -1);
  return states.gather(tensor(Int32Array.from(numbers)));
}

const cells: Record<string, () => nn.Module> = {
  plain: () => nn.sequential([nn.dense(3), nn.tanh()]),
  treeLstm: () => nn.treeLstm(3),
};

describe("recursive networks agree with PyTorch, which computes one node at a time", () => {
  it.each(fixture.cases)("$name", (expected) => {
    const { state } = expected;
    const cell = cells[expected.name]!();
    expect(cell.build([2 * state])).toEqual([state]);
    const stepper = new Stepper();
    const parameters = cell.parameters();
    const names = Object.keys(expected.parameters);
    expect(parameters.map(({ name }) => name.split(".").at(-1))).toEqual(names);
    parameters.forEach((parameter, i) => {
      stepper.set(parameter, Object.values<number[]>(expected.parameters)[i]!);
    });

    const forest = nn.packTrees(fixture.trees.map((tree) => treeOf(tree as Nested)));
    const leaves = tensor(Float64Array.from(expected.leaves), { shape: [16, state] });
    const [roots, leavesGradient, ...gradients] = stepper.run(() => {
      const all = nn.recurse(cell, leafRows(forest, leaves), forest.levels);
      expect(all.shape).toEqual([forest.nodes.length, state]);
      const roots = all.gather(tensor(Int32Array.from(forest.roots)));
      const cotangent = tensor(Float64Array.from(expected.cotangent), { shape: roots.shape });
      return [roots, ...grad(roots, [leaves, ...parameters.map(({ value }) => value)], { cotangent })];
    });
    expectClose(roots!, expected.roots, 1e-9, "roots");
    expectClose(leavesGradient!, expected.leavesGradient, 1e-9, "gradient of the leaves");
    Object.entries<number[]>(expected.gradients).forEach(([name, values], i) => {
      expectClose(gradients[i]!, values, 1e-9, `gradient of ${name}`);
    });
  });
});

it("packed trees give, at every node, what recursion over one tree at a time gives", async () => {
  const stream = new RandomStream(4);
  const sizes = [1, 2, 9, 30, 5, 1, 17];
  const trees: Tree[] = [];
  let count = 0;
  for (const size of sizes) {
    trees.push(randomTree(count, count + size, stream));
    count += size;
  }
  const cell = nn.treeLstm(4);
  cell.build([16], { seed: 2 });
  const leaves = tensor(
    Float32Array.from({ length: 8 * count }, () => stream.normal()),
    { shape: [count, 8] },
  );
  const forest = nn.packTrees(trees);
  const run = compile((rows: Tensor, ...levels: Tensor[]) => nn.recurse(cell, rows, levels));
  const packed = await run(leafRows(forest, leaves), ...forest.levels).data();

  const nodes = new Map<Tree, Tensor>();
  const visit = (tree: Tree): Tensor => {
    const state = tree.children
      ? cell.forward(concatenate(tree.children.map(visit), 1))
      : leaves.slice([tree.leaf!], [tree.leaf! + 1]);
    nodes.set(tree, state);
    return state;
  };
  trees.forEach(visit);
  const alone = await concatenate([...nodes.values()]).data();
  expect(forest.nodes.filter((node) => node)).toHaveLength(nodes.size);
  [...nodes.keys()].forEach((node, i) => {
    const row = forest.nodes.indexOf(node);
    expectClose(packed.subarray(8 * row, 8 * row + 8), alone.subarray(8 * i, 8 * i + 8), 1e-5, `node ${i}`);
  });
});

describe("packTrees", () => {
  const chain = (leaves: number): Tree =>
    leaves === 1 ? { leaf: 0 } : { children: [{ leaf: 0 }, chain(leaves - 1)] };

  it("puts every node on the row that its parent and the list of roots name, above its children", () => {
    const stream = new RandomStream(9);
    const trees = Array.from({ length: 40 }, () => randomTree(0, 1 + stream.integer(12), stream));
    const { nodes, levels, roots, leaves } = nn.packTrees(trees);
    expect(roots.map((row) => nodes[row])).toEqual(trees);
    const pairs: number[] = levels.flatMap(({ node }) =>
      node.op === "input" ? [...node.attributes.slot.data!] : [],
    );
    for (const [row, node] of nodes.entries()) {
      const rows = row < leaves ? undefined : pairs.slice(2 * (row - leaves), 2 * (row - leaves) + 2);
      expect(rows?.map((child) => nodes[child])).toEqual(rows && (node?.children ?? [undefined, undefined]));
      if (rows && !node) expect(rows).toEqual([-1, -1]);
      if (rows && node) expect(Math.max(...rows)).toBeLessThan(row);
      if (!rows) expect(node?.children).toBeUndefined();
    }
  });

  it("has few shapes, with room for trees of every form", () => {
    const shapes = (trees: readonly Tree[]) => {
      const { leaves, levels } = nn.packTrees(trees);
      return [leaves, ...levels.map(({ shape }) => shape[0])].join(" ");
    };
    const stream = new RandomStream(1);
    const batches = Array.from({ length: 50 }, () =>
      Array.from({ length: 16 }, () => randomTree(0, 5 + stream.integer(5), stream)),
    );
    expect(new Set(batches.map(shapes)).size).toBeLessThanOrEqual(3);
    expect(shapes([chain(5)])).toBe("8 4 2 2 1");
    expect(shapes([chain(1)])).toBe("1");
    // The bound is tight: chains of equal length fill their level.
    expect(nn.packTrees(Array.from({ length: 4 }, () => chain(4))).levels[2]!.shape).toEqual([4, 2]);
  });

  it("refuses an empty list", () => {
    expect(() => nn.packTrees([])).toThrow("packTrees: there are no trees");
  });
});

it("cells must fit", () => {
  expect(() => nn.treeLstm(4).build([8])).toThrow(
    "an example is [8], but must be [16]: hidden and memory of 4 units",
  );
  expect(() => nn.treeLstm(0)).toThrow("treeLstm: units is 0");
  const growing = nn.dense(5);
  growing.build([6]);
  const { levels } = nn.packTrees<Tree>([{ children: [{ leaf: 0 }, { leaf: 1 }] }]);
  expect(() => nn.recurse(growing, zeros([2, 3]), levels)).toThrow(
    "the cell makes [5] of two states of [3]; it must make a state of the same size",
  );
});

it("a Tree-LSTM remembers at first: its forget gates are open", () => {
  const cell = nn.treeLstm(2);
  cell.build([8]);
  expect([...new Stepper().get(cell.bias)]).toEqual([0, 0, 1, 1, 1, 1, 0, 0, 0, 0]);
  expect(cell.describe()[0]).toMatchObject({ parameters: 5 * 2 * 4 + 10, multiplyAdds: 40 });
});
