import type { Bound, Local } from "../assembler/index.js";
import type { KernelContext } from "./context.js";

/** Named i32 locals. */
export function intLocals<Name extends string>(
  context: KernelContext,
  names: readonly Name[],
): Record<Name, Local> {
  return Object.fromEntries(names.map((name) => [name, context.f.local("i32")])) as Record<Name, Local>;
}

/** Adds `local * factor` to the i32 on the stack. */
export function addProduct(context: KernelContext, local: Local, factor: number): void {
  if (factor === 0) return;
  const { f } = context;
  f.get(local);
  f.i32.const(factor);
  f.i32.mul();
  f.i32.add();
}

/** quotient, remainder = value / by */
export function divide(
  context: KernelContext,
  value: Local,
  by: number | Local,
  quotient: Local,
  remainder: Local,
): void {
  const { f } = context;
  f.get(value);
  f.bound(by);
  f.i32.rem_u();
  f.get(value);
  f.bound(by);
  f.i32.div_u();
  f.set(quotient);
  f.set(remainder);
}

/** Pushes the lesser of two. */
export function pushLeast(context: KernelContext, a: Bound, b: Bound): void {
  const { f } = context;
  f.bound(a);
  f.bound(b);
  f.bound(a);
  f.bound(b);
  f.i32.lt_s();
  f.select();
}

/** Pushes where the share of a part begins (`more` = 0) or ends (1). */
export function pushShare(
  context: KernelContext,
  part: Local,
  parts: number,
  total: number,
  more: 0 | 1,
): void {
  const { f } = context;
  f.get(part);
  f.i32.const(more);
  f.i32.add();
  f.i64.extend_i32_u();
  f.i64.const(BigInt(total));
  f.i64.mul();
  f.i64.const(BigInt(parts));
  f.i64.div_u();
  f.i32.wrap_i64();
}
