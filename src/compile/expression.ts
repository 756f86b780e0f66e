import type { Affine, Expression, View } from "./kernel.js";

/** Rebuilds an expression, mapping its leaves; sharing between sub-expressions survives. */
export function mapExpression(
  root: Expression,
  leaf: (expression: Exclude<Expression, { kind: "apply" }>) => Expression,
  known: Map<Expression, Expression> = new Map(),
): Expression {
  const visit = (expression: Expression): Expression => {
    let result = known.get(expression);
    if (result === undefined) {
      result =
        expression.kind === "apply"
          ? { ...expression, inputs: expression.inputs.map(visit) }
          : leaf(expression);
      known.set(expression, result);
    }
    return result;
  };
  return visit(root);
}

/** Applies `change` to every affine form in an expression. */
export function mapAffine<T extends Expression>(
  root: T,
  change: <A extends Affine>(affine: A) => A,
  known?: Map<Expression, Expression>,
): Expression {
  return mapExpression(
    root,
    (leaf) => {
      switch (leaf.kind) {
        case "load":
          return { ...leaf, view: change<View>(leaf.view) };
        case "index":
          return { ...leaf, index: change(leaf.index) };
        case "random":
          return { ...leaf, index: change(leaf.index), key: change<View>(leaf.key) };
        default:
          return leaf;
      }
    },
    known,
  );
}

/** Calls `visit` once for every distinct sub-expression, operands first. */
export function forEachExpression(
  roots: Iterable<Expression>,
  visit: (expression: Expression) => void,
): void {
  const seen = new Set<Expression>();
  const walk = (expression: Expression): void => {
    if (seen.has(expression)) return;
    seen.add(expression);
    if (expression.kind === "apply") expression.inputs.forEach(walk);
    visit(expression);
  };
  for (const root of roots) walk(root);
}

/**
 * Merges each group of neighbouring loops into one loop. Possible for an affine form when, within a group, each stride is
 * the next one's times the next extent (loops of extent 1 do not matter); undefined otherwise.
 */
export function collapseAffine(
  affine: Affine,
  extents: readonly number[],
  groups: readonly (readonly number[])[],
): Affine | undefined {
  const strides: number[] = [];
  for (const group of groups) {
    const loops = group.filter((loop) => extents[loop] !== 1);
    for (let i = 0; i + 1 < loops.length; i++) {
      if (affine.strides[loops[i]!] !== affine.strides[loops[i + 1]!]! * extents[loops[i + 1]!]!)
        return undefined;
    }
    const last = loops.at(-1);
    strides.push(last === undefined ? 0 : affine.strides[last]!);
  }
  return { offset: affine.offset, strides };
}

/** As `collapseAffine`, for all affine forms of an expression. */
export function collapseExpression(
  root: Expression,
  extents: readonly number[],
  groups: readonly (readonly number[])[],
): Expression | undefined {
  let possible = true;
  const result = mapAffine(root, (affine) => {
    const collapsed = collapseAffine(affine, extents, groups);
    if (collapsed === undefined) {
      possible = false;
      return affine;
    }
    return { ...affine, ...collapsed };
  });
  return possible ? result : undefined;
}
