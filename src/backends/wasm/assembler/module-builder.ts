/** Collects imports, globals and functions, and writes the bytes of a WebAssembly module. */
import { ByteWriter, VALUE_TYPE_CODE, type ValueType } from "./encoding.js";
import { FunctionBuilder, type FunctionRef, type FunctionType, type Global } from "./function-builder.js";

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

export interface GlobalOptions {
  /** Default 0. */
  readonly initial?: number;
  /** Default true. */
  readonly mutable?: boolean;
  readonly export?: boolean;
}

export interface ModuleOptions {
  /** Checks the operand types of every instruction when it is emitted. Default false. */
  readonly debug?: boolean;
  /** Writes the function names for stack traces and profiles. Default true. */
  readonly names?: boolean;
}

const SECTION = { custom: 0, type: 1, import: 2, function: 3, global: 6, export: 7, code: 10 } as const;
const KIND = { function: 0, memory: 2, global: 3 } as const;
const GLOBAL_CONST = { i32: 0x41, f32: 0x43, f64: 0x44 } as const;

export class ModuleBuilder {
  readonly debug: boolean;
  readonly #names: boolean;
  readonly #typeIndices = new Map<string, number>();
  readonly #types = new ByteWriter();
  readonly #imports = new ByteWriter();
  #importCount = 0;
  #hasMemory = false;
  readonly #importedFunctions: FunctionRef[] = [];
  readonly #functions: FunctionBuilder[] = [];
  readonly #globals = new ByteWriter();
  #globalCount = 0;
  readonly #exports = new ByteWriter();
  readonly #exportNames = new Set<string>();

  constructor(options: ModuleOptions = {}) {
    this.debug = options.debug ?? false;
    this.#names = options.names ?? true;
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
    this.#importCount++;
    this.#imports.name(moduleName);
    this.#imports.name(name);
    this.#imports.byte(KIND.memory);
    this.#imports.byte((limits.maximum === undefined ? 0 : 1) | (limits.shared ? 2 : 0));
    this.#imports.u32(limits.minimum);
    if (limits.maximum !== undefined) this.#imports.u32(limits.maximum);
  }

  /** Imports a function. All imports come before the first function of the module. */
  importFunction(moduleName: string, name: string, type: Partial<FunctionType> = {}): FunctionRef {
    if (this.#functions.length > 0)
      throw new Error(`import of "${name}" must come before the first function`);
    const { params = [], results = [] } = type;
    this.#importCount++;
    this.#imports.name(moduleName);
    this.#imports.name(name);
    this.#imports.byte(KIND.function);
    this.#imports.u32(this.#typeIndex({ params, results }));
    const reference = { name, index: this.#importedFunctions.length, params, results };
    this.#importedFunctions.push(reference);
    return reference;
  }

  /** Adds a global variable. */
  global(name: string, type: keyof typeof GLOBAL_CONST, options: GlobalOptions = {}): Global {
    const { initial = 0, mutable = true } = options;
    this.#globals.byte(VALUE_TYPE_CODE[type]);
    this.#globals.byte(mutable ? 1 : 0);
    this.#globals.byte(GLOBAL_CONST[type]);
    if (type === "i32") this.#globals.s32(initial);
    else this.#globals[type](initial);
    this.#globals.byte(0x0b);
    const index = this.#globalCount++;
    if (options.export) this.#export(name, KIND.global, index);
    return { name, type, index, mutable };
  }

  /** Declares a function. It can be called at once; its code may be emitted at any time before `finish`. */
  func(name: string, options: FunctionOptions = {}): FunctionBuilder {
    const { params = [], results = [] } = options;
    const index = this.#importedFunctions.length + this.#functions.length;
    const typeIndex = (type: FunctionType) => this.#typeIndex(type);
    const builder = new FunctionBuilder(name, index, { params, results }, typeIndex, this.debug);
    this.#functions.push(builder);
    if (options.export) this.#export(name, KIND.function, index);
    return builder;
  }

  #nameSection(): ByteWriter {
    const functions: readonly FunctionRef[] = [...this.#importedFunctions, ...this.#functions];
    const map = new ByteWriter(functions.length * 24);
    map.u32(functions.length);
    for (const { index, name } of functions) {
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
    vector(SECTION.import, this.#importCount, this.#imports);
    vector(SECTION.function, this.#functions.length, declarations);
    vector(SECTION.global, this.#globalCount, this.#globals);
    vector(SECTION.export, this.#exportNames.size, this.#exports);
    vector(SECTION.code, entries.length, code);
    if (this.#names) out.section(SECTION.custom, this.#nameSection());
    return out.toBytes();
  }
}
