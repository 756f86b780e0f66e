/** Emits the code of one function: locals, control flow, calls, and the groups of table-driven instructions. */
import { ByteWriter, VALUE_TYPE_CODE, type ValueType } from "./encoding.js";
import { type InstructionSink, instructionGroup } from "./instructions.js";
import type { OpcodeRow } from "./opcodes.js";
import type { OperandCheck } from "./operand-check.js";

/** The types of a function. */
export interface FunctionType {
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** Something that can be called: a function of the module, defined or not yet. */
export interface FunctionRef extends FunctionType {
  readonly name: string;
  /** Index in the module's function space. */
  readonly index: number;
}

/** A local variable or parameter. */
export interface Local {
  readonly type: ValueType;
  readonly index: number;
}

/** A global i32. */
export interface Global {
  readonly name: string;
  readonly index: number;
}

/** The target of branches: the start of a loop, or the end of any other construct. */
export class Label {
  /** Number of constructs that are open around and including this one; 0 once it has ended. */
  level: number;

  constructor(level: number) {
    this.level = level;
  }
}

/** Where a count begins or ends: a constant, a local, or code that pushes an i32. */
export type Bound = number | Local | (() => void);

const OP = {
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  return: 0x0f,
  call: 0x10,
  drop: 0x1a,
  select: 0x1b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
} as const;

export class FunctionBuilder implements FunctionRef, InstructionSink {
  readonly name: string;
  readonly index: number;
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
  /** The instructions so far. Write to it only through the methods of the builder. */
  readonly code = new ByteWriter();

  readonly i32 = instructionGroup("i32", this);
  readonly i64 = instructionGroup("i64", this);
  readonly f32 = instructionGroup("f32", this);
  readonly f64 = instructionGroup("f64", this);
  readonly v128 = instructionGroup("v128", this);
  readonly i8x16 = instructionGroup("i8x16", this);
  readonly i32x4 = instructionGroup("i32x4", this);
  readonly i64x2 = instructionGroup("i64x2", this);
  readonly f32x4 = instructionGroup("f32x4", this);
  readonly f64x2 = instructionGroup("f64x2", this);
  readonly memory = instructionGroup("memory", this);
  readonly atomic = instructionGroup("atomic", this);

  readonly #check: OperandCheck | undefined;
  readonly #paramLocals: readonly Local[];
  readonly #declared: ValueType[] = [];
  readonly #free = new Map<ValueType, Local[]>();
  readonly #released = new Set<Local>();
  #level = 0;
  /** Where the last `local.set` starts and ends, and its local: `set x; get x` becomes `tee x`. */
  #lastSet = { start: -1, end: -1, index: -1 };
  #finished = false;

  constructor(name: string, index: number, type: FunctionType, Check?: typeof OperandCheck) {
    this.name = name;
    this.index = index;
    this.params = type.params;
    this.results = type.results;
    this.#check = Check && new Check(name, type.results);
    this.#paramLocals = type.params.map((paramType, position) => ({ type: paramType, index: position }));
  }

  begin(row: OpcodeRow, name: string): void {
    this.#check?.apply(name, row.signature);
    if (row.prefix === 0) {
      this.code.byte(row.code);
    } else {
      this.code.byte(row.prefix);
      this.code.u32(row.code);
    }
  }

  // Locals and globals

  /** A parameter, by position. */
  param(position: number): Local {
    const local = this.#paramLocals[position];
    if (local === undefined) {
      throw new Error(
        `function "${this.name}" has ${this.params.length} parameters, no parameter ${position}`,
      );
    }
    return local;
  }

  /** A local variable. One that was released before is used again, so it holds zero only if it was never used. */
  local(type: ValueType): Local {
    const reused = this.#free.get(type)?.pop();
    if (reused !== undefined) {
      this.#released.delete(reused);
      return reused;
    }
    const local = { type, index: this.params.length + this.#declared.length };
    this.#declared.push(type);
    return local;
  }

  /** Gives local variables back, for `local` to hand out again. */
  release(...locals: readonly Local[]): void {
    for (const local of locals) {
      if (local.index < this.params.length || this.#released.has(local)) {
        throw new Error(`local ${local.index} of function "${this.name}" is a parameter or already released`);
      }
      this.#released.add(local);
      const free = this.#free.get(local.type);
      if (free === undefined) this.#free.set(local.type, [local]);
      else free.push(local);
    }
  }

  /** Local variables for the duration of `body`. */
  withLocals<T>(types: readonly ValueType[], body: (...locals: Local[]) => T): T {
    const locals = types.map((type) => this.local(type));
    const result = body(...locals);
    this.release(...locals);
    return result;
  }

  #useLocal(opcode: number, local: Local): void {
    if (this.#check !== undefined && this.#released.has(local)) {
      throw new Error(
        `local ${local.index} (${local.type}) of function "${this.name}" is used after its release`,
      );
    }
    this.code.byte(opcode);
    this.code.u32(local.index);
  }

  /** Pushes a local. */
  get(local: Local): void {
    if (this.#lastSet.end === this.code.length && this.#lastSet.index === local.index) {
      this.code.patchByte(this.#lastSet.start, OP.localTee);
      this.#lastSet.end = -1;
    } else {
      this.#useLocal(OP.localGet, local);
    }
    this.#check?.push([local.type]);
  }

  /** Pops into a local. */
  set(local: Local): void {
    this.#check?.pop("local.set", [local.type]);
    const start = this.code.length;
    this.#useLocal(OP.localSet, local);
    this.#lastSet.start = start;
    this.#lastSet.end = this.code.length;
    this.#lastSet.index = local.index;
  }

  /** Stores the top of the stack in a local and leaves it there. */
  tee(local: Local): void {
    this.#check?.pop("local.tee", [local.type]);
    this.#useLocal(OP.localTee, local);
    this.#check?.push([local.type]);
  }

  globalGet(global: Global): void {
    this.code.byte(OP.globalGet);
    this.code.u32(global.index);
    this.#check?.push(["i32"]);
  }

  globalSet(global: Global): void {
    this.#check?.pop("global.set", ["i32"]);
    this.code.byte(OP.globalSet);
    this.code.u32(global.index);
  }

  // Control flow

  #open(opcode: number, kind: string, results: readonly ValueType[] = []): Label {
    this.code.byte(opcode);
    const [result] = results;
    this.code.byte(result === undefined ? 0x40 : VALUE_TYPE_CODE[result]);
    this.#check?.enter(kind, results, results);
    this.#level++;
    return new Label(this.#level);
  }

  #close(label: Label): void {
    this.#check?.leave();
    this.code.byte(OP.end);
    label.level = 0;
    this.#level--;
  }

  /** A block; a branch to its label goes to its end. */
  block(body: (end: Label) => void): void {
    const label = this.#open(OP.block, "block");
    body(label);
    this.#close(label);
  }

  /** A loop; a branch to its label goes to its start. Without a branch it ends after one turn. */
  loop(body: (start: Label) => void): void {
    const label = this.#open(OP.loop, "loop");
    body(label);
    this.#close(label);
  }

  /** Pops an i32: runs `then` if it is not zero, otherwise `otherwise`. With a result, both arms push it. */
  if(then: (end: Label) => void, otherwise?: (end: Label) => void, results?: readonly [ValueType]): void {
    this.#check?.pop("if", ["i32"]);
    const label = this.#open(OP.if, "if", results);
    then(label);
    if (otherwise !== undefined) {
      this.#check?.switchArm();
      this.code.byte(OP.else);
      otherwise(label);
    } else if (results !== undefined) {
      throw new Error(`an if with a result in function "${this.name}" needs an else arm`);
    }
    this.#close(label);
  }

  #depth(label: Label): number {
    if (label.level === 0) throw new Error(`branch in function "${this.name}" to a label that has ended`);
    return this.#level - label.level;
  }

  br(label: Label): void {
    const depth = this.#depth(label);
    this.#check?.branch("br", depth);
    this.#check?.setUnreachable();
    this.code.byte(OP.br);
    this.code.u32(depth);
  }

  /** Pops an i32 and branches if it is not zero. */
  brIf(label: Label): void {
    const depth = this.#depth(label);
    this.#check?.pop("br_if", ["i32"]);
    this.#check?.branch("br_if", depth);
    this.code.byte(OP.brIf);
    this.code.u32(depth);
  }

  return(): void {
    this.#check?.pop("return", this.results);
    this.#check?.setUnreachable();
    this.code.byte(OP.return);
  }

  drop(): void {
    this.#check?.popAny("drop");
    this.code.byte(OP.drop);
  }

  /** Pops a, b and an i32; pushes a if the i32 is not zero, otherwise b. */
  select(): void {
    this.#check?.select();
    this.code.byte(OP.select);
  }

  call(target: FunctionRef): void {
    this.#check?.pop(`call of "${target.name}"`, target.params);
    this.#check?.push(target.results);
    this.code.byte(OP.call);
    this.code.u32(target.index);
  }

  // Counting loops

  /** Pushes a bound as i32. */
  bound(bound: Bound): void {
    if (typeof bound === "number") this.i32.const(bound);
    else if (typeof bound === "function") bound();
    else this.get(bound);
  }

  /**
   * `for (counter = from; counter < to; counter += step) body`, compared as signed integers. The code of `to` runs
   * at every turn, so it should be cheap. `counter` is at least `to` afterwards, unless left by a branch.
   * `body` gets the label that leaves the loop.
   */
  forRange(counter: Local, from: Bound, to: Bound, step: number, body: (exit: Label) => void): void {
    if (!(step > 0)) throw new Error(`forRange in function "${this.name}": step ${step} must be positive`);
    const isConstant = typeof from === "number" && typeof to === "number";
    if (isConstant && from >= to) {
      this.bound(from);
      this.set(counter);
      return;
    }
    this.bound(from);
    this.set(counter);
    this.block((exit) => {
      if (!isConstant) {
        this.get(counter);
        this.bound(to);
        this.i32.ge_s();
        this.brIf(exit);
      }
      this.loop((start) => {
        body(exit);
        this.get(counter);
        this.i32.const(step);
        this.i32.add();
        this.tee(counter);
        this.bound(to);
        this.i32.lt_s();
        this.brIf(start);
      });
    });
  }

  /** Ends the function and returns its entry of the code section: locals and instructions. */
  finish(): ByteWriter {
    if (this.#level !== 0) throw new Error(`function "${this.name}" is finished inside an open block`);
    if (!this.#finished) {
      this.#check?.leave();
      this.code.byte(OP.end);
      this.#finished = true;
    }
    const entry = new ByteWriter(this.code.length + 32);
    const runs: { count: number; type: ValueType }[] = [];
    for (const type of this.#declared) {
      const last = runs[runs.length - 1];
      if (last?.type === type) last.count++;
      else runs.push({ count: 1, type });
    }
    entry.u32(runs.length);
    for (const { count, type } of runs) {
      entry.u32(count);
      entry.byte(VALUE_TYPE_CODE[type]);
    }
    entry.append(this.code);
    return entry;
  }
}
