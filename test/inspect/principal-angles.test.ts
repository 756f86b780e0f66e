import { describe, expect, it } from "vitest";
import { principalAngles } from "../../src/inspect/principal-angles.js";
import { RandomStream } from "../../src/random/stream.js";
import { tensor, zeros } from "../../src/tensor/creation.js";
import { expectClose } from "../support/close.js";
import "../../src/runtime/realize.js";

const stream = new RandomStream(3);
const random = (rows: number, columns: number) =>
  tensor(
    Float32Array.from({ length: rows * columns }, () => stream.normal()),
    { shape: [rows, columns] },
  );

describe("principalAngles", () => {
  it("gives the angles by which planes were turned, whatever their bases and their order", async () => {
    // In 5 dimensions: the plane of axes 0 and 1 against one turned by 0.3 towards axis 2 and by 1.1 towards axis 3.
    const turned = [
      [Math.cos(0.3), 0, Math.sin(0.3), 0, 0],
      [0, Math.cos(1.1), 0, Math.sin(1.1), 0],
    ];
    const mixed = tensor([[2, 1], [-1, 3]]).matmul(tensor(turned)); // biome-ignore format: a matrix
    const plane = tensor([[1, 1, 0, 0, 0], [1, -1, 0, 0, 0]]); // biome-ignore format: a matrix
    expectClose(await principalAngles(plane, mixed), [0.3, 1.1], 1e-6);
    expectClose(await principalAngles(mixed, plane), [0.3, 1.1], 1e-6);
  });

  it("is zero for subspaces of a subspace, and a right angle where nothing is common", async () => {
    const space = random(4, 9);
    const within = random(2, 4).matmul(space);
    // Near 0 the cosine is flat: of a rounding of 1e-7, its root is left.
    for (const angle of await principalAngles(within, space)) expect(angle).toBeLessThan(1e-3);
    const axes = tensor([[1, 0, 0, 0], [0, 1, 0, 0]]); // biome-ignore format: a matrix
    const others = tensor([[0, 0, 1, 1]]);
    expectClose(await principalAngles(axes, others), [Math.PI / 2], 1e-12);
  });

  it("refuses what does not fit", async () => {
    await expect(principalAngles(zeros([2, 3]), zeros([2, 4]))).rejects.toThrow(
      "principalAngles: [2, 3] and [2, 4] must be [k, D] and [m, D]",
    );
    const twice = tensor([[1, 2, 3], [2, 4, 6]]); // biome-ignore format: a matrix
    await expect(principalAngles(twice, random(2, 3))).rejects.toThrow(
      "the rows of [2, 3] are not independent",
    );
  });
});
