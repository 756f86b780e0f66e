import type { Node } from "../graph/types.js";
import { formatShape, ShapeError, sizeOf } from "../shape/shape.js";
import { matmul } from "./contraction.js";
import { permute, reshape } from "./movement.js";
import { sum } from "./reduction.js";

/** A node with a letter for each axis. */
interface Labelled {
  readonly node: Node;
  readonly labels: string;
}

/**
 * Einstein summation, such as `einsum("bij,bjk->bik", a, b)`: products of the operands' elements, summed over every
 * letter that the result does not have. Without `->` the result has the letters that occur once, in alphabetical order.
 * Operands are contracted from left to right, each pair as one batched matrix product. A letter may not
 * occur twice in one operand (no traces or diagonals).
 */
export function einsum(equation: string, ...operands: readonly Node[]): Node {
  const { inputs, output } = parse(equation, operands);
  let result = inputs[0]!;
  for (let i = 1; i < inputs.length; i++) {
    const later =
      inputs
        .slice(i + 1)
        .map((input) => input.labels)
        .join("") + output;
    result = contract(result, inputs[i]!, later);
  }
  result = sumOut(result, output);
  return permute(
    result.node,
    [...output].map((label) => result.labels.indexOf(label)),
  );
}

function parse(equation: string, operands: readonly Node[]): { inputs: Labelled[]; output: string } {
  const fail = (reason: string): never => {
    throw new ShapeError(
      `einsum: "${equation}" with ${operands.map((x) => formatShape(x.shape)).join(", ")}: ${reason}`,
    );
  };
  const [left = "", right, ...rest] = equation.replace(/\s/g, "").split("->");
  const terms = left.split(",");
  if (rest.length > 0 || !/^[A-Za-z,]*$/.test(left) || !/^[A-Za-z]*$/.test(right ?? "")) {
    fail('it must read like "ij,jk->ik", with letters only');
  }
  if (operands.length === 0 || terms.length !== operands.length) {
    fail(`it names ${terms.length} operands, but there are ${operands.length}`);
  }
  const extents = new Map<string, number>();
  const inputs = terms.map((labels, i): Labelled => {
    const operand = operands[i]!;
    if (labels.length !== operand.shape.length) {
      fail(`"${labels}" names ${labels.length} axes, but operand ${i} has ${operand.shape.length}`);
    }
    [...labels].forEach((label, axis) => {
      if (labels.indexOf(label) !== axis) fail(`"${label}" occurs twice in "${labels}"`);
      const extent = operand.shape[axis]!;
      const known = extents.get(label) ?? extent;
      if (known !== extent) fail(`"${label}" is ${known} in one operand and ${extent} in operand ${i}`);
      extents.set(label, extent);
    });
    return { node: operand, labels };
  });
  const all = terms.join("");
  const once = [...extents.keys()].filter((label) => all.indexOf(label) === all.lastIndexOf(label)).sort();
  const output = right ?? once.join("");
  [...output].forEach((label, i) => {
    if (!extents.has(label)) fail(`the result's "${label}" is in no operand`);
    if (output.indexOf(label) !== i) fail(`"${label}" occurs twice in the result`);
  });
  return { inputs, output };
}

/** Sums over the axes whose letters are not in `keep`. */
function sumOut({ node, labels }: Labelled, keep: string): Labelled {
  const axes = [...labels].flatMap((label, axis) => (keep.includes(label) ? [] : [axis]));
  return { node: sum(node, axes), labels: [...labels].filter((label) => keep.includes(label)).join("") };
}

/** The product of two operands, summed over their common letters that nothing later needs. */
function contract(first: Labelled, second: Labelled, later: string): Labelled {
  const a = sumOut(first, second.labels + later);
  const b = sumOut(second, first.labels + later);
  const shared = [...a.labels].filter((label) => b.labels.includes(label));
  const batch = shared.filter((label) => later.includes(label));
  const inner = shared.filter((label) => !later.includes(label));
  const rows = [...a.labels].filter((label) => !b.labels.includes(label));
  const columns = [...b.labels].filter((label) => !a.labels.includes(label));
  const extentsOf = (labels: readonly string[]) =>
    labels.map((label) =>
      a.labels.includes(label)
        ? a.node.shape[a.labels.indexOf(label)]!
        : b.node.shape[b.labels.indexOf(label)]!,
    );
  const arrange = (x: Labelled, groups: readonly (readonly string[])[]): Node => {
    const order = [...batch, ...groups.flat()].map((label) => x.labels.indexOf(label));
    return reshape(permute(x.node, order), [
      ...extentsOf(batch),
      ...groups.map((group) => sizeOf(extentsOf(group))),
    ]);
  };
  const product = matmul(arrange(a, [rows, inner]), arrange(b, [inner, columns]));
  const labels = [...batch, ...rows, ...columns];
  return { node: reshape(product, extentsOf(labels)), labels: labels.join("") };
}
