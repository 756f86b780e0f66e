import { BYTES_PER_ELEMENT } from "../shape/dtype.js";
import { sizeOf } from "../shape/shape.js";
import type { BufferId, Kernel, Program } from "./kernel.js";

/**
 * Orders the kernels so that little memory is alive at once: among the kernels whose operands are ready, the next is the
 * one that frees most and allocates least; the earliest of equals. Weight updates thereby run as soon as their
 * gradients exist, and gradients die young.
 */
export function schedule(program: Program): Program {
  const { kernels, buffers } = program;
  const bytes = (id: BufferId) =>
    buffers[id]!.leaf === undefined ? sizeOf(buffers[id]!.shape) * BYTES_PER_ELEMENT : 0;
  const results = new Set<BufferId>([...program.outputs, ...program.updates.map((update) => update.buffer)]);
  const readersLeft = new Map<BufferId, number>();
  const writer = new Map<BufferId, number>();
  kernels.forEach((kernel, index) => {
    for (const read of kernel.reads) readersLeft.set(read, (readersLeft.get(read) ?? 0) + 1);
    for (const write of kernel.writes) writer.set(write, index);
  });
  const waitingFor = kernels.map((kernel, index) => {
    const before = new Set<number>();
    for (const read of kernel.reads) {
      const from = writer.get(read);
      if (from !== undefined && from !== index) before.add(from);
    }
    return before.size;
  });
  const followers: number[][] = kernels.map(() => []);
  kernels.forEach((kernel, index) => {
    for (const from of new Set(kernel.reads.map((read) => writer.get(read)))) {
      if (from !== undefined && from !== index) followers[from]!.push(index);
    }
  });

  const cost = (kernel: Kernel): number => {
    let change = 0;
    for (const write of kernel.writes) change += bytes(write);
    for (const read of kernel.reads)
      if (readersLeft.get(read) === 1 && !results.has(read)) change -= bytes(read);
    return change;
  };
  const ready = kernels.flatMap((_, index) => (waitingFor[index] === 0 ? [index] : []));
  const order: Kernel[] = [];
  while (ready.length > 0) {
    let best = 0;
    let bestCost = Number.POSITIVE_INFINITY;
    ready.forEach((index, place) => {
      const change = cost(kernels[index]!);
      if (change < bestCost || (change === bestCost && index < ready[best]!)) {
        best = place;
        bestCost = change;
      }
    });
    const [index] = ready.splice(best, 1);
    const kernel = kernels[index!]!;
    order.push(kernel);
    for (const read of kernel.reads) readersLeft.set(read, readersLeft.get(read)! - 1);
    for (const follower of followers[index!]!) if (--waitingFor[follower]! === 0) ready.push(follower);
  }
  if (order.length !== kernels.length) throw new Error("schedule: kernels depend on each other in a circle");
  return { ...program, kernels: order };
}
