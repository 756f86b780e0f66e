// Types of the public surface, checked by `tsc --noEmit` alone: nothing here runs. Each `@ts-expect-error` is a mistake
// that the compiler must catch; if it does not, the comment itself becomes an error.

import {
  type Compiled,
  compile,
  data,
  grad,
  losses,
  nn,
  optim,
  random,
  scan,
  type Tensor,
  tensor,
  useDevice,
  Variable,
  valueAndGrad,
} from "../../src/index.js";

/** True only if the two types are the same, `any` told apart from everything else. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

declare function expectType<Expected>(): <Actual>(
  value: Actual,
  ...same: Same<Actual, Expected> extends true ? [] : [never]
) => void;

declare const digits: data.LabelledImages;

/** The example of the README. */
export async function example(): Promise<void> {
  const model = nn.sequential([
    nn.conv2d(8, 5, { padding: "same" }),
    nn.relu(),
    nn.maxPool2d(2),
    nn.conv2d(16, 5, { padding: "same" }),
    nn.relu(),
    nn.maxPool2d(3),
    nn.flatten(),
    nn.dense(10),
  ]);
  model.build([1, 24, 24], { seed: 1 });

  const optimizer = optim.adadelta(model.parameters(), { weightDecay: 1e-3 });

  const step = compile((images: Tensor, labels: Tensor) => {
    const loss = losses.crossEntropy(model.forward(images, { training: true }), labels);
    optimizer.minimize(loss);
    return loss;
  });

  for await (const { images, labels } of data.batches(digits, { size: 20, seed: 1 })) {
    const loss = await step(images, labels).item();
    expectType<number>()(loss);
  }
}

export async function tensors(): Promise<void> {
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);
  expectType<Tensor>()(x.add(1).multiply(x).sum());
  expectType<number>()(await x.sum().item());
  expectType<Float32Array | Int32Array>()(await x.data());
  expectType<"float32" | "int32" | "bool">()(x.dtype);
  tensor(new Float32Array(6), { shape: [2, 3], dtype: "float32" });

  // @ts-expect-error a text is no number
  x.add("1");
  // @ts-expect-error there is no such dtype
  tensor([1], { dtype: "float16" });
  // @ts-expect-error a text holds no numbers
  tensor("1, 2");
  // @ts-expect-error shapes do not change
  x.shape = [4];
  // @ts-expect-error nor do their sizes
  x.shape[0] = 4;
  // @ts-expect-error a tensor is read with await
  (await x.data()).toFixed();
  // @ts-expect-error the array must be awaited
  x.data()[0];
}

export function compiled(x: Tensor): void {
  const one = compile((a: Tensor) => a.exp());
  expectType<Compiled<[a: Tensor], Tensor>>()(one);
  expectType<Tensor>()(one(x));
  expectType<string>()(one.explain());

  const several = compile((a: Tensor, b: Tensor) => ({ sum: a.add(b), parts: [a, b] }));
  expectType<Tensor>()(several(x, x).sum);
  expectType<Tensor[]>()(several(x, x).parts);

  // @ts-expect-error an argument is missing
  several(x);
  // @ts-expect-error arguments are tensors
  one(1);
  // @ts-expect-error a compiled function takes tensors only
  compile((a: number) => tensor([a]));
  // @ts-expect-error and gives tensors only
  compile((a: Tensor) => a.toString());
  // @ts-expect-error nothing runs while it is traced, so there is nothing to await
  compile(async (a: Tensor) => a);
}

export function gradients(x: Tensor): void {
  expectType<[Tensor]>()(grad(x.square().sum(), [x]));
  expectType<[Tensor, Tensor]>()(valueAndGrad((a, b) => a.multiply(b).sum(), [x, x]).gradients);
  const list: readonly Tensor[] = [x];
  expectType<Tensor[]>()(grad(x.square().sum(), list));
  // @ts-expect-error with respect to what?
  grad(x.sum());
  // @ts-expect-error a number has no gradient
  grad(1, [x]);
}

export function variables(x: Tensor): void {
  const weight = new Variable([2, 3], 0, { name: "weight" });
  expectType<Tensor>()(weight.value);
  weight.assign(weight.value.add(x));
  // @ts-expect-error a variable is assigned a tensor
  weight.assign([1, 2, 3]);
  // @ts-expect-error its value is not set, but assigned
  weight.value = x;
}

export function layers(): void {
  nn.conv2d(8, [3, 5], { stride: 2, padding: "same", bias: false });
  // @ts-expect-error padding is "same", "valid" or numbers
  nn.conv2d(8, 3, { padding: "full" });
  // @ts-expect-error PyTorch's short names are not ours
  nn.conv2d(8, 3, { strides: 2 });
  // @ts-expect-error a kernel needs a size
  nn.conv2d(8);
  // @ts-expect-error a layer is made by its function
  nn.sequential(["relu"]);

  const model = nn.sequential([nn.dense(2)]);
  expectType<Variable[]>()(model.parameters());
  // @ts-expect-error the shape of one example is a list
  model.build(24);

  optim.sgd(model.parameters(), { learningRate: 0.1, momentum: 0.9, nesterov: true });
  // @ts-expect-error the name in full
  optim.adam(model.parameters(), { lr: 0.1 });
  // @ts-expect-error the parameters, not the model
  optim.adam(model, { learningRate: 0.1 });
}

/** A layer of one's own. */
export class Residual extends nn.Module {
  readonly kind = "residual";
  readonly convolution = nn.conv2d(16, 3, { padding: "same" });
  protected override compute(x: Tensor, options: nn.ForwardOptions): Tensor {
    return x.add(this.convolution.forward(x, options)).relu();
  }
}

export function devices(): void {
  useDevice({ backend: "wasm", threads: 2 });
  useDevice({ backend: "reference" });
  // @ts-expect-error no such backend
  useDevice({ backend: "cuda" });
}

export function randomness(): void {
  const generator = new random.Generator(1);
  expectType<Tensor>()(generator.normal([2, 3]));
  // @ts-expect-error all randomness flows from a seed
  new random.Generator();
}

export function loops(): void {
  const [start, rows] = [tensor([0, 0]), tensor([[1, 2]])];
  const plain = scan((sum, row) => ({ carry: sum.add(row), output: sum }), start, rows);
  expectType<Tensor>()(plain.carry);
  expectType<Tensor>()(plain.outputs);

  const lstm = scan(
    ({ h, c }, { x }) => ({ carry: { h: c.add(x), c: h }, output: [h, c] }),
    { h: start, c: start },
    { x: rows },
  );
  expectType<Tensor>()(lstm.carry.h);
  expectType<Tensor>()(lstm.outputs[1]);

  const list = scan(([a, b]) => ({ carry: [b, a] }), [start, start], undefined, { length: 3, reverse: true });
  expectType<Tensor>()(list.carry[1]);
  expectType<undefined>()(list.outputs);

  // @ts-expect-error the carry keeps its parts
  scan(({ h }) => ({ carry: { g: h } }), { h: start }, rows);
  // @ts-expect-error a body returns its carry
  scan((sum: Tensor, row: Tensor) => sum.add(row), start, rows);
  // @ts-expect-error numbers are no tensors
  scan((sum) => ({ carry: sum }), 0, rows);
  // @ts-expect-error there is no third state
  list.carry[2];

  const layer = nn.lstm(8, { returnSequences: false });
  expectType<nn.LstmState>()(layer.zeroState(2));
  expectType<Tensor>()(nn.gru(8).run(rows).state);
  // @ts-expect-error an LSTM's state has two parts
  layer.step(rows, start);
}
