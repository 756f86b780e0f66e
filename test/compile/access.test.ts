import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/backends/reference/evaluate.js";
import {
  type Coordinates,
  contiguousIn,
  delinearize,
  identityCoordinates,
  linearize,
  throughMovement,
} from "../../src/compile/access.js";
import type { Affine } from "../../src/compile/kernel.js";
import type { Node } from "../../src/graph/types.js";
import { sizeOf, stridesOf } from "../../src/shape/shape.js";
import * as e from "../../src/tensor/elementwise.js";
import * as m from "../../src/tensor/movement.js";
import { input, Random } from "./support.js";

/** All counters of loops, row-major. */
function* counters(extents: readonly number[]): Generator<number[]> {
  const strides = stridesOf(extents);
  for (let i = 0; i < sizeOf(extents); i++)
    yield extents.map((extent, d) => Math.floor(i / strides[d]!) % extent);
}

const at = ({ offset, strides }: Affine, point: readonly number[]) =>
  strides.reduce((sum, stride, d) => sum + stride * point[d]!, offset);

describe("delinearize", () => {
  test("finds coordinates in range that give the same position, at every point of the loops", () => {
    let found = 0;
    for (let seed = 1; seed <= 3000; seed++) {
      const random = new Random(seed);
      const shape = Array.from({ length: random.integer(1, 4) }, () => random.integer(1, 4));
      const extents = Array.from({ length: random.integer(1, 3) }, () => random.integer(1, 4));
      const rowMajor = stridesOf(shape);
      const linear = {
        offset: random.chance(0.5) ? 0 : random.integer(0, sizeOf(shape) - 1),
        strides: extents.map(() => random.pick([0, 1, 2, ...rowMajor, random.integer(0, 12)])),
      };
      const result = delinearize(linear, shape, extents);
      if (result === undefined) continue;
      found++;
      for (const point of counters(extents)) {
        const position = result.reduce((sum, affine, axis) => {
          const coordinate = at(affine, point);
          expect(coordinate, `seed ${seed}`).toBeGreaterThanOrEqual(0);
          expect(coordinate, `seed ${seed}`).toBeLessThan(shape[axis]!);
          return sum + coordinate * rowMajor[axis]!;
        }, 0);
        expect(position, `seed ${seed}`).toBe(at(linear, point));
      }
    }
    expect(found).toBeGreaterThan(500);
  });

  test("undoes linearize for loops over the axes themselves", () => {
    for (const shape of [[2, 3, 4], [1, 5, 1, 2], [7], []]) {
      const coordinates = identityCoordinates(shape.length);
      const back = delinearize(linearize(coordinates, shape, shape.length), shape, shape)!;
      back.forEach((affine, axis) => {
        if (shape[axis]! > 1) expect(affine).toEqual(coordinates[axis]);
        else expect(affine.strides.every((stride) => stride === 0)).toBe(true);
      });
    }
  });

  test("gives up where a loop would have to be split", () => {
    // A loop over 6 elements of a [2, 3] array crosses the rows.
    expect(delinearize({ offset: 0, strides: [1] }, [2, 3], [6])).toBeUndefined();
    expect(delinearize({ offset: 1, strides: [1] }, [2, 3], [3])).toBeUndefined();
    expect(delinearize({ offset: 5, strides: [-1] }, [2, 3], [6])).toBeUndefined();
    expect(delinearize({ offset: 3, strides: [1] }, [2, 3], [3])).toEqual([
      { offset: 1, strides: [0] },
      { offset: 0, strides: [1] },
    ]);
  });
});

test("chains of movement read the same elements as the reference", () => {
  let complete = 0;
  for (let seed = 1; seed <= 400; seed++) {
    const random = new Random(seed);
    const leaf = input(Array.from({ length: random.integer(1, 3) }, () => random.integer(1, 4)));
    let root: Node = leaf;
    for (let n = random.integer(1, 4); n > 0; n--) root = move(root, random);
    let node = root;
    let coordinates: Coordinates | undefined = identityCoordinates(root.shape.length);
    while (node !== leaf && coordinates !== undefined) {
      coordinates = throughMovement(node, coordinates, root.shape);
      node = node.inputs[0]!;
    }
    if (coordinates === undefined) continue;
    complete++;
    const positions = Float64Array.from({ length: sizeOf(leaf.shape) }, (_, i) => i);
    const [expected] = evaluate([root], () => positions);
    const affine = linearize(coordinates, leaf.shape, root.shape.length);
    expect(
      [...counters(root.shape)].map((point) => at(affine, point)),
      `seed ${seed}`,
    ).toEqual(Array.from(expected!));
  }
  expect(complete).toBeGreaterThan(200);
});

function move(x: Node, random: Random): Node {
  const { shape } = x;
  const axes = shape.map((_, axis) => axis);
  switch (random.integer(0, 5)) {
    case 0:
      return m.permute(x, random.shuffle(axes));
    case 1:
      return m.flip(
        x,
        axes.filter(() => random.chance(0.5)),
      );
    case 2:
      return m.broadcastTo(x, [2, ...shape]);
    case 3:
      return m.slice(
        x,
        shape.map((extent) => random.integer(0, extent - 1)),
        [...shape],
        shape.map(() => random.integer(1, 2)),
      );
    case 4:
      return m.reshape(x, [-1]);
    default:
      return m.expandDimensions(x, random.integer(0, shape.length));
  }
}

describe("contiguousIn", () => {
  const x = input([6, 4]);
  const find = (of: Node) => contiguousIn(of, (node) => (node === x ? 7 : undefined));

  test("finds reshaped parts along the first axis, and where they begin", () => {
    expect(find(x)).toEqual({ buffer: 7, offset: 0 });
    expect(find(m.reshape(x, [24]))).toEqual({ buffer: 7, offset: 0 });
    expect(find(m.slice(x, [2], [5]))).toEqual({ buffer: 7, offset: 8 });
    const part = m.slice(m.reshape(m.slice(x, [2]), [8, 2]), [3], [5]);
    expect(find(m.reshape(part, [4]))).toEqual({ buffer: 7, offset: 8 + 6 });
  });

  test("and nothing else", () => {
    const others = [
      m.slice(x, [0, 1]),
      m.slice(x, [0], [6], [2]),
      m.transpose(x),
      m.flip(x, 0),
      e.exp(x),
      input([6, 4]),
    ];
    for (const other of others) expect(find(other)).toBeUndefined();
  });
});
