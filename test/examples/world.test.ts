import { describe, expect, it } from "vitest";
import { Replay } from "../../examples/kit/replay.js";
import { actions, eyes, radius, senseCount, size, World, walls } from "../../examples/kit/world.js";
import { worldPicture } from "../../examples/kit/world-picture.js";
import { RandomStream } from "../../src/random/stream.js";
import "../../src/runtime/realize.js";

/** A world whose agent stands where the test wants it, with these things about. */
function scene(items: World["items"], position = { x: 50, y: 250 }, angle = 0): World {
  const world = new World(1);
  world.items = items;
  world.position = position;
  world.angle = angle;
  return world;
}

describe("the world", () => {
  it("happens again with the same seed and actions, and otherwise differently", () => {
    const run = (seed: number) => {
      const world = new World(seed);
      const steps = Array.from({ length: 300 }, (_, i) => world.step((i * 7) % actions.length).reward);
      return JSON.stringify([steps, world.position, world.items]);
    };
    expect(run(5)).toBe(run(5));
    expect(run(5)).not.toBe(run(6));
  });

  it("keeps the agent in the room, on its side of each wall", () => {
    const stream = new RandomStream(2);
    let bumps = 0;
    const wrong: unknown[] = [];
    for (let seed = 0; seed < 5; seed++) {
      const world = new World(seed);
      for (let i = 0; i < 1000; i++) {
        const from = world.position;
        const { bumped } = world.step(stream.integer(actions.length));
        const { x, y } = world.position;
        if (bumped) bumps++;
        const inside = x > 10 && x < size.width - 10 && y > 10 && y < size.height - 10;
        // The upright walls of the chambers, at x = 300 and 600 between y = 100 and 400.
        const crossed = [300, 600].some((wall) => from.x < wall !== x < wall && Math.abs(y - 250) < 140);
        if (!inside || crossed || (bumped && world.position !== from))
          wrong.push({ seed, i, from, to: { x, y } });
      }
    }
    expect(wrong).toEqual([]);
    expect(bumps).toBeGreaterThan(100);
  });

  it("sees the nearest thing on each ray, at its distance", () => {
    const food = { x: 110, y: 250, kind: "food" } as const;
    const ahead = 60 - radius.item;
    const middle = eyes.angles.indexOf(0);
    expect(scene([food]).look()[middle]).toEqual({ kind: "food", distance: ahead });
    expect(scene([food, { x: 75, y: 250, kind: "poison" }]).look()[middle]).toEqual({
      kind: "poison",
      distance: 15,
    });
    const nothing = { kind: "nothing", distance: eyes.range };
    expect(scene([food], { x: 50, y: 250 }, Math.PI / 2).look()[middle]).toEqual(nothing);
    const wall = scene([], { x: 50, y: 250 }, Math.PI).look()[middle]!;
    expect(wall.kind).toBe("wall");
    expect(wall.distance).toBeCloseTo(40, 9);
    // Behind a wall, nothing is seen.
    const hidden = scene([{ x: 330, y: 250, kind: "food" }], { x: 280, y: 250 }).look()[middle]!;
    expect(hidden).toMatchObject({ kind: "wall" });
    expect(hidden.distance).toBeCloseTo(20, 9);

    const senses = scene([food]).senses();
    expect(senses).toHaveLength(senseCount);
    expect(senses[3 * middle + 1]).toBeCloseTo(1 - ahead / eyes.range, 6);
    expect(senses[3 * middle]).toBe(0);
    expect(senses[3 * middle + 2]).toBe(0);
  });

  it("rewards food, punishes poison and walls, and lets new items grow", () => {
    const food = { x: 70, y: 250, kind: "food" } as const;
    const poison = { x: 70, y: 255, kind: "poison" } as const;
    const far = { x: 600, y: 450, kind: "food" } as const;
    const world = scene([food, far]);
    const step = world.step(0);
    expect(step).toEqual({ reward: 1, eaten: [food], bumped: false });
    expect(world.items).toHaveLength(2);
    expect(world.items).toContain(far);
    expect(world.items).not.toContain(food);
    expect(scene([poison]).step(0).reward).toBe(-1);
    expect(scene([], { x: 15, y: 250 }, Math.PI).step(0)).toMatchObject({ bumped: true, reward: -0.5 });
    // Through a wall nothing is eaten.
    expect(scene([{ x: 308, y: 250, kind: "food" }], { x: 285, y: 250 }, Math.PI / 2).step(0).eaten).toEqual(
      [],
    );
  });

  it("turns on its wheels", () => {
    for (const [action, [left, right]] of actions.entries()) {
      const world = scene([], { x: 350, y: 50 });
      world.step(action);
      expect(world.angle).toBeCloseTo(right - left, 12);
      expect(Math.hypot(world.position.x - 350, world.position.y - 50)).toBeCloseTo(5 * (left + right), 9);
    }
  });

  it("can be drawn", () => {
    const picture = worldPicture(scene([{ x: 200, y: 50, kind: "food" }]), [{ x: 50, y: 450 }], []);
    const color = (x: number, y: number) => [...picture.data.subarray(3 * (y * size.width + x)).slice(0, 3)];
    const paper = color(350, 250);
    const { from, to } = walls[4]!;
    for (const [x, y] of [[200, 50], [50, 250], [50, 450], [(from.x + to.x) / 2, from.y]] as const) // biome-ignore format: points
      expect(color(x, y)).not.toEqual(paper);
  });
});

describe("replay", () => {
  const row = (value: number) => Float32Array.of(value, value + 0.5);

  it("gives back whole transitions, only what was added, and forgets the oldest", async () => {
    const replay = new Replay(4, 2);
    for (let i = 0; i < 6; i++) replay.add(row(i), i, 10 * i, row(i + 1));
    expect(replay.count).toBe(4);
    const { before, actions, rewards, after } = replay.sample(200, new RandomStream(1));
    expect([before.shape, actions.shape, rewards.shape, after.shape]).toEqual([
      [200, 2],
      [200],
      [200],
      [200, 2],
    ]);
    const [b, a, r, n] = await Promise.all([before.data(), actions.data(), rewards.data(), after.data()]);
    expect(new Set(a)).toEqual(new Set([2, 3, 4, 5]));
    a.forEach((action, i) => {
      expect([b[2 * i], b[2 * i + 1], r[i], n[2 * i]]).toEqual([
        action,
        action + 0.5,
        10 * action,
        action + 1,
      ]);
    });
  });
});
