/**
 * Turns the instruction tables into groups of typed methods: `f.f32x4.mul()`, `f.v128.load(16)`. A group's methods
 * are made once, on a prototype that all functions share; a group of a function only adds the place to emit to.
 */
import type { ByteWriter } from "./encoding.js";
import type { ImmediateArguments, ImmediateKind, OpcodeRow, OpcodeTable } from "./opcodes.js";
import { ATOMIC_TABLE, F32_TABLE, F64_TABLE, I32_TABLE, I64_TABLE, MEMORY_TABLE } from "./opcodes-scalar.js";
import {
  F32X4_TABLE,
  F64X2_TABLE,
  I8X16_TABLE,
  I32X4_TABLE,
  I64X2_TABLE,
  V128_TABLE,
} from "./opcodes-vector.js";

/** Every instruction that takes only operands and immediates, by group. */
export const OPCODES = {
  i32: I32_TABLE,
  i64: I64_TABLE,
  f32: F32_TABLE,
  f64: F64_TABLE,
  v128: V128_TABLE,
  i8x16: I8X16_TABLE,
  i32x4: I32X4_TABLE,
  i64x2: I64X2_TABLE,
  f32x4: F32X4_TABLE,
  f64x2: F64X2_TABLE,
  memory: MEMORY_TABLE,
  atomic: ATOMIC_TABLE,
} as const satisfies { readonly [group: string]: OpcodeTable };

export type GroupName = keyof typeof OPCODES;

/** Where instructions go. `begin` checks the operands and writes the opcode; the immediate follows. */
export interface InstructionSink {
  readonly code: ByteWriter;
  begin(row: OpcodeRow, name: string): void;
}

type Arguments<R> = R extends OpcodeRow<infer K> ? ImmediateArguments[K] : never;

/** The methods of one group. */
export type InstructionGroup<G extends GroupName> = {
  readonly [Name in keyof (typeof OPCODES)[G]]: (...immediate: Arguments<(typeof OPCODES)[G][Name]>) => void;
};

export type InstructionGroups = { readonly [G in GroupName]: InstructionGroup<G> };

function memoryImmediate(code: ByteWriter, row: OpcodeRow, name: string, offset = 0, align?: number): void {
  const logAlign = align === undefined ? row.size : Math.log2(align);
  if (!Number.isInteger(logAlign) || logAlign < 0 || logAlign > row.size) {
    throw new Error(`${name}: alignment ${align} is not a power of two of at most ${2 ** row.size} bytes`);
  }
  if (!Number.isInteger(offset) || offset < 0 || offset > 0xffffffff) {
    throw new Error(`${name}: offset ${offset} is not an unsigned 32-bit integer`);
  }
  code.u32(logAlign);
  code.u32(offset);
}

function laneImmediate(code: ByteWriter, name: string, lane: number, lanes: number): void {
  if (!Number.isInteger(lane) || lane < 0 || lane >= lanes) {
    throw new Error(`${name}: lane ${lane} is not in 0..${lanes - 1}`);
  }
  code.byte(lane);
}

function vectorImmediate<V>(
  name: string,
  values: readonly V[],
  lanes: number,
  write: (value: V) => void,
): void {
  if (values.length !== lanes && values.length !== 1) {
    throw new Error(`${name}: ${values.length} values given, ${lanes} lanes (or one value for all) needed`);
  }
  for (let lane = 0; lane < lanes; lane++) {
    const value = values[values.length === 1 ? 0 : lane];
    if (value !== undefined) write(value);
  }
}

function shuffleImmediate(code: ByteWriter, name: string, lanes: ArrayLike<number>): void {
  if (lanes.length !== 16) throw new Error(`${name}: ${lanes.length} lanes given, 16 needed`);
  for (let index = 0; index < 16; index++) laneImmediate(code, name, lanes[index] ?? Number.NaN, 32);
}

/** Writes the immediate of each kind: the one place that knows their encoding. */
const WRITE_IMMEDIATE: {
  readonly [K in ImmediateKind]: (
    code: ByteWriter,
    row: OpcodeRow,
    name: string,
    ...immediate: ImmediateArguments[K]
  ) => void;
} = {
  none: () => {},
  memory: memoryImmediate,
  memoryLane: (code, row, name, lane, offset, align) => {
    memoryImmediate(code, row, name, offset, align);
    laneImmediate(code, name, lane, 16 >> row.size);
  },
  lane: (code, row, name, lane) => laneImmediate(code, name, lane, row.size),
  i32: (code, _row, _name, value) => code.s32(value),
  i64: (code, _row, _name, value) => code.s64(BigInt(value)),
  f32: (code, _row, _name, value) => code.f32(value),
  f64: (code, _row, _name, value) => code.f64(value),
  shuffle: (code, _row, name, lanes) => shuffleImmediate(code, name, lanes),
  i32x4: (code, _row, name, ...values) => vectorImmediate(name, values, 4, (value) => code.fixed32(value)),
  i64x2: (code, _row, name, ...values) =>
    vectorImmediate(name, values, 2, (value) => code.fixed64(BigInt(value))),
  f32x4: (code, _row, name, ...values) => vectorImmediate(name, values, 4, (value) => code.f32(value)),
  f64x2: (code, _row, name, ...values) => vectorImmediate(name, values, 2, (value) => code.f64(value)),
  zeros: (code, row) => {
    for (let index = 0; index < row.size; index++) code.byte(0);
  },
};

interface GroupThis {
  readonly sink: InstructionSink;
}

/** One method. Instructions without immediate and plain memory accesses are by far the most frequent. */
function method<K extends ImmediateKind>(row: OpcodeRow<K>, name: string) {
  if (row.immediate === "none") {
    return function (this: GroupThis): void {
      this.sink.begin(row, name);
    };
  }
  const write = WRITE_IMMEDIATE[row.immediate];
  return function (this: GroupThis, ...immediate: ImmediateArguments[K]): void {
    this.sink.begin(row, name);
    write(this.sink.code, row, name, ...immediate);
  };
}

function prototypeOf(group: GroupName): object {
  const methods: { [name: string]: unknown } = {};
  for (const [name, row] of Object.entries<OpcodeRow>(OPCODES[group]))
    methods[name] = method(row, `${group}.${name}`);
  return methods;
}

const GROUP_NAMES = Object.keys(OPCODES) as GroupName[];
const PROTOTYPES = new Map(GROUP_NAMES.map((group) => [group, prototypeOf(group)]));

/** The methods of a group, emitting to `sink`. */
export function instructionGroup<G extends GroupName>(group: G, sink: InstructionSink): InstructionGroup<G> {
  return Object.create(PROTOTYPES.get(group) ?? null, { sink: { value: sink } });
}
