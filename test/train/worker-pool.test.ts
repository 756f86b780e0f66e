import { afterEach, describe, expect, it } from "vitest";
import { serveTasks, WorkerPool } from "../../src/train/worker-pool.js";

interface Task {
  readonly value?: number;
  readonly wait?: number;
  readonly fail?: string;
  readonly exit?: boolean;
}
interface Answer {
  readonly value: number;
  readonly threadId: number;
}

const url = new URL("./echo-worker.mjs", import.meta.url);
const pools: WorkerPool<Task, Answer>[] = [];
const makePool = (size: number) => {
  const pool = new WorkerPool<Task, Answer>(url, size);
  pools.push(pool);
  return pool;
};

afterEach(() => {
  for (const pool of pools.splice(0)) pool.close();
});

describe("WorkerPool", () => {
  it("answers every task, in the order asked, with no more workers than allowed", async () => {
    const pool = makePool(2);
    const answers = await Promise.all([0, 1, 2, 3, 4, 5].map((value) => pool.run({ value, wait: 5 })));
    expect(answers.map(({ value }) => value)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(new Set(answers.map(({ threadId }) => threadId)).size).toBe(2);
  });

  it("keeps a worker for the next task", async () => {
    const pool = makePool(2);
    const first = await pool.run({ value: 1 });
    expect((await pool.run({ value: 2 })).threadId).toBe(first.threadId);
  });

  it("passes on a task's error and goes on", async () => {
    const pool = makePool(1);
    await expect(pool.run({ fail: "no such data" })).rejects.toThrow("no such data");
    expect((await pool.run({ value: 7 })).value).toBe(7);
  });

  it("survives a worker that ends", async () => {
    const pool = makePool(1);
    const [lost, next] = await Promise.allSettled([pool.run({ exit: true }), pool.run({ value: 8 })]);
    expect(lost).toMatchObject({ status: "rejected" });
    expect(String((lost as PromiseRejectedResult).reason)).toContain("it ended with code 3");
    expect(next).toMatchObject({ status: "fulfilled", value: { value: 8 } });
  });

  it("fails what is left when it is closed", async () => {
    const pool = makePool(1);
    const left = Promise.allSettled([pool.run({ wait: 10_000 }), pool.run({})]);
    pool.close();
    for (const { status } of await left) expect(status).toBe("rejected");
    await expect(pool.run({})).rejects.toThrow("the pool was closed");
  });

  it("refuses sizes below 1", () => {
    expect(() => new WorkerPool(url, 0)).toThrow("size is 0");
  });
});

it("serveTasks says where it belongs", () => {
  expect(() => serveTasks(async () => 1)).toThrow("this is the main thread");
});
