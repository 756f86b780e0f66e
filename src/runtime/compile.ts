import type { Backend, Buffer, LoadOptions, ProgramStatistics } from "../backends/backend.js";
import type { KernelTiming } from "../compile/explain.js";
import { inputSlot, node } from "../graph/build.js";
import type { InputSlot, Node } from "../graph/types.js";
import type { TypedArray } from "../shape/dtype.js";
import { Tensor } from "../tensor/tensor.js";
import { device } from "./device.js";
import {
  buffersOf,
  dataOf,
  type Loaded,
  load,
  releaseWith,
  run,
  setResult,
  takeWaiting,
  unfinished,
} from "./execute.js";
import "./realize.js";
import { busy, enqueue } from "./queue.js";
import { entriesOf, rebuild, type Structure } from "./structure.js";
import { recordAssignments, waitingAssignments } from "./variable.js";

/** A function that only assigns variables returns nothing. */
export type Result = Structure | void;

export interface CompileOptions {
  /** For messages and profiles; the function's own name by default. */
  readonly name?: string;
  /**
   * Most bytes that the program's intermediates may take at once (`statistics().peakBytes`; arguments, variables and results are not
   * counted). What does not fit is dropped and computed again when it is needed, which takes time but changes no
   * bit. If the least is more than this, reading results fails with a RangeError that names it.
   */
  readonly memory?: number;
}

export interface Compiled<A extends readonly Tensor[], R extends Result> {
  (...args: A): R;
  /** What the compiler did with the function, as last used: passes, kernels, loops, memory. */
  explain(): string;
  /**
   * Runs the function for these arguments `runs` times (20 by default) on one thread, and times each of its kernels.
   * Variables are updated as by calls. Empty on backends without kernels.
   */
  profile(args: A, runs?: number): Promise<readonly KernelTiming[]>;
  /** Figures of the program last used; undefined before the first call has been compiled. */
  statistics(): ProgramStatistics | undefined;
}

/** One trace of a function, for one combination of argument types. */
interface Trace {
  readonly backend: Backend;
  readonly slots: readonly InputSlot[];
  readonly result: Result;
  readonly outputs: readonly Node[];
  readonly loading: Loaded | Promise<Loaded>;
  ready?: Loaded;
  readonly buffers: Map<InputSlot, { readonly buffer: Buffer; holds: TypedArray | undefined }>;
}

/**
 * Turns a function of tensors into one program. The function is called once for every combination of argument shapes
 * and dtypes, on placeholders, to see what it computes and which variables it assigns; after that, calls replay the
 * program. Anything else that the function does (printing, counting, drawing host-side random numbers) therefore
 * happens only while it is traced.
 */
export function compile<A extends readonly Tensor[], R extends Result>(
  fn: (...args: A) => R,
  options: CompileOptions = {},
): Compiled<A, R> {
  if (options.memory !== undefined && !(options.memory >= 0)) {
    throw new RangeError(`compile: memory is ${options.memory}; it must be a number of bytes`);
  }
  const name = options.name ?? (fn.name || "compiled function");
  const traces = new Map<string, Trace>();
  let last: Trace | undefined;

  const traceFor = (args: A): Trace => {
    const backend = device();
    const key = args.map((arg) => `${arg.dtype}[${arg.shape}]`).join(";");
    const known = traces.get(key);
    if (known?.backend === backend) return known;
    const trace = traceFunction(backend, name, fn, args, { memory: options.memory });
    traces.set(key, trace);
    return trace;
  };

  const call = (...args: A): R => {
    args.forEach((arg, index) => {
      if (!(arg instanceof Tensor))
        throw new TypeError(`${name}: argument ${index} is ${typeof arg}; compiled functions take tensors`);
    });
    const trace = traceFor(args);
    last = trace;
    const ready = args.map((arg) => readyData(arg));
    // The common case, a training loop that awaits each step, runs at once and without promises.
    if (
      trace.ready &&
      !busy() &&
      waitingAssignments().size === 0 &&
      ready.every((data) => data !== undefined)
    ) {
      const values = runTrace(trace, trace.ready, ready as TypedArray[]);
      return rebuild(trace.result, (index) => resultOf(trace.outputs[index]!, values[index]!)) as R;
    }
    const assigned = waitingAssignments().size > 0 ? takeWaiting([]) : undefined;
    const values = enqueue(async () => {
      if (assigned) {
        const loaded = await load(assigned);
        await Promise.all(unfinished(loaded.leaves));
        run(loaded);
      }
      trace.ready = await trace.loading;
      return runTrace(
        trace,
        trace.ready,
        await Promise.all(args.map((arg, index) => ready[index] ?? lateData(arg))),
      );
    });
    // Each reader sees a failure through its own promise; where there is nothing to read, it stays an unhandled rejection.
    if (trace.outputs.length === 0) void values.then(() => {});
    return rebuild(trace.result, (index) =>
      resultOf(
        trace.outputs[index]!,
        values.then((list) => list[index]!),
      ),
    ) as R;
  };

  const profile = (args: A, runs = 20): Promise<readonly KernelTiming[]> => {
    const trace = traceFor(args);
    return enqueue(async () => {
      const ready = await trace.loading;
      trace.ready = ready;
      const data = await Promise.all(args.map((arg) => readyData(arg) ?? lateData(arg)));
      return ready.executable.profile?.(bindArguments(trace, ready, data), runs) ?? [];
    });
  };

  return Object.assign(call, {
    profile,
    explain: () => last?.ready?.executable.explain() ?? `${name} has not run yet`,
    statistics: () => last?.ready?.executable.statistics,
  });
}

function traceFunction<A extends readonly Tensor[]>(
  backend: Backend,
  name: string,
  fn: (...args: A) => Result,
  args: A,
  options: LoadOptions,
): Trace {
  const slots = args.map((arg, index) => inputSlot(`argument ${index} of ${name}`, arg));
  const placeholders = slots.map((slot) => new Tensor(node("input", [], { slot })));
  const { result, assignments } = recordAssignments(() => fn(...(placeholders as readonly Tensor[] as A)));
  if (result instanceof Promise) {
    result.catch(() => {});
    throw new TypeError(
      `${name}: a compiled function must not be async; nothing runs while it is traced, so there is nothing to await`,
    );
  }
  const outputs = entriesOf(
    result,
    (type) =>
      `${name}: returned ${type}; a compiled function returns tensors, or arrays and objects of tensors`,
  ).map(([, tensor]) => tensor.node);
  const updates = [...assignments].map(([variable, value]) => ({ cell: variable.cell, value }));
  const trace: Trace = {
    backend,
    slots,
    result,
    outputs,
    loading: load({ outputs, updates }, options),
    buffers: new Map(),
  };
  if (!(trace.loading instanceof Promise)) trace.ready = trace.loading;
  // A failure belongs to the calls, which may look at it only when their turn comes.
  else trace.loading.catch(() => {});
  return trace;
}

/** Writes the arguments' data to their buffers; returns the buffers of all leaves. */
function bindArguments(trace: Trace, loaded: Loaded, data: readonly TypedArray[]): Buffer[] {
  trace.slots.forEach((slot, index) => {
    let argument = trace.buffers.get(slot);
    if (argument === undefined) {
      argument = { buffer: loaded.backend.allocate(slot), holds: undefined };
      trace.buffers.set(slot, argument);
      releaseWith(trace, argument.buffer);
    }
    // Programs only read their arguments and nobody changes a tensor's array, so that what was passed last time is still there.
    const values = data[index]!;
    if (argument.holds !== values) argument.buffer.write(values);
    argument.holds = values;
  });
  return buffersOf(loaded, (leaf) =>
    leaf.kind === "input" ? trace.buffers.get(leaf.slot)?.buffer : undefined,
  );
}

function runTrace(trace: Trace, loaded: Loaded, data: readonly TypedArray[]): TypedArray[] {
  return loaded.executable.run(bindArguments(trace, loaded, data));
}

/** The data of a tensor that is at hand; undefined when it must be computed or waited for. */
function readyData(tensor: Tensor): TypedArray | undefined {
  if (tensor.node.op !== "input") return undefined;
  const data = dataOf(tensor.node.attributes.slot);
  return data instanceof Promise ? undefined : data;
}

/** The data of a tensor that must be computed. Called from within the queue, so it must not queue up itself. */
async function lateData(tensor: Tensor): Promise<TypedArray> {
  if (tensor.node.op === "input") {
    const data = dataOf(tensor.node.attributes.slot);
    if (data !== undefined) return data;
  }
  const loaded = await load({ outputs: [tensor.node], updates: [] });
  await Promise.all(unfinished(loaded.leaves));
  return run(loaded)[0]!;
}

/** A tensor whose data is, or will be, a program's result. It is read through the runtime, not from the slot itself. */
function resultOf(output: Node, data: TypedArray | Promise<TypedArray>): Tensor {
  const slot = inputSlot("result", output);
  setResult(slot, data);
  return new Tensor(node("input", [], { slot }));
}
