import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compile } from "../../src/runtime/compile.js";
import { device, useDevice } from "../../src/runtime/device.js";
import { Variable } from "../../src/runtime/variable.js";
import { tensor } from "../../src/tensor/creation.js";
import type { Tensor } from "../../src/tensor/tensor.js";
import { smallNet } from "./support.js";

const MEBIBYTE = 2 ** 20;
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Every linear memory made while the tests run. */
const memories: WebAssembly.Memory[] = [];
const original = WebAssembly.Memory;

beforeAll(() => {
  WebAssembly.Memory = class extends original {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor);
      memories.push(this);
    }
  };
  useDevice({ backend: "wasm", threads: 2 });
  device();
});
afterAll(() => {
  WebAssembly.Memory = original;
});

const deviceBytes = () => memories.at(-1)!.buffer.byteLength;

/** Collects what is garbage; what finalizers release is released in later turns. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("20,000 training steps: memory is flat after the first 1,000", async () => {
  const { step, images, labels } = smallNet();
  const run = async (steps: number) => {
    for (let n = 0; n < steps; n++) {
      const loss = await step(images(), labels()).item();
      if (!Number.isFinite(loss)) expect.fail(`the loss is ${loss} at step ${n}`);
    }
  };
  await run(1000);
  await settle();
  const [resident, onDevice] = [process.memoryUsage.rss(), deviceBytes()];
  await run(19_000);
  await settle();
  expect(deviceBytes()).toBe(onDevice);
  expect((process.memoryUsage.rss() - resident) / MEBIBYTE).toBeLessThan(32);
});

test("2,000 reads of fresh tensors, without any help from the user", async () => {
  const read = async (count: number) => {
    for (let n = 0; n < count; n++) {
      const x = tensor(new Float32Array(10_000).fill(n));
      expect(await x.multiply(2).max().item()).toBe(2 * n);
    }
  };
  await read(200);
  const onDevice = deviceBytes();
  await read(1800);
  // Fresh tensors' copies are given back when the tensors are collected, which V8 does in its own time.
  expect((deviceBytes() - onDevice) / MEBIBYTE).toBeLessThan(64);
  await settle();
  const resident = process.memoryUsage.rss();
  await read(2000);
  await settle();
  expect((process.memoryUsage.rss() - resident) / MEBIBYTE).toBeLessThan(32);
});

test("models that nobody holds any more give their memory back", async () => {
  const build = async () => {
    const weights = new Variable([512, 256], 0.5);
    const step = compile((x: Tensor) => {
      weights.assign(weights.value.multiply(0.5));
      return x.matmul(weights.value).sum();
    });
    expect(await step(tensor(new Float32Array(4 * 512), { shape: [4, 512] })).item()).toBe(0);
  };
  for (let n = 0; n < 10; n++) await build();
  await settle();
  const onDevice = deviceBytes();
  // Half a mebibyte each: without releases, this would take a hundred.
  for (let n = 0; n < 200; n++) {
    await build();
    if (n % 20 === 0) await settle();
  }
  expect((deviceBytes() - onDevice) / MEBIBYTE).toBeLessThan(32);
});

test("many different programs: old ones make room", async () => {
  const run = async (from: number, to: number) => {
    for (let n = from; n < to; n++) {
      const x = tensor(new Float32Array(30_000 + n).fill(1));
      expect(await x.exp().log().sum().item()).toBeCloseTo(30_000 + n, -2);
      if (n % 50 === 0) await settle();
    }
  };
  await run(0, 400);
  await settle();
  const resident = process.memoryUsage.rss();
  await run(400, 1600);
  await settle();
  expect((process.memoryUsage.rss() - resident) / MEBIBYTE).toBeLessThan(96);
});
