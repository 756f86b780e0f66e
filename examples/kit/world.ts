/**
 * A world for an agent that learns by reinforcement, after ConvNetJS's demonstration: a room with walls, in which food and poison lie
 * about. The agent drives on two wheels, sees along rays, and eats whatever it touches. Nothing here draws or reads a clock: with the
 * same seed and the same actions everything happens again.
 */
import { random } from "gradus";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Wall {
  readonly from: Point;
  readonly to: Point;
}

export interface Item extends Point {
  readonly kind: "food" | "poison";
}

/** What an eye sees, and how far away it is; at its range, nothing. */
export interface Sight {
  readonly kind: "wall" | "food" | "poison" | "nothing";
  readonly distance: number;
}

/** What one step brought. */
export interface Step {
  readonly reward: number;
  readonly eaten: readonly Item[];
  /** Whether a wall stopped the agent. */
  readonly bumped: boolean;
}

/** Turns of the left and right wheel: straight on, gently to one side, or sharply and slowly. */
export const actions: readonly (readonly [left: number, right: number])[] = [
  [1, 1],
  [0.8, 1],
  [1, 0.8],
  [0.5, 0],
  [0, 0.5],
];

export const size = { width: 700, height: 500 } as const;
export const radius = { agent: 10, item: 10 } as const;
/** Angles of the eyes from straight ahead, in radians, and how far they see. */
export const eyes = { angles: [-4, -3, -2, -1, 0, 1, 2, 3, 4].map((i) => i * 0.25), range: 85 } as const;
/** Numbers that `World.senses` gives. */
export const senseCount = 3 * eyes.angles.length;

const itemCount = 30;
const margin = 20;
const clearance = 2;
const rewards = { food: 1, poison: -1, bump: -0.5 } as const;

/** Four walls, or fewer, of a rectangle: top, right, bottom, left. */
function box(left: number, top: number, width: number, height: number, sides = 4): Wall[] {
  const corners = [
    { x: left, y: top },
    { x: left + width, y: top },
    { x: left + width, y: top + height },
    { x: left, y: top + height },
  ];
  return corners.slice(0, sides).map((from, i) => ({ from, to: corners[(i + 1) % 4]! }));
}

/** The room, and in it two chambers that are open to the left. */
export const walls: readonly Wall[] = [
  ...box(10, 10, size.width - 20, size.height - 20),
  ...box(100, 100, 200, 300, 3),
  ...box(400, 100, 200, 300, 3),
];

export class World {
  position: Point;
  /** In radians; at 0 the agent looks to the right, and then turns clockwise, as y points down. */
  angle: number;
  items: readonly Item[];
  readonly #stream: random.RandomStream;

  constructor(seed: number) {
    this.#stream = new random.RandomStream(seed, 42);
    this.position = this.#anywhere();
    this.angle = 2 * Math.PI * this.#stream.uniform();
    this.items = Array.from({ length: itemCount }, () => this.#newItem());
  }

  /** Turns the wheels; then the agent eats what it touches, and new items grow elsewhere. */
  step(action: number): Step {
    const [left, right] = actions[action]!;
    const before = this.position;
    this.angle += right - left;
    const way = (radius.agent / 2) * (left + right);
    const wanted = { x: before.x + way * Math.cos(this.angle), y: before.y + way * Math.sin(this.angle) };
    // A little more than it drives must be free, so that it never comes to stand in a wall.
    const reach = way + clearance;
    const ahead = { x: before.x + reach * Math.cos(this.angle), y: before.y + reach * Math.sin(this.angle) };
    const bumped = this.#wallBetween(before, ahead);
    if (!bumped) this.position = wanted;
    const eaten = this.items.filter(
      (item) =>
        distance(item, this.position) < radius.agent + radius.item && !this.#wallBetween(this.position, item),
    );
    this.items = this.items.map((item) => (eaten.includes(item) ? this.#newItem() : item));
    const reward = eaten.reduce((sum, { kind }) => sum + rewards[kind], bumped ? rewards.bump : 0);
    return { reward, eaten, bumped };
  }

  /** What each eye sees: the nearest thing on its ray. */
  look(): Sight[] {
    return eyes.angles.map((eye) => {
      const direction = { x: Math.cos(this.angle + eye), y: Math.sin(this.angle + eye) };
      let nearest: Sight = { kind: "nothing", distance: eyes.range };
      for (const wall of walls) {
        const at = alongWall(this.position, direction, wall);
        if (at < nearest.distance) nearest = { kind: "wall", distance: at };
      }
      for (const item of this.items) {
        const at = alongDisc(this.position, direction, item, radius.item);
        if (at < nearest.distance) nearest = { kind: item.kind, distance: at };
      }
      return nearest;
    });
  }

  /** For each eye, the nearness of a wall, of food and of poison: from 0, out of sight, to 1. */
  senses(): Float32Array {
    const values = new Float32Array(senseCount);
    for (const [eye, sight] of this.look().entries()) {
      const kind = ["wall", "food", "poison"].indexOf(sight.kind);
      if (kind >= 0) values[3 * eye + kind] = 1 - sight.distance / eyes.range;
    }
    return values;
  }

  #anywhere(): Point {
    const { width, height } = size;
    return {
      x: margin + (width - 2 * margin) * this.#stream.uniform(),
      y: margin + (height - 2 * margin) * this.#stream.uniform(),
    };
  }

  #newItem(): Item {
    return { ...this.#anywhere(), kind: this.#stream.integer(2) === 0 ? "food" : "poison" };
  }

  #wallBetween(from: Point, to: Point): boolean {
    const length = distance(from, to);
    if (length === 0) return false;
    const direction = { x: (to.x - from.x) / length, y: (to.y - from.y) / length };
    return walls.some((wall) => alongWall(from, direction, wall) <= length);
  }
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** How far along a ray, whose direction has length 1, a wall is met; infinitely far if it is not. */
function alongWall(origin: Point, direction: Point, { from, to }: Wall): number {
  const along = { x: to.x - from.x, y: to.y - from.y };
  const cross = direction.x * along.y - direction.y * along.x;
  if (cross === 0) return Number.POSITIVE_INFINITY;
  const offset = { x: from.x - origin.x, y: from.y - origin.y };
  const at = (offset.x * along.y - offset.y * along.x) / cross;
  const onWall = (offset.x * direction.y - offset.y * direction.x) / cross;
  return at >= 0 && onWall >= 0 && onWall <= 1 ? at : Number.POSITIVE_INFINITY;
}

/** How far along a ray a disc is entered; 0 from within; infinitely far if it is not. */
function alongDisc(origin: Point, direction: Point, centre: Point, discRadius: number): number {
  const offset = { x: centre.x - origin.x, y: centre.y - origin.y };
  const ahead = offset.x * direction.x + offset.y * direction.y;
  const aside = offset.x * direction.y - offset.y * direction.x;
  const half = discRadius ** 2 - aside ** 2;
  if (half < 0) return Number.POSITIVE_INFINITY;
  const exit = ahead + Math.sqrt(half);
  return exit < 0 ? Number.POSITIVE_INFINITY : Math.max(0, ahead - Math.sqrt(half));
}
