import { data } from "gradus";
import type { Page } from "playwright-core";
import { readModel } from "../../lab/src/worker/files.js";
import type { Subject } from "../../lab/src/worker/lens.js";
import type { Plan } from "../../lab/src/worker/protocol.js";
import { Run } from "../../lab/src/worker/run.js";
import { loadDigits } from "../../src/cli/data/sources.node.js";
import { modelOf } from "./lab-api.js";

/** How many of the digits come with the page. */
const served = { train: 3200, test: 800 };

/** The page's network again, here: the same plan, data and weights. */
export async function inNode(page: Page): Promise<Subject> {
  const plan = (await page.evaluate(() => window.gradus.status?.plan)) as Plan;
  const { train, test } = await loadDigits();
  const first = (set: data.LabelledImages, count: number) =>
    data.subset(
      set,
      Array.from({ length: count }, (_, i) => i),
    );
  const sets = { train: first(train, served.train), test: first(test, served.test) };
  const run = await Run.create(plan, sets);
  await run.replaceWeights("the page", readModel(Uint8Array.from(await modelOf(page)), "the page").tensors);
  const memory = new Map<string, unknown>();
  return {
    run,
    once<T>(key: string, make: () => T): T {
      if (!memory.has(key)) memory.set(key, make());
      return memory.get(key) as T;
    },
  };
}

/** The greatest difference between numbers. */
export function apart(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0);
}
