import { grad, type optim, type Tensor } from "gradus";

/** The two players of a generative adversarial network. */
export interface Players {
  /** A batch of inventions, of the shape of the real ones. */
  readonly invent: () => Tensor;
  /** One logit an example, high where it looks real. */
  readonly judge: (examples: Tensor) => Tensor;
  readonly generator: optim.Optimizer;
  readonly discriminator: optim.Optimizer;
  /** Weight of the squared gradient of the judgement at real examples; 0 for none. */
  readonly penalty: number;
}

/**
 * One step of both players, to be compiled. The discriminator learns to tell real from invented, the generator to invent what the
 * discriminator takes for real:
 *
 *     discriminator: softplus(-D(real)) + softplus(D(invented)) + penalty / 2 |gradient of D at real|^2
 *     generator:     softplus(-D(invented)), the form that does not saturate
 *
 * Sources: Goodfellow et al., "Generative adversarial nets", 2014, section 3; for the penalty, Mescheder, Geiger and Nowozin, "Which
 * training methods for GANs do actually converge?", 2018, section 4.1.
 *
 * @returns the losses of the discriminator, without its penalty, and of the generator
 */
export function playRound(players: Players, real: Tensor): { discriminator: Tensor; generator: Tensor } {
  const { invent, judge, penalty } = players;
  const invented = invent();
  const ofReal = judge(real);
  const loss = ofReal.negate().softplus().mean().add(judge(invented.stopGradient()).softplus().mean());
  const generatorLoss = judge(invented).negate().softplus().mean();
  const [slope] = grad(ofReal.sum(), [real]);
  const steepness = slope.square().sum().divide(real.shape[0]!);
  players.generator.minimize(generatorLoss);
  players.discriminator.minimize(penalty > 0 ? loss.add(steepness.multiply(penalty / 2)) : loss);
  return { discriminator: loss, generator: generatorLoss };
}
