/**
 * Small dense problems in float64, one number after the other: what depends on itself step by step, and is too small to be
 * worth a program. Matrices are arrays of columns.
 */
export type Columns = readonly Float64Array[];

/**
 * Columns of length 1 at right angles that span what `columns` span, by Gram-Schmidt, done twice so that nothing is left
 * over. A column that the earlier ones span already is replaced by what `spare` gives.
 */
export function orthonormal(columns: Columns, spare: () => Float64Array): Float64Array[] {
  const done: Float64Array[] = [];
  for (const column of columns) {
    let next = column;
    let rest = withoutParts(next, done);
    while (!(rest.norm > 1e-6 * rest.before)) {
      next = spare();
      rest = withoutParts(next, done);
    }
    const again = withoutParts(rest.vector, done);
    done.push(again.vector.map((value) => value / again.norm));
  }
  return done;
}

/** What is left of a vector after taking away its part along each of the directions; its length before and after. */
function withoutParts(vector: Float64Array, directions: Columns) {
  const rest = vector.slice();
  for (const direction of directions) {
    const part = dot(rest, direction);
    for (let i = 0; i < rest.length; i++) rest[i]! -= part * direction[i]!;
  }
  return { vector: rest, norm: Math.sqrt(dot(rest, rest)), before: Math.sqrt(dot(vector, vector)) };
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/**
 * Eigenvalues of a symmetric matrix, the greatest first, and its eigenvectors, by cyclic Jacobi rotations.
 *
 * Source: Golub and Van Loan, "Matrix computations", 2013, section 8.5.
 */
export function symmetricEigen(matrix: Columns): { values: number[]; vectors: Float64Array[] } {
  const size = matrix.length;
  const a = matrix.map((column) => column.slice());
  const v = matrix.map((_, i) => Float64Array.from({ length: size }, (__, j) => (i === j ? 1 : 0)));
  const total = a.reduce((sum, column) => sum + dot(column, column), 0);
  for (let sweep = 0; sweep < 60; sweep++) {
    const outside = a.flatMap((column, i) => [...column.subarray(i + 1)]);
    if (outside.every((value) => value ** 2 <= 1e-32 * total)) break;
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) rotate(a, v, p, q);
    }
  }
  const order = a.map((_, i) => i).sort((i, j) => a[j]![j]! - a[i]![i]!);
  return { values: order.map((i) => a[i]![i]!), vectors: order.map((i) => v[i]!) };
}

/** Turns the axes p and q so that `a[p][q]` becomes 0. */
function rotate(a: Float64Array[], v: Float64Array[], p: number, q: number): void {
  const [ap, aq] = [a[p]!, a[q]!];
  const between = aq[p]!;
  if (between === 0) return;
  const theta = (aq[q]! - ap[p]!) / (2 * between);
  const tangent = Math.sign(theta || 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const cosine = 1 / Math.hypot(tangent, 1);
  const sine = tangent * cosine;
  const turn = (x: Float64Array, y: Float64Array) => {
    for (let i = 0; i < x.length; i++) {
      const [left, right] = [x[i]!, y[i]!];
      x[i] = cosine * left - sine * right;
      y[i] = sine * left + cosine * right;
    }
  };
  turn(ap, aq);
  turn(v[p]!, v[q]!);
  for (const column of a) {
    const [left, right] = [column[p]!, column[q]!];
    column[p] = cosine * left - sine * right;
    column[q] = sine * left + cosine * right;
  }
}
