import { afterEach, describe, expect, it, vi } from "vitest";
import { nextTurn } from "../../src/runtime/turn.js";

describe("a turn of the event loop", () => {
  afterEach(() => vi.unstubAllGlobals());

  const { setImmediate } = globalThis;
  const ways: Readonly<Record<string, () => void>> = {
    "by setImmediate": () => {},
    "by a task": () => {
      const postTask = (task: () => void) =>
        new Promise<void>((resolve) => setImmediate(() => resolve(task())));
      vi.stubGlobal("setImmediate", undefined);
      vi.stubGlobal("scheduler", { postTask });
    },
    "by a message, where there are no tasks": () => {
      vi.stubGlobal("setImmediate", undefined);
      vi.stubGlobal("scheduler", undefined);
    },
  };

  it.each(Object.keys(ways))("%s lets the loop turn, which microtasks do not", async (way) => {
    ways[way]?.();
    let turned = false;
    setImmediate(() => {
      turned = true;
    });
    for (let i = 0; i < 100; i++) await undefined;
    expect(turned).toBe(false);
    // Messages may come before what was asked for earlier, but not for ever.
    for (let turns = 0; turns < 20 && !turned; turns++) await nextTurn();
    expect(turned).toBe(true);
  });
});
