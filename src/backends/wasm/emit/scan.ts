import type { Kernel, ScanKernel } from "../../../compile/kernel.js";
import type { FunctionBuilder } from "../assembler/index.js";
import { type ProgramContext, withinLoop } from "./context.js";
import {
  type Access,
  emitCalls,
  type KernelFunction,
  type LoopFunctions,
  placeBarriers,
  placeRepeatedBarriers,
} from "./sequence.js";

/** Emits the functions of some kernels of a program, whose names start with `prefix`. */
export type EmitKernels = (
  kernels: readonly Kernel[],
  context: ProgramContext,
  prefix: string,
) => readonly KernelFunction[];

/**
 * A loop: every thread goes through its steps, and in each through the body's kernels, waiting for the others only where data
 * crosses between them. The number of the step is a global, which every thread has for itself.
 */
export function emitScan(
  kernel: ScanKernel,
  context: ProgramContext,
  f: FunctionBuilder,
  serial: boolean,
  emitKernels: EmitKernels,
): LoopFunctions {
  const { name } = f;
  const { length } = kernel;
  const { module, barrier } = context.shared;
  const counter = module.global(`step of ${name}`);
  const body = withinLoop(context, kernel, counter);
  const before = emitKernels(kernel.before, context, `${name}.before`);
  const step = emitKernels(kernel.step.program.kernels, body, `${name}.step`);
  const after = emitKernels(kernel.after, context, `${name}.after`);

  const wait = (): void => {
    // What thread 0 does alone, it does in order.
    if (serial || barrier === undefined) return;
    f.get(f.param(1));
    f.call(barrier);
  };
  const open: Access[] = [];
  const waits = placeRepeatedBarriers(step, open);
  const waitsAfter = placeBarriers(after, open);
  // Carries start in places of their own.
  emitCalls(f, before, [], wait);
  if (before.length > 0) wait();
  f.i32.const(0);
  f.globalSet(counter);
  f.loop((again) => {
    emitCalls(f, step, waits, wait);
    f.globalGet(counter);
    f.i32.const(1);
    f.i32.add();
    f.globalSet(counter);
    f.globalGet(counter);
    f.i32.const(length);
    f.i32.lt_s();
    f.brIf(again);
  });
  emitCalls(f, after, waitsAfter, wait);
  const count = (list: readonly boolean[]) => list.filter((waiting) => waiting).length;
  const barriers = serial ? 0 : Math.min(1, before.length) + length * count(waits) + count(waitsAfter);
  return { length, counter, before, step, after, barriers };
}
