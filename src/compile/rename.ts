import { mapAffine } from "./expression.js";
import type { Affine, BufferId, Epilogue, Expression, Nest, PlainKernel, View } from "./kernel.js";

/** The kernel with one buffer in place of another, among what it reads and what it writes; a loop has too many places. */
export function renameBuffer(kernel: PlainKernel, from: BufferId, to: BufferId): PlainKernel {
  const id = (buffer: BufferId) => (buffer === from ? to : buffer);
  const view = (of: View): View => (of.buffer === from ? { ...of, buffer: to } : of);
  const affine = <A extends Affine>(of: A): A =>
    "buffer" in of && of.buffer === from ? { ...of, buffer: to } : of;
  const expression = (of: Expression, known: Map<Expression, Expression>) => mapAffine(of, affine, known);
  const nest = (of: Nest): Nest => {
    const known = new Map<Expression, Expression>();
    return {
      ...of,
      reductions: of.reductions.map(({ op, value }) => ({ op, value: expression(value, known) })),
      stores: of.stores.map((store) => ({ view: view(store.view), value: expression(store.value, known) })),
    };
  };
  const epilogue = (of: Epilogue | undefined) =>
    of === undefined ? {} : { epilogue: { value: expression(of.value, new Map()) } };
  const lists = { reads: kernel.reads.map(id), writes: kernel.writes.map(id) };
  switch (kernel.kind) {
    case "loop":
      return { ...kernel, ...lists, nests: kernel.nests.map(nest) };
    case "matmul":
      return {
        ...kernel,
        ...lists,
        ...epilogue(kernel.epilogue),
        a: view(kernel.a),
        b: view(kernel.b),
        output: id(kernel.output),
      };
    case "convolution":
      return {
        ...kernel,
        ...lists,
        ...epilogue(kernel.epilogue),
        input: view(kernel.input),
        weights: view(kernel.weights),
        output: id(kernel.output),
      };
    case "winograd":
      return {
        ...kernel,
        ...lists,
        ...epilogue(kernel.epilogue),
        input: view(kernel.input),
        weights: id(kernel.weights),
        output: id(kernel.output),
      };
    case "convolutionKernelGradient":
      return {
        ...kernel,
        ...lists,
        input: view(kernel.input),
        gradient: id(kernel.gradient),
        output: id(kernel.output),
      };
    case "winogradKernelGradient":
      return {
        ...kernel,
        ...lists,
        input: view(kernel.input),
        gradient: view(kernel.gradient),
        output: id(kernel.output),
      };
    case "maxPool":
    case "maxPoolSelect":
    case "maxPoolGradient":
      return {
        ...kernel,
        ...lists,
        input: id(kernel.input),
        ...(kernel.second === undefined ? {} : { second: id(kernel.second) }),
        output: id(kernel.output),
      };
    case "gather":
      return {
        ...kernel,
        ...lists,
        table: id(kernel.table),
        indices: id(kernel.indices),
        output: id(kernel.output),
      };
    case "scatterAdd":
      return {
        ...kernel,
        ...lists,
        updates: id(kernel.updates),
        indices: id(kernel.indices),
        output: id(kernel.output),
      };
    case "cumulativeSum":
      return { ...kernel, ...lists, input: id(kernel.input), output: id(kernel.output) };
  }
}
