import v8 from "node:v8";
import { describe, expect, it } from "vitest";
import {
  type FunctionBuilder,
  type GroupName,
  ModuleBuilder,
  OPCODES,
} from "../../../src/backends/wasm/assembler/index.js";
import type { OpcodeRow } from "../../../src/backends/wasm/assembler/opcodes.js";
import { OperandCheck, typesOf } from "../../../src/backends/wasm/assembler/operand-check.js";
import { single } from "./instantiate.js";

v8.setFlagsFromString("--experimental-wasm-relaxed-simd");

/** Immediates with which the method of a row can be called. */
function sampleImmediates(row: OpcodeRow): unknown[] {
  const sixteen = Array.from({ length: 16 }, (_, index) => index);
  switch (row.immediate) {
    case "memory":
      return [8];
    case "memoryLane":
      return [1, 8];
    case "lane":
      return [row.size - 1];
    case "i64":
    case "i64x2":
      return [-5n];
    case "shuffle":
      return [sixteen];
    case "none":
    case "zeros":
      return [];
    default:
      return [-5];
  }
}

describe("instruction tables", () => {
  const rows = Object.entries(OPCODES).flatMap(([group, table]) =>
    Object.entries<OpcodeRow>(table).map(([name, row]) => ({ group: group as GroupName, name, row })),
  );

  it.each(rows)("$group.$name has the signature the engine expects", ({ group, name, row }) => {
    const module = new ModuleBuilder({ check: OperandCheck });
    module.importMemory("env", "memory", { minimum: 1, maximum: 1, shared: true });
    const type = typesOf(row.signature);
    const f = module.func("run", type);
    for (let index = 0; index < type.params.length; index++) f.get(f.param(index));
    const methods = f[group] as unknown as Record<string, (...immediate: unknown[]) => void>;
    methods[name]!(...sampleImmediates(row));
    expect(() => new WebAssembly.Module(module.finish())).not.toThrow();
  });

  it("has no opcode twice, except constants of different shapes", () => {
    const seen = rows.filter(({ name }) => name !== "const").map(({ row }) => `${row.prefix}:${row.code}`);
    expect(new Set(seen).size).toBe(seen.length);
  });
});

describe("scalar instructions compute what their names say", () => {
  const binary = (name: string, a: number, b: number) =>
    single(["i32", "i32"], ["i32"], (f) => {
      f.get(f.param(0));
      f.get(f.param(1));
      (f.i32 as unknown as Record<string, () => void>)[name]!();
    }).run(a, b);

  it.each([
    ["add", -7, 3, -4],
    ["sub", -7, 3, -10],
    ["mul", -7, 3, -21],
    ["div_s", -7, 2, -3],
    ["div_u", -7, 2, 2147483644],
    ["rem_s", -7, 3, -1],
    ["rem_u", 7, 3, 1],
    ["and", 12, 10, 8],
    ["or", 12, 10, 14],
    ["shl", 3, 2, 12],
    ["shr_s", -8, 1, -4],
    ["shr_u", -8, 28, 15],
    ["eq", 1, 1, 1],
    ["ne", 1, 1, 0],
    ["lt_s", -1, 1, 1],
    ["lt_u", -1, 1, 0],
    ["gt_s", -1, 1, 0],
    ["le_s", 1, 1, 1],
    ["ge_s", -1, 1, 0],
  ])("i32.%s(%i, %i) = %i", (name, a, b, expected) => expect(binary(name, a, b)).toBe(expected));

  it("converts", () => {
    const converted = single(["f64"], ["f32"], (f) => {
      f.get(f.param(0));
      f.f32.demote_f64();
    });
    expect(converted.run(0.1)).toBe(Math.fround(0.1));
    const wide = single(["i32"], ["i32"], (f) => {
      f.get(f.param(0));
      f.i64.extend_i32_u();
      f.i64.const(4);
      f.i64.shr_u();
      f.i32.wrap_i64();
    });
    expect(wide.run(-1)).toBe(2 ** 28 - 1);
  });
});

describe("vector instructions compute what their names say", () => {
  /** Applies an f32x4/i32x4/f64x2 instruction to the vectors at 0, 16, 32 and stores the result at 48. */
  const apply = (operands: number, emit: (f: FunctionBuilder) => void, inputs: number[]) => {
    const { run, f32 } = single([], [], (f) => {
      f.i32.const(48);
      for (let index = 0; index < operands; index++) {
        f.i32.const(0);
        f.v128.load(16 * index);
      }
      emit(f);
      f.v128.store();
    });
    f32.set(inputs);
    run();
    return Array.from(f32.subarray(12, 16));
  };
  const ab = [1, -2, 3.5, 8, 2, 4, -1, 0.5];

  it.each<
    [
      keyof FunctionBuilder["f32x4"] & ("add" | "sub" | "mul" | "div" | "min" | "max" | "pmin" | "pmax"),
      number[],
    ]
  >([
    ["add", [3, 2, 2.5, 8.5]],
    ["sub", [-1, -6, 4.5, 7.5]],
    ["mul", [2, -8, -3.5, 4]],
    ["div", [0.5, -0.5, -3.5, 16]],
    ["min", [1, -2, -1, 0.5]],
    ["max", [2, 4, 3.5, 8]],
    ["pmin", [1, -2, -1, 0.5]],
    ["pmax", [2, 4, 3.5, 8]],
  ])("f32x4.%s", (name, expected) => expect(apply(2, (f) => f.f32x4[name](), ab)).toEqual(expected));

  it("multiplies and adds, fused or not", () => {
    const inputs = [...ab, 1, 1, 1, 1];
    expect(apply(3, (f) => f.f32x4.relaxed_madd(), inputs)).toEqual([3, -7, -2.5, 5]);
  });

  it("selects, compares and shuffles", () => {
    const larger = (f: FunctionBuilder) => {
      f.i32.const(0);
      f.v128.load();
      f.i32.const(0);
      f.v128.load(16);
      f.f32x4.gt();
      f.v128.bitselect();
    };
    expect(apply(2, larger, ab)).toEqual([2, 4, 3.5, 8]);
    const interleave = [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23];
    expect(apply(2, (f) => f.i8x16.shuffle(interleave), ab)).toEqual([1, 2, -2, 4]);
  });

  it("loads, stores and replaces lanes", () => {
    const { run, f32 } = single([], [], (f) => {
      f.i32.const(16);
      f.i32.const(4);
      f.f32x4.const(9, 8, 7, 6);
      f.v128.load32_lane(2, 4);
      f.f32.const(-1);
      f.f32x4.replace_lane(0);
      f.v128.store();
      f.i32.const(32);
      f.i32.const(0);
      f.v128.load32_splat(4);
      f.v128.store();
      f.i32.const(48);
      f.i32.const(0);
      f.v128.load64_zero();
      f.v128.store64_lane(0, 8);
    });
    f32.set([1, 2, 3, 4]);
    run();
    expect(Array.from(f32.subarray(4, 16))).toEqual([-1, 8, 3, 6, 2, 2, 2, 2, 0, 0, 1, 2]);
  });

  it("writes constants of every shape", () => {
    const { run, f32, i32, f64 } = single([], [], (f) => {
      f.i32.const(0);
      f.f32x4.const(1.5);
      f.v128.store();
      f.i32.const(16);
      f.i32x4.const(1, -2, 3, 0xffffffff);
      f.v128.store();
      f.i32.const(32);
      f.f64x2.const(0.1, -2);
      f.v128.store();
      f.i32.const(64);
      f.i64x2.const(-1n, 2);
      f.v128.store();
    });
    run();
    expect(Array.from(f32.subarray(0, 4))).toEqual([1.5, 1.5, 1.5, 1.5]);
    expect(Array.from(i32.subarray(4, 8))).toEqual([1, -2, 3, -1]);
    expect(Array.from(f64.subarray(4, 6))).toEqual([0.1, -2]);
    expect(Array.from(i32.subarray(16, 20))).toEqual([-1, -1, 2, 0]);
  });
});
