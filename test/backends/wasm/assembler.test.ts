import { describe, expect, it } from "vitest";
import {
  ByteWriter,
  type FunctionBuilder,
  ModuleBuilder,
} from "../../../src/backends/wasm/assembler/index.js";
import { OperandCheck } from "../../../src/backends/wasm/assembler/operand-check.js";
import { instantiate, single } from "./instantiate.js";

describe("encoding", () => {
  it("writes LEB128 at the boundaries of each length", () => {
    const encode = (write: (bytes: ByteWriter) => void) => {
      const bytes = new ByteWriter(1);
      write(bytes);
      return Array.from(bytes.view());
    };
    expect(encode((b) => b.u32(127))).toEqual([0x7f]);
    expect(encode((b) => b.u32(128))).toEqual([0x80, 0x01]);
    expect(encode((b) => b.u32(624485))).toEqual([0xe5, 0x8e, 0x26]);
    expect(encode((b) => b.u32(0xffffffff))).toEqual([0xff, 0xff, 0xff, 0xff, 0x0f]);
    expect(encode((b) => b.s32(63))).toEqual([0x3f]);
    expect(encode((b) => b.s32(64))).toEqual([0xc0, 0x00]);
    expect(encode((b) => b.s32(-64))).toEqual([0x40]);
    expect(encode((b) => b.s32(-123456))).toEqual([0xc0, 0xbb, 0x78]);
    expect(encode((b) => b.s32(-(2 ** 31)))).toEqual([0x80, 0x80, 0x80, 0x80, 0x78]);
    expect(encode((b) => b.s64(-(2n ** 63n)))).toEqual([...Array(9).fill(0x80), 0x7f]);
    expect(encode((b) => b.name("é"))).toEqual([2, 0xc3, 0xa9]);
  });
});

describe("control flow", () => {
  it("counts in loops", () => {
    const { run } = single(["i32", "i32"], ["i32"], (f) => {
      const [sum, i] = [f.local("i32"), f.local("i32")];
      f.forRange(i, f.param(0), f.param(1), 3, () => {
        f.get(sum);
        f.get(i);
        f.i32.add();
        f.set(sum);
      });
      f.get(sum);
    });
    expect(run(0, 10)).toBe(0 + 3 + 6 + 9);
    expect(run(0, 9)).toBe(0 + 3 + 6);
    expect(run(5, 5)).toBe(0);
    expect(run(-4, 0)).toBe(-4 - 1);
  });

  it("leaves a counted loop early, and skips constant empty ranges", () => {
    const { run } = single([], ["i32"], (f) => {
      const [i, j] = [f.local("i32"), f.local("i32")];
      f.forRange(j, 4, 4, 1, () => expect.fail("an empty range has no code"));
      f.forRange(i, 0, 100, 1, (exit) => {
        f.get(i);
        f.i32.const(7);
        f.i32.eq();
        f.brIf(exit);
      });
      f.get(i);
      f.get(j);
      f.i32.add();
    });
    expect(run()).toBe(11);
  });

  it("branches out of blocks, with if-else that has results", () => {
    const { run } = single(["i32"], ["i32"], (f) => {
      f.block((outer) => {
        f.block((inner) => {
          f.get(f.param(0));
          f.i32.eqz();
          f.brIf(inner);
          f.get(f.param(0));
          f.i32.const(1);
          f.i32.eq();
          f.brIf(outer);
          f.get(f.param(0));
          f.i32.const(5);
          f.i32.gt_s();
          f.if(
            () => f.i32.const(200),
            () => f.i32.const(300),
            ["i32"],
          );
          f.return();
        });
        f.i32.const(100);
        f.return();
      });
      f.i32.const(400);
    });
    expect([0, 1, 5, 6].map((value) => run(value))).toEqual([100, 400, 300, 200]);
  });

  it("calls functions before they are defined", () => {
    const module = new ModuleBuilder({ check: OperandCheck });
    const main = module.func("main", { params: ["i32"], results: ["i32"], export: true });
    const later = module.func("later", { params: ["i32"], results: ["i32", "i32"] });
    main.get(main.param(0));
    main.call(later);
    main.i32.sub();
    later.get(later.param(0));
    later.i32.const(1);
    expect(instantiate(module).main!(21)).toBe(20);
  });

  it("reads globals that are set from outside", () => {
    const module = new ModuleBuilder({ check: OperandCheck });
    const counter = module.global("counter");
    const f = module.func("run", { results: ["i32"], export: true });
    f.globalGet(counter);
    f.i32.const(1);
    f.i32.add();
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.finish()));
    const { run, counter: value } = exports as { run(): number; counter: WebAssembly.Global };
    expect(run()).toBe(1);
    value.value = -300;
    expect(run()).toBe(-299);
  });

  it("reuses released locals and merges set and get into tee", () => {
    const module = new ModuleBuilder({ check: OperandCheck });
    const f = module.func("run", { results: ["i32"], export: true });
    const first = f.local("i32");
    f.i32.const(3);
    f.set(first);
    f.get(first);
    expect(f.code.view().at(-2)).toBe(0x22);
    f.release(first);
    expect(f.local("i32")).toBe(first);
    expect(f.local("f32")).not.toBe(first);
    expect(instantiate(module).run!()).toBe(3);
  });
});

describe("memory and atomics", () => {
  it("fills and copies", () => {
    const { run, i32 } = single([], [], (f) => {
      for (const value of [16, 1, 8]) f.i32.const(value);
      f.memory.fill();
      for (const value of [4, 16, 4]) f.i32.const(value);
      f.memory.copy();
    });
    run();
    expect(Array.from(i32.subarray(0, 6))).toEqual([0, 0x01010101, 0, 0, 0x01010101, 0x01010101]);
  });

  it("adds, stores and waits atomically on shared memory", () => {
    const { run, i32 } = single(
      ["i32"],
      ["i32"],
      (f) => {
        f.i32.const(0);
        f.get(f.param(0));
        f.i32.atomic_rmw_add(8);
        f.drop();
        f.i32.const(0);
        f.i32.const(0);
        f.i32.atomic_load(8);
        f.i32.atomic_store(12);
        f.i32.const(8);
        f.i32.const(-1);
        f.i64.const(0);
        f.atomic.wait32();
        f.i32.const(8);
        f.i32.const(1);
        f.atomic.notify();
        f.i32.add();
      },
      true,
    );
    expect(run(5)).toBe(1); // the wait finds another value than -1; nobody is woken
    expect([i32[2], i32[3]]).toEqual([5, 5]);
  });
});

describe("errors of the operand check", () => {
  const fail = (emit: (f: FunctionBuilder, module: ModuleBuilder) => void) => () => {
    const module = new ModuleBuilder({ check: OperandCheck });
    const f = module.func("kernel", { results: [] });
    emit(f, module);
    module.finish();
  };

  it("names the instruction, the function and the operands", () => {
    const mixed = fail((f) => {
      f.i32.const(1);
      f.f32x4.const(1);
      f.f32x4.mul();
    });
    expect(mixed).toThrow(/f32x4\.mul in function "kernel" needs \[v128 v128\].*holds \[i32 v128\]/);
    expect(fail((f) => f.i32.add())).toThrow(/i32\.add.*holds \[\]/);
  });

  it("finds leftovers, missing results, dead labels and released locals", () => {
    expect(fail((f) => f.i32.const(1))).toThrow(/leaves \[i32\]/);
    const empty = () => {};
    const missing = fail((f) => {
      f.i32.const(1);
      f.if(empty, empty, ["f32"]);
    });
    expect(missing).toThrow(/end of the if.*needs \[f32\]/);
    const deadLabel = fail((f) => {
      let label: Parameters<typeof f.br>[0] | undefined;
      f.block((end) => {
        label = end;
      });
      f.br(label!);
    });
    expect(deadLabel).toThrow(/label that has ended/);
    const released = fail((f) => {
      const local = f.local("i32");
      f.release(local);
      f.get(local);
    });
    expect(released).toThrow(/after its release/);
  });

  it("accepts code after a branch", () => {
    const dead = fail((f) => {
      f.block((end) => {
        f.br(end);
        f.f32x4.add();
        f.drop();
      });
    });
    expect(dead).not.toThrow();
  });

  it("refuses lanes, alignments and offsets that do not exist", () => {
    const f = new ModuleBuilder().func("f");
    expect(() => f.f32x4.extract_lane(4)).toThrow(/lane 4 is not in 0\.\.3/);
    expect(() => f.v128.load(0, 32)).toThrow(/alignment 32/);
    expect(() => f.v128.load(-16)).toThrow(/offset -16/);
    expect(() => f.f32x4.const(1, 2)).toThrow(/2 values given, 4 lanes/);
  });
});

describe("speed", () => {
  it("assembles a megabyte of code in a moment", () => {
    const assemble = () => {
      const module = new ModuleBuilder();
      module.importMemory("env", "memory", { minimum: 1 });
      for (let index = 0; index < 500; index++) {
        const f = module.func(`kernel${index}`, { params: ["i32"] });
        const sum = f.local("v128");
        for (let step = 0; step < 170; step++) {
          f.get(sum);
          f.get(f.param(0));
          f.v128.load(16 * step);
          f.f32x4.mul();
          f.set(sum);
        }
      }
      return module.finish();
    };
    const times = Array.from({ length: 5 }, () => {
      const start = performance.now();
      expect(assemble().length).toBeGreaterThan(1_000_000);
      return performance.now() - start;
    });
    // 15 to 40 ms on an idle machine; the bound leaves room for busy ones and for coverage, but not for a slip to quadratic time.
    expect(Math.min(...times)).toBeLessThan(1000);
  });
});
