import { compile, type nn, optim, random, type Tensor, tensor, Variable } from "gradus";
import type { ExampleContext } from "gradus/example";

export interface ContrastiveOptions {
  readonly epochs: number;
  readonly learningRate: number;
  /** Samples go on from those of the step before, in as many chains as a batch has rows: persistent divergence. */
  readonly persistent?: boolean;
  readonly batchSize?: number;
  readonly label: string;
  readonly onEpoch?: (epoch: number) => Promise<void>;
}

/** Trains a built machine on rows `[count, inputs]` by contrastive divergence, with a rate that falls to zero. */
export async function learnContrastively(
  { seed, progress }: Pick<ExampleContext, "seed" | "progress">,
  machine: nn.Rbm,
  rows: Tensor,
  options: ContrastiveOptions,
): Promise<void> {
  const { epochs, learningRate, batchSize = 50, persistent = false, label } = options;
  const optimizer = optim.sgd(machine.parameters(), { learningRate, momentum: 0.5, weightDecay: 2e-4 });
  const chains = new Variable([batchSize, ...machine.inputShape], 0, { name: "chains", trainable: false });
  const step = compile((indices: Tensor) => {
    const batch = rows.gather(indices);
    const loss = machine.contrastiveDivergence(batch, persistent ? { chains } : {});
    optimizer.minimize(loss);
    return loss;
  });
  const perEpoch = Math.floor(rows.shape[0]! / batchSize);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = new random.RandomStream(seed, epoch).permutation(rows.shape[0]!);
    for (let i = 0; i < perEpoch; i++) {
      const done = epoch / epochs + i / perEpoch / epochs;
      optimizer.learningRate = learningRate * (1 - done);
      await step(tensor(order.subarray(i * batchSize, (i + 1) * batchSize))).item();
      progress(label, done);
    }
    await options.onEpoch?.(epoch + 1);
  }
}
