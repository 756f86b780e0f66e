import type { Backend, Buffer, Executable, LoadOptions } from "../backends/backend.js";
import { type Leaf, structureOf } from "../compile/structure.js";
import type { Computation } from "../graph/computation.js";
import type { InputSlot } from "../graph/types.js";
import type { TypedArray } from "../shape/dtype.js";
import { device } from "./device.js";
import { variableOf, waitingAssignments } from "./variable.js";

/** A computation that is ready to run on a device, with the things that it reads and writes. */
export interface Loaded {
  readonly backend: Backend;
  readonly executable: Executable;
  readonly leaves: readonly Leaf[];
}

/** Programs by structure, for each device: two models of one architecture share theirs. */
const programs = new WeakMap<Backend, Map<string, Executable | Promise<Executable>>>();
/** Enough for an interactive session; older programs make room. */
const PROGRAMS_KEPT = 256;

export function load(computation: Computation, options: LoadOptions = {}): Loaded | Promise<Loaded> {
  const backend = device();
  const { key: structure, leaves } = structureOf(computation);
  const key = options.memory === undefined ? structure : `${options.memory} bytes: ${structure}`;
  const known = programs.get(backend) ?? new Map<string, Executable | Promise<Executable>>();
  programs.set(backend, known);
  let executable = known.get(key);
  if (executable === undefined) {
    executable = backend.load(computation, options);
    if (executable instanceof Promise) {
      const loading = executable;
      loading.then(
        (ready) => known.set(key, ready),
        () => known.delete(key),
      );
    }
    const oldest = known.size >= PROGRAMS_KEPT ? known.keys().next().value : undefined;
    if (oldest !== undefined) known.delete(oldest);
    known.set(key, executable);
  }
  if (executable instanceof Promise)
    return executable.then((ready) => ({ backend, executable: ready, leaves }));
  return { backend, executable, leaves };
}

/** Where the data of slots without data of their own will be or is: results of compiled functions. */
const results = new WeakMap<InputSlot, TypedArray | Promise<TypedArray>>();

export function setResult(slot: InputSlot, data: TypedArray | Promise<TypedArray>): void {
  results.set(slot, data);
  if (data instanceof Promise) {
    data.then(
      (ready) => results.set(slot, ready),
      () => {},
    );
  }
}

/** The data of a slot, a promise of it, or undefined for the argument of a function being traced. */
export function dataOf(slot: InputSlot): TypedArray | Promise<TypedArray> | undefined {
  return slot.data ?? results.get(slot);
}

const uploads = new WeakMap<InputSlot, { backend: Backend; buffer: Buffer }>();
const owned = new FinalizationRegistry<Buffer>((buffer) => buffer.release());

/** Gives a buffer's memory back when its owner has been collected. */
export function releaseWith(owner: object, buffer: Buffer): void {
  owned.register(owner, buffer);
}

function upload(backend: Backend, slot: InputSlot): Buffer {
  const known = uploads.get(slot);
  if (known?.backend === backend) return known.buffer;
  const data = dataOf(slot);
  if (data === undefined || data instanceof Promise) {
    throw new Error(
      `${slot.name} has no data: it is an argument of a function that is traced and can only be read inside of it`,
    );
  }
  const buffer = backend.allocate(slot);
  buffer.write(data);
  uploads.set(slot, { backend, buffer });
  releaseWith(slot, buffer);
  return buffer;
}

const homes = new WeakMap<Buffer, Backend>();

function bufferOf(backend: Backend, leaf: Leaf): Buffer {
  if (leaf.kind === "input") return upload(backend, leaf.slot);
  return variableOf(leaf.cell).bufferOn(
    (variable) => {
      const buffer = backend.allocate(variable.cell);
      homes.set(buffer, backend);
      releaseWith(variable, buffer);
      return buffer;
    },
    (buffer) => homes.get(buffer) === backend,
  );
}

/** The buffers of all leaves; `bind` supplies those of leaves that are arguments. */
export function buffersOf(loaded: Loaded, bind?: (leaf: Leaf) => Buffer | undefined): Buffer[] {
  return loaded.leaves.map((leaf) => bind?.(leaf) ?? bufferOf(loaded.backend, leaf));
}

/** Runs a loaded program that has no arguments. */
export function run(loaded: Loaded): TypedArray[] {
  return loaded.executable.run(buffersOf(loaded));
}

/** Slots among `leaves` whose data is still being computed. */
export function unfinished(leaves: readonly Leaf[]): Promise<TypedArray>[] {
  return leaves.flatMap((leaf) => {
    const data = leaf.kind === "input" ? dataOf(leaf.slot) : undefined;
    return data instanceof Promise ? [data] : [];
  });
}

/** Takes the assignments made outside of any trace, as a computation that carries them out (and reads `outputs`). */
export function takeWaiting(outputs: Computation["outputs"]): Computation {
  const waiting = waitingAssignments();
  const updates = [...waiting].map(([variable, value]) => ({ cell: variable.cell, value }));
  waiting.clear();
  return { outputs, updates };
}
