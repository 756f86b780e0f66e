/** Collects the memory, globals and functions, and writes the bytes of a WebAssembly module. */
import { ByteWriter, VALUE_TYPE_CODE, type ValueType } from "./encoding.js";
import { FunctionBuilder, type FunctionType, type Global } from "./function-builder.js";
import type { OperandCheck } from "./operand-check.js";

/** Sizes in pages of 64 KiB. A shared memory needs a maximum. */
export interface MemoryLimits {
  readonly minimum: number;
  readonly maximum?: number;
  readonly shared?: boolean;
}

export interface FunctionOptions {
  readonly params?: readonly ValueType[];
  readonly results?: readonly ValueType[];
  /** Whether the function is exported, under its name. */
  readonly export?: boolean;
}

export interface ModuleOptions {
  /** Checks the operand types of every instruction when it is emitted: `OperandCheck`, given in so that pages do not load it. */
  readonly check?: typeof OperandCheck | undefined;
}

const SECTION = { custom: 0, type: 1, import: 2, function: 3, global: 6, export: 7, code: 10 } as const;
const KIND = { function: 0, memory: 2, global: 3 } as const;

export class ModuleBuilder {
  readonly #check: typeof OperandCheck | undefined;
  readonly #typeIndices = new Map<string, number>();
  readonly #types = new ByteWriter();
  readonly #imports = new ByteWriter();
  #hasMemory = false;
  readonly #functions: FunctionBuilder[] = [];
  readonly #globals = new ByteWriter();
  #globalCount = 0;
  readonly #exports = new ByteWriter();
  readonly #exportNames = new Set<string>();

  constructor(options: ModuleOptions = {}) {
    this.#check = options.check;
  }

  #typeIndex(type: FunctionType): number {
    const key = `${type.params.join()}:${type.results.join()}`;
    const known = this.#typeIndices.get(key);
    if (known !== undefined) return known;
    const index = this.#typeIndices.size;
    this.#typeIndices.set(key, index);
    this.#types.byte(0x60);
    for (const list of [type.params, type.results]) {
      this.#types.u32(list.length);
      for (const valueType of list) this.#types.byte(VALUE_TYPE_CODE[valueType]);
    }
    return index;
  }

  #export(name: string, kind: number, index: number): void {
    if (this.#exportNames.has(name)) throw new Error(`the module already exports "${name}"`);
    this.#exportNames.add(name);
    this.#exports.name(name);
    this.#exports.byte(kind);
    this.#exports.u32(index);
  }

  /** Imports the module's memory. */
  importMemory(moduleName: string, name: string, limits: MemoryLimits): void {
    if (this.#hasMemory) throw new Error("the module already has a memory");
    if (limits.shared && limits.maximum === undefined)
      throw new Error("a shared memory needs a maximum size");
    this.#hasMemory = true;
    this.#imports.name(moduleName);
    this.#imports.name(name);
    this.#imports.byte(KIND.memory);
    this.#imports.byte((limits.maximum === undefined ? 0 : 1) | (limits.shared ? 2 : 0));
    this.#imports.u32(limits.minimum);
    if (limits.maximum !== undefined) this.#imports.u32(limits.maximum);
  }

  /** Adds an exported i32 that the device can set. */
  global(name: string): Global {
    this.#globals.byte(VALUE_TYPE_CODE.i32);
    this.#globals.byte(1);
    this.#globals.byte(0x41);
    this.#globals.s32(0);
    this.#globals.byte(0x0b);
    const index = this.#globalCount++;
    this.#export(name, KIND.global, index);
    return { name, index };
  }

  /** Declares a function. It can be called at once; its code may be emitted at any time before `finish`. */
  func(name: string, options: FunctionOptions = {}): FunctionBuilder {
    const { params = [], results = [] } = options;
    const index = this.#functions.length;
    const builder = new FunctionBuilder(name, index, { params, results }, this.#check);
    this.#functions.push(builder);
    if (options.export) this.#export(name, KIND.function, index);
    return builder;
  }

  #nameSection(): ByteWriter {
    const map = new ByteWriter(this.#functions.length * 24);
    map.u32(this.#functions.length);
    for (const { index, name } of this.#functions) {
      map.u32(index);
      map.name(name);
    }
    const content = new ByteWriter(map.length + 16);
    content.name("name");
    content.section(1, map);
    return content;
  }

  /** Ends all functions and returns the bytes of the module. */
  finish(): Uint8Array<ArrayBuffer> {
    const declarations = new ByteWriter();
    for (const builder of this.#functions) declarations.u32(this.#typeIndex(builder));
    const entries = this.#functions.map((builder) => builder.finish());
    const code = new ByteWriter(entries.reduce((sum, entry) => sum + entry.length + 5, 0));
    for (const entry of entries) {
      code.u32(entry.length);
      code.append(entry);
    }

    const out = new ByteWriter(code.length + 4096);
    out.bytes([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
    const vector = (id: number, count: number, items: ByteWriter) => {
      if (count === 0) return;
      const content = new ByteWriter(items.length + 5);
      content.u32(count);
      content.append(items);
      out.section(id, content);
    };
    vector(SECTION.type, this.#typeIndices.size, this.#types);
    vector(SECTION.import, this.#hasMemory ? 1 : 0, this.#imports);
    vector(SECTION.function, this.#functions.length, declarations);
    vector(SECTION.global, this.#globalCount, this.#globals);
    vector(SECTION.export, this.#exportNames.size, this.#exports);
    vector(SECTION.code, entries.length, code);
    // For stack traces and profiles.
    out.section(SECTION.custom, this.#nameSection());
    return out.toBytes();
  }
}
