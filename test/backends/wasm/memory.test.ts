import { describe, expect, test } from "vitest";
import { DeviceMemory } from "../../../src/backends/wasm/memory.js";
import { Random } from "../../compile/support.js";

describe.each([false, true])("device memory, shared: %s", (shared) => {
  test("blocks never overlap, are aligned, keep what is in them, and are given back whole", () => {
    const memory = new DeviceMemory(shared);
    const random = new Random(7);
    const blocks = new Map<number, { words: number; mark: number }>();
    let bytes = 0;
    for (let step = 0; step < 4000; step++) {
      if (blocks.size === 0 || random.chance(0.52)) {
        const words = random.chance(0.05) ? random.integer(20_000, 90_000) : random.integer(0, 500);
        const start = memory.allocate(words * 4);
        expect(start % 64).toBe(0);
        expect(start, "the words through which threads meet are not handed out").toBeGreaterThanOrEqual(320);
        expect(blocks.has(start)).toBe(false);
        memory.words(start, words).fill(step);
        blocks.set(start, { words, mark: step });
        bytes += Math.max(1, Math.ceil((words * 4) / 64)) * 64;
      } else {
        const start = random.pick([...blocks.keys()]);
        const { words, mark } = blocks.get(start)!;
        expect(memory.words(start, words).every((word) => word === mark)).toBe(true);
        memory.release(start);
        blocks.delete(start);
        bytes -= Math.max(1, Math.ceil((words * 4) / 64)) * 64;
      }
      expect(memory.used).toBe(bytes);
    }
    for (const [start, { words, mark }] of blocks) {
      expect(memory.words(start, words).every((word) => word === mark)).toBe(true);
      memory.release(start);
    }
    expect(memory.used).toBe(0);
    // All free blocks have been joined: the whole memory can be had in one piece, without growing.
    const size = memory.memory.buffer.byteLength;
    memory.allocate(size - 320);
    expect(memory.memory.buffer.byteLength).toBe(size);
  });

  test("what is given back is used again", () => {
    const memory = new DeviceMemory(shared);
    for (let turn = 0; turn < 1000; turn++) {
      const block = memory.allocate(400_000);
      memory.release(block);
    }
    expect(memory.memory.buffer.byteLength).toBe(16 * 65536);
  });

  test("it grows when it must, and says how much is missing when it cannot", () => {
    const memory = new DeviceMemory(shared);
    const before = memory.memory.buffer.byteLength;
    memory.allocate(before * 2);
    expect(memory.memory.buffer.byteLength).toBeGreaterThan(before * 2);
    expect(() => memory.allocate(2 ** 32)).toThrow(/out of memory: 4096.0 MiB more are needed/);
    expect(memory.allocate(64)).toBeGreaterThan(0);
  });

  test("releasing what is not handed out does nothing", () => {
    const memory = new DeviceMemory(shared);
    const block = memory.allocate(64);
    memory.release(block + 64);
    memory.release(12345);
    expect(memory.used).toBe(64);
  });
});
