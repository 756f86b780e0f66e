import type { data } from "gradus";
import { type Item, type Point, radius, size, type World, walls } from "./world.js";

type Color = readonly [red: number, green: number, blue: number];

const paper: Color = [250, 250, 248];
const colors = {
  wall: [60, 60, 60],
  food: [0, 158, 115],
  poison: [213, 94, 0],
  path: [110, 150, 210],
  agent: [30, 60, 140],
} as const;

/** A world from above: its walls, food and poison, the way that the agent came, and rings where it has eaten. */
export function worldPicture(world: World, path: readonly Point[], eaten: readonly Item[]): data.PixelImage {
  const { width, height } = size;
  const pixels = Uint8Array.from({ length: 3 * width * height }, (_, i) => paper[i % 3]!);
  const disc = (centre: Point, reach: number, color: Color) => {
    for (let y = Math.max(0, Math.ceil(centre.y - reach)); y <= Math.min(height - 1, centre.y + reach); y++) {
      for (
        let x = Math.max(0, Math.ceil(centre.x - reach));
        x <= Math.min(width - 1, centre.x + reach);
        x++
      ) {
        if (Math.hypot(x - centre.x, y - centre.y) <= reach) pixels.set(color, 3 * (y * width + x));
      }
    }
  };
  const line = (from: Point, to: Point, color: Color) => {
    const steps = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y)));
    for (let i = 0; i <= steps; i++) {
      const at = i / steps;
      disc({ x: from.x + at * (to.x - from.x), y: from.y + at * (to.y - from.y) }, 1.2, color);
    }
  };
  for (const { from, to } of walls) line(from, to, colors.wall);
  for (const item of world.items) disc(item, radius.item, colors[item.kind]);
  for (const item of eaten) {
    disc(item, radius.item, colors[item.kind]);
    disc(item, radius.item - 2, paper);
  }
  for (const [i, point] of path.entries()) line(path[Math.max(0, i - 1)]!, point, colors.path);
  disc(world.position, radius.agent, colors.agent);
  return { width, height, channels: 3, data: pixels };
}
