import { nn, type Tensor } from "gradus";

/** What can follow the sums of a layer. */
export const activations = {
  tanh: nn.tanh,
  relu: nn.relu,
  leakyRelu: () => nn.leakyRelu(0.1),
  sigmoid: nn.sigmoid,
  elu: () => nn.elu(),
  gelu: () => nn.gelu(),
  softplus: nn.softplus,
} as const;

export type ActivationName = keyof typeof activations;

export interface LayerSpec {
  readonly units: number;
  readonly activation: ActivationName;
}

export interface Network {
  readonly model: nn.Module;
  /** All outputs, one for each hidden layer and that of the last. */
  outputs(x: Tensor): Tensor[];
}

/** Dense layers with these units and activations, and a last one without. */
export function network(
  inputs: number,
  hidden: readonly LayerSpec[],
  outputs: number,
  seed: number,
): Network {
  const blocks = [
    ...hidden.map(({ units, activation }) => nn.sequential([nn.dense(units), activations[activation]()])),
    nn.sequential([nn.dense(outputs)]),
  ];
  const model = nn.sequential(blocks);
  model.build([inputs], { seed });
  return {
    model,
    outputs(x) {
      const found: Tensor[] = [];
      model.forward(x, {
        onOutput: (_, output, module) => {
          if (blocks.some((block) => block === module)) found.push(output);
        },
      });
      return found;
    },
  };
}

/** The weights, which decay; biases do not. */
export const weightsOf = (model: nn.Module) => model.parameters().filter(({ shape }) => shape.length > 1);
