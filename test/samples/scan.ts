import { inputSlot, node } from "../../src/graph/build.js";
import type { Node, ScanResult } from "../../src/graph/types.js";
import { matmul } from "../../src/tensor/contraction.js";
import * as e from "../../src/tensor/elementwise.js";
import { gather } from "../../src/tensor/indexing.js";
import { slice } from "../../src/tensor/movement.js";
import { sum } from "../../src/tensor/reduction.js";
import { scan } from "../../src/tensor/scan.js";
import { float32, int32, type Sample, type SampleInput } from "./sample.js";

/** A loop over the sample's inputs: the first are carries, the next sequences, and the rest is captured. */
interface Loop {
  readonly name: string;
  readonly inputs: readonly SampleInput[];
  readonly carries: number;
  readonly sequences: number;
  /** Without sequences. */
  readonly length?: number;
  readonly reverse?: true;
  readonly step: (
    carries: readonly Node[],
    elements: readonly Node[],
    captured: readonly Node[],
  ) => { readonly next: readonly Node[]; readonly output?: Node };
  /** The same for `Scan` of make_operations.py: a lambda. */
  readonly torch: string;
  readonly results: readonly ("final" | "states" | "stack")[];
  readonly large?: true;
}

const hidden = (h: Node, x: Node, w: Node) => e.tanh(e.add(matmul(h, w), x));

const loops: readonly Loop[] = [
  {
    name: "running sum",
    inputs: [float32([3]), float32([4, 3])],
    carries: 1,
    sequences: 1,
    step: ([s], [x]) => ({ next: [e.add(s!, x!)], output: e.multiply(s!, x!) }),
    torch: "lambda s, x: ([s + x], [s * x])",
    results: ["final", "states", "stack"],
  },
  {
    name: "recurrent net",
    inputs: [float32([2, 3]), float32([4, 2, 3]), float32([3, 3])],
    carries: 1,
    sequences: 1,
    step: ([h], [x], [w]) => ({
      next: [hidden(h!, x!, w!)],
      output: sum(e.multiply(hidden(h!, x!, w!), h!), 1),
    }),
    torch: "lambda h, x: ([torch.tanh(h @ c + x)], [(torch.tanh(h @ c + x) * h).sum(1)])",
    results: ["final", "states", "stack"],
  },
  {
    name: "recurrent net",
    inputs: [float32([2, 3]), float32([4, 2, 3]), float32([3, 3])],
    carries: 1,
    sequences: 1,
    reverse: true,
    step: ([h], [x], [w]) => ({ next: [hidden(h!, x!, w!)], output: e.sin(hidden(h!, x!, w!)) }),
    torch: "lambda h, x: ([torch.tanh(h @ c + x)], [torch.sin(torch.tanh(h @ c + x))])",
    results: ["final", "states", "stack"],
  },
  {
    name: "gated net",
    inputs: [float32([2, 2]), float32([2, 2]), float32([3, 2, 8]), float32([2, 8])],
    carries: 2,
    sequences: 1,
    step: ([h, c], [x], [w]) => {
      const gates = e.add(matmul(h!, w!), x!);
      const gate = (n: number) => slice(gates, [0, 2 * n], [2, 2 * n + 2]);
      const cell = e.add(e.multiply(e.sigmoid(gate(1)), c!), e.multiply(e.sigmoid(gate(0)), e.tanh(gate(2))));
      return { next: [e.multiply(e.sigmoid(gate(3)), e.tanh(cell)), cell] };
    },
    torch:
      "lambda h, c, x: ([torch.lstm_cell(x, (h, c), torch.eye(8).double(), d.t())[n] for n in (0, 1)], [])",
    results: ["final", "states"],
  },
  {
    name: "many rows",
    inputs: [float32([17, 33]), float32([5, 17, 33]), float32([33, 33], [-0.2, 0.2])],
    carries: 1,
    sequences: 1,
    step: ([h], [x], [w]) => ({ next: [hidden(h!, x!, w!)], output: e.multiply(hidden(h!, x!, w!), h!) }),
    torch: "lambda h, x: ([torch.tanh(h @ c + x)], [torch.tanh(h @ c + x) * h])",
    results: ["final", "states", "stack"],
    large: true,
  },
  {
    name: "no steps",
    inputs: [float32([2]), float32([0, 2])],
    carries: 1,
    sequences: 1,
    step: ([s], [x]) => ({ next: [e.multiply(s!, x!)] }),
    torch: "lambda s, x: ([s * x], [s + x])",
    results: ["final", "states"],
  },
  {
    name: "one step",
    inputs: [float32([2]), float32([1, 2])],
    carries: 1,
    sequences: 1,
    step: ([s], [x]) => ({ next: [e.multiply(s!, x!)], output: e.add(s!, x!) }),
    torch: "lambda s, x: ([s * x], [s + x])",
    results: ["final", "states", "stack"],
  },
  {
    name: "exchange",
    inputs: [float32([2]), float32([2]), float32([5, 2])],
    carries: 2,
    sequences: 1,
    step: ([a, b], [x]) => ({ next: [b!, e.multiply(a!, x!)], output: e.subtract(a!, b!) }),
    torch: "lambda p, q, x: ([q, p * x], [p - q])",
    results: ["final", "states", "stack"],
  },
  {
    name: "repeated product",
    inputs: [float32([3]), float32([3, 3], [-0.7, 0.7])],
    carries: 1,
    sequences: 0,
    length: 5,
    step: ([v], _, [a]) => ({ next: [matmul(a!, v!)] }),
    torch: "lambda v: ([b @ v], [])",
    results: ["final", "states"],
  },
  {
    name: "two sequences and a table",
    inputs: [float32([2]), float32([4, 2]), int32([4], [0, 2]), float32([3, 2])],
    carries: 1,
    sequences: 2,
    step: ([s], [x, i], [table]) => {
      const row = gather(table!, i!);
      return { next: [e.add(e.multiply(s!, row), x!)], output: e.multiply(row, s!) };
    },
    torch: "lambda s, x, i: ([s * d[i.long()] + x], [d[i.long()] * s])",
    results: ["final", "states", "stack"],
  },
  {
    name: "loop in a loop",
    inputs: [float32([2]), float32([2, 3, 2]), float32([2])],
    carries: 1,
    sequences: 1,
    step: ([h], [rows], [w]) => {
      const [state, row] = [placeholder(h!), placeholder(h!)];
      const next = e.sin(e.add(e.multiply(state, w!), row));
      const inner = scan({
        length: 3,
        reverse: true,
        carries: [{ state, initial: h!, next }],
        sequences: [{ element: row, of: rows! }],
        outputs: [e.multiply(next, h!)],
      });
      return { next: [e.tanh(inner.finals[0]!)], output: inner.outputs[0]! };
    },
    torch:
      "lambda h, rows: (lambda inner: ([torch.tanh(inner.final[0])], [inner.stacks[0]]))" +
      "(Scan(lambda s, row: ([torch.sin(s * c + row)], [torch.sin(s * c + row) * h]), [h], [rows], reverse=True))",
    results: ["final", "states", "stack"],
  },
  {
    name: "hash",
    inputs: [int32([3]), int32([7, 3])],
    carries: 1,
    sequences: 1,
    step: ([s], [x]) => ({ next: [e.add(e.multiply(s!, 31), x!)], output: e.greater(s!, x!) }),
    torch: "lambda s, x: ([s * 31 + x], [s > x])",
    results: ["final", "states", "stack"],
  },
];

export const scanSamples: readonly Sample[] = loops.flatMap((loop) =>
  loop.results.map((kind): Sample => {
    const { name, inputs, reverse = false, large } = loop;
    const options = `${loop.length ? `, length=${loop.length}` : ""}${reverse ? ", reverse=True" : ""}`;
    const letters = [..."abcdefgh"];
    const carries = letters.splice(0, loop.carries).join(", ");
    const sequences = letters.splice(0, loop.sequences).join(", ");
    const field = kind === "stack" ? "stacks" : kind;
    return {
      name: `scan: ${kind} of ${name} ${inputs.map(({ shape }) => `[${shape}]`).join(" ")}${reverse ? " in reverse" : ""}`,
      inputs,
      build: (nodes) => build(loop, kind, nodes),
      differentiable: inputs[0]!.dtype === "float32" && !large,
      torch: `Scan(${loop.torch}, [${carries}], [${sequences}]${options}).${field}[0]`,
    };
  }),
);

function placeholder(like: Node): Node {
  return node("input", [], { slot: inputSlot("placeholder", like) });
}

/** The first carry's final value or states, or what the steps stack. */
function build(loop: Loop, kind: Loop["results"][number], nodes: readonly Node[]): Node {
  const [initials, rest] = [nodes.slice(0, loop.carries), nodes.slice(loop.carries)];
  const [sequences, captured] = [rest.slice(0, loop.sequences), rest.slice(loop.sequences)];
  const states = initials.map(placeholder);
  const elements = sequences.map(({ shape, dtype }) =>
    node("input", [], { slot: inputSlot("element", { shape: shape.slice(1), dtype }) }),
  );
  const { next, output } = loop.step(states, elements, captured);
  const { finals, outputs } = scan({
    length: loop.length ?? sequences[0]!.shape[0]!,
    reverse: loop.reverse ?? false,
    carries: initials.map((initial, i) => ({ state: states[i]!, initial, next: next[i]! })),
    sequences: sequences.map((of, i) => ({ element: elements[i]!, of })),
    outputs: output ? [output] : [],
  });
  if (kind === "stack") return outputs[0]!;
  const [final] = finals;
  if (kind === "final" || final?.op !== "scan") return final!;
  const result: ScanResult = { kind, carry: 0 };
  return node("scan", final.inputs, { ...final.attributes, result });
}
