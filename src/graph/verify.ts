import { formatShape, sameShape } from "../shape/shape.js";
import { inferType } from "./build.js";
import { ops } from "./ops.js";
import { printNode } from "./print.js";
import { bodyOf, scanParameters } from "./scan.js";
import type { Node, NodeOf, TensorType } from "./types.js";
import { topological } from "./walk.js";

/** Thrown when a graph is not well formed: a mistake of the pass that made it, never of a user. */
export class VerificationError extends Error {
  override readonly name = "VerificationError";
}

/**
 * Checks every node that `roots` depend on: its operation is known, its operands exist, its attributes are accepted, and its
 * type is what its operation infers. Runs between passes, always in tests.
 * @param pass what made the graph, for the message
 */
export function verify(roots: readonly Node[], pass = "building"): void {
  for (const [position, root] of roots.entries()) {
    if (root === undefined) throw new VerificationError(`after ${pass}: root ${position} does not exist`);
  }
  for (const node of topological(roots)) {
    const reason = fault(node);
    if (reason === undefined) {
      if (node.op === "scan") verify(bodyOf(node.attributes), pass);
      continue;
    }
    const layer = node.origin?.layer ? ` in layer ${node.origin.layer}` : "";
    throw new VerificationError(
      `after ${pass}: node ${node.id}, ${printNode(node, nameOf)}${layer}: ${reason}`,
    );
  }
}

// Written for graphs that are not as their types say, so it looks at what cannot be missing.
function nameOf(operand: Node | undefined): string {
  return operand === undefined ? "missing" : `#${operand.id}`;
}

function fault(node: Node): string | undefined {
  if (!Object.hasOwn(ops, node.op)) return "there is no such operation";
  if (node.origin === undefined) return "it has no origin";
  if (node.inputs.some((input) => input === undefined)) return "an operand does not exist";
  let type: TensorType;
  try {
    type = inferType(node.op, node.inputs, node.attributes);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  if (type.dtype === node.dtype && sameShape(type.shape, node.shape)) {
    return node.op === "scan" ? faultOfBody(node) : undefined;
  }
  return `it says ${node.dtype}${formatShape(node.shape)}, but its operation gives ${type.dtype}${formatShape(type.shape)}`;
}

/** Bodies are closed: of leaves that lie in memory they have only the parameters of their own loop. */
function faultOfBody({ inputs, attributes }: NodeOf<"scan">): string | undefined {
  const parameters = new Set(scanParameters(inputs, attributes));
  const stranger = topological(bodyOf(attributes)).find(
    (leaf) => ops[leaf.op]?.traits.stored === true && !parameters.has(leaf),
  );
  return stranger && `its body reads ${printNode(stranger, nameOf)}, which is no parameter of the loop`;
}
