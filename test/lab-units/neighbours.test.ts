import { describe, expect, it } from "vitest";
import { distancesFrom, nearest, vote } from "../../lab/src/worker/lenses/neighbours.js";

describe("neighbours", () => {
  it("are the nearest, in order, without the one itself; of equal ones the first", () => {
    const found = nearest([3, 1, 0, 1, 5, 0.5], 2, 3);
    expect(found).toEqual([
      { index: 5, distance: 0.5 },
      { index: 1, distance: 1 },
      { index: 3, distance: 1 },
    ]);
    expect(nearest([0, 2], 0, 5)).toEqual([{ index: 1, distance: 2 }]);
  });

  it("vote for the class that most have; when even, for that of the nearest", () => {
    const near = (...indices: number[]) => indices.map((index, i) => ({ index, distance: i }));
    const labels = [7, 8, 8, 7];
    expect(vote(near(0, 1, 2), labels)).toBe(8);
    expect(vote(near(0, 1), labels)).toBe(7);
    expect(vote(near(1, 0, 3, 2), labels)).toBe(8);
  });

  it("are measured in the plane", () => {
    expect([...distancesFrom([0, 0, 3, 4, -1, 0], 0)]).toEqual([0, 5, 1]);
  });
});
