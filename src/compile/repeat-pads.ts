import { BYTES_PER_ELEMENT } from "../shape/dtype.js";
import { sizeOf } from "../shape/shape.js";
import type {
  BufferId,
  ConvolutionKernelGradientKernel,
  Kernel,
  LoopKernel,
  Program,
  WinogradKernelGradientKernel,
} from "./kernel.js";

/** Bytes of an array at least, so that it is worth to be written twice: less fits into a cache. */
const LEAST_BYTES = 2 ** 20;

/**
 * A padded array that waits for the backward pass, while what it was made of waits too, is dropped and made again where it is
 * needed. It would take as much memory as the array itself, and to read it from there would cost as much as the copy does: what
 * has just been made is still in a cache.
 */
export function repeatPads(program: Program): Program {
  const { kernels, buffers } = program;
  const uses = new Map<BufferId, number[]>();
  const births = new Map<BufferId, number>();
  kernels.forEach((kernel, step) => {
    for (const id of kernel.reads) uses.set(id, [...(uses.get(id) ?? []), step]);
    for (const id of kernel.writes) if (!births.has(id)) births.set(id, step);
  });
  const worst = worstStep(program, births, uses);
  const results = new Set([...program.outputs, ...program.updates.map(({ buffer }) => buffer)]);

  const added: Program["buffers"][number][] = [];
  /** What is made again before a step, and read by it instead. */
  const before = new Map<
    number,
    { readonly pad: LoopKernel; readonly from: BufferId; readonly to: BufferId }
  >();
  kernels.forEach((kernel, step) => {
    if (step >= worst || !isPad(kernel)) return;
    const [padded, source] = [kernel.writes[0]!, kernel.reads[0]!];
    // Made for the forward pass, and wanted just once more.
    const [next, ...later] = (uses.get(padded) ?? []).filter((use) => use >= worst);
    if (next === undefined || next === worst || next === uses.get(padded)![0] || later.length > 0) return;
    const waits = buffers[source]!.leaf !== undefined || uses.get(source)!.at(-1)! >= next;
    if (!waits || !wantsOperand(kernels[next]!, padded) || results.has(padded)) return;
    if (sizeOf(buffers[padded]!.shape) * BYTES_PER_ELEMENT < LEAST_BYTES) return;
    const to = buffers.length + added.length;
    added.push(buffers[padded]!);
    before.set(next, { pad: writing(kernel, to), from: padded, to });
  });
  if (added.length === 0) return program;
  return {
    ...program,
    buffers: [...buffers, ...added],
    kernels: kernels.flatMap((kernel, step): Kernel[] => {
      const again = before.get(step);
      if (again === undefined || !wantsOperand(kernel, again.from)) return [kernel];
      const { pad, from, to } = again;
      const reads = kernel.reads.map((id) => (id === from ? to : id));
      return [pad, { ...kernel, input: { ...kernel.input, buffer: to }, reads }];
    }),
  };
}

function isPad(kernel: Kernel): kernel is LoopKernel {
  const { nodes, reads } = kernel;
  return kernel.kind === "loop" && nodes.length === 1 && nodes[0]!.op === "pad" && reads.length === 1;
}

/** Only kernel gradients want a padded operand of the forward pass again. */
function wantsOperand(
  kernel: Kernel,
  padded: BufferId,
): kernel is ConvolutionKernelGradientKernel | WinogradKernelGradientKernel {
  if (kernel.kind !== "convolutionKernelGradient" && kernel.kind !== "winogradKernelGradient") return false;
  const gradient = typeof kernel.gradient === "number" ? kernel.gradient : kernel.gradient.buffer;
  return kernel.input.buffer === padded && gradient !== padded;
}

/** A pad that writes another buffer. */
function writing(pad: LoopKernel, buffer: BufferId): LoopKernel {
  const nests = pad.nests.map((nest) => ({
    ...nest,
    stores: nest.stores.map((store) => ({ ...store, view: { ...store.view, buffer } })),
  }));
  return { ...pad, nests, writes: [buffer] };
}

/** The step at which most bytes are alive. */
function worstStep(
  { kernels, buffers }: Program,
  births: ReadonlyMap<BufferId, number>,
  uses: ReadonlyMap<BufferId, readonly number[]>,
): number {
  const change = new Array<number>(kernels.length + 1).fill(0);
  for (const [id, first] of births) {
    const { shape, leaf } = buffers[id]!;
    if (leaf !== undefined) continue;
    change[first]! += sizeOf(shape);
    change[Math.max(first, uses.get(id)?.at(-1) ?? 0) + 1]! -= sizeOf(shape);
  }
  let [alive, greatest, worst] = [0, 0, 0];
  change.forEach((by, step) => {
    alive += by;
    if (alive > greatest) [greatest, worst] = [alive, step];
  });
  return worst;
}
