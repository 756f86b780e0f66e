// The machine's limits on one core, as WebAssembly reaches them: multiply-adds that touch registers only, and a
// stream through memory. `time` answers with operations and bytes in a second.
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [dist] = process.argv.slice(2);
const inDist = async (path) => await import(pathToFileURL(`${dist}/${path}`).href);
const { ModuleBuilder } = await inDist("backends/wasm/assembler/index.js");
const { hasRelaxedSimd } = await inDist("backends/wasm/features.js");

const fused = hasRelaxedSimd();
// Enough independent sums to hide the latency of two units, few enough for 16 registers.
const SUMS = 12;
const MEBIBYTES_EACH = 64;
const ARRAYS = 3;

function build() {
  const module = new ModuleBuilder();
  module.importMemory("env", "memory", { minimum: 1, maximum: 65536, shared: false });
  const multiplyAdd = module.func("multiplyAdd", { params: ["i32"], results: ["f32"], export: true });
  {
    const f = multiplyAdd;
    const factor = f.local("v128");
    const other = f.local("v128");
    f.f32x4.const(0.999);
    f.set(factor);
    f.f32x4.const(0.001);
    f.set(other);
    const sums = Array.from({ length: SUMS }, () => f.local("v128"));
    for (const [index, sum] of sums.entries()) {
      f.f32x4.const(index);
      f.set(sum);
    }
    const counter = f.local("i32");
    f.forRange(counter, 0, f.param(0), 1, () => {
      for (const sum of sums) {
        f.get(factor);
        if (fused) {
          f.get(other);
          f.get(sum);
          f.f32x4.relaxed_madd();
        } else {
          f.get(sum);
          f.f32x4.mul();
          f.get(other);
          f.f32x4.add();
        }
        f.set(sum);
      }
    });
    f.get(sums[0]);
    for (const sum of sums.slice(1)) {
      f.get(sum);
      f.f32x4.add();
    }
    f.f32x4.extract_lane(0);
  }
  // a[i] = b[i] + 3 c[i] (McCalpin's STREAM triad), 64 bytes a turn; parameters are addresses and the end of a.
  const triad = module.func("triad", { params: ["i32", "i32", "i32", "i32"], results: [], export: true });
  {
    const f = triad;
    const [a, b, c, end] = [0, 1, 2, 3].map((index) => f.param(index));
    const scale = f.local("v128");
    f.f32x4.const(3);
    f.set(scale);
    f.loop((start) => {
      for (let offset = 0; offset < 64; offset += 16) {
        f.get(a);
        f.get(c);
        f.v128.load(offset);
        f.get(scale);
        f.f32x4.mul();
        f.get(b);
        f.v128.load(offset);
        f.f32x4.add();
        f.v128.store(offset);
      }
      for (const pointer of [b, c, a]) {
        f.get(pointer);
        f.i32.const(64);
        f.i32.add();
        f.set(pointer);
      }
      f.get(a);
      f.get(end);
      f.i32.lt_u();
      f.brIf(start);
    });
  }
  return module.finish();
}

const bytes = ARRAYS * MEBIBYTES_EACH * 2 ** 20;
const memory = new WebAssembly.Memory({ initial: bytes / 65536 + 1, maximum: 65536 });
new Float32Array(memory.buffer).fill(1);
const { exports } = await WebAssembly.instantiate(new WebAssembly.Module(build()), { env: { memory } });
const array = bytes / ARRAYS;

/** Work done in a second: the best of several short turns would flatter; the mean over the time is what others get. */
function rate(seconds, amount, turn) {
  const start = performance.now();
  let turns = 0;
  let elapsed = 0;
  do {
    turn();
    turns++;
    elapsed = (performance.now() - start) / 1000;
  } while (elapsed < seconds);
  return (turns * amount) / elapsed;
}

const TURN = 2 ** 20;
const multiplyAdds = () => exports.multiplyAdd(TURN);
const stream = () => exports.triad(64, 64 + array, 64 + 2 * array, 64 + array - 64);

for await (const line of createInterface({ input: process.stdin })) {
  const { command, seconds } = JSON.parse(line);
  const reply =
    command === "time"
      ? {
          operationsPerSecond: rate(seconds, TURN * SUMS * 8, multiplyAdds),
          bytesPerSecond: rate(seconds, 3 * (array - 64), stream),
          fused,
        }
      : { results: [] };
  writeSync(1, `${JSON.stringify(reply)}\n`);
}
