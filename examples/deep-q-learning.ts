import { compile, losses, nn, oneHot, optim, random, type Tensor, tensor } from "gradus";
import { defineExample } from "gradus/example";
import { Replay } from "./kit/replay.js";
import { actions, type Item, type Point, senseCount, World } from "./kit/world.js";
import { worldPicture } from "./kit/world-picture.js";

/** So many agents learn side by side, each in a world of its own; one network steers them all. */
const agents = 16;
/** A reward that comes a step later counts this much. */
const discount = 0.95;
/** Share of actions at random, in learning at last and in tests: it frees an agent that would turn to and fro for ever. */
const leastCuriosity = 0.05;
/** Steps of each agent in a test. */
const testSteps = 1000;

/** First of the worlds of a test, far from those of learning. */
const testSeed = 1e9;

const worldsOf = (seed: number) => Array.from({ length: agents }, (_, i) => new World(seed + i));

/** `[agents, senses]` */
function sensesOf(worlds: readonly World[]): Tensor {
  const all = new Float32Array(worlds.length * senseCount);
  for (const [i, world] of worlds.entries()) all.set(world.senses(), i * senseCount);
  return tensor(all, { shape: [worlds.length, senseCount] });
}

/** Chooses an action for each agent. */
type Policy = (senses: Tensor) => Promise<ArrayLike<number>>;

/** How agents fare in worlds that are new to them, on average, and a picture of one of them. */
async function test(policy: Policy, seed: number) {
  const worlds = worldsOf(seed);
  const path: Point[] = [];
  const meals: Item[] = [];
  const total = { reward: 0, food: 0, poison: 0, bumps: 0 };
  for (let step = 0; step < testSteps; step++) {
    const chosen = await policy(sensesOf(worlds));
    path.push(worlds[0]!.position);
    for (const [i, world] of worlds.entries()) {
      const { reward, eaten, bumped } = world.step(chosen[i]!);
      if (i === 0) meals.push(...eaten);
      total.reward += reward / agents;
      total.bumps += Number(bumped) / agents;
      for (const { kind } of eaten) total[kind] += 1 / agents;
    }
  }
  return { total, picture: worldPicture(worlds[0]!, path, meals) };
}

export default defineExample({
  name: "deep-q-learning",
  topic: "Reinforcement learning",
  rows: ["M42"],
  title: "an agent learns from reward alone to find food and to avoid poison and walls",
  claim:
    "Nobody tells the agent what to do: a network estimates, from what the agent sees, the rewards that each action will bring in the " +
    "long run, and is trained to agree with the reward that came and its own best estimate one step later. Learning from a memory " +
    "of transitions in random order, against a copy of the network that changes only now and then, makes that stable. After " +
    "enough experience the agent seeks food, goes round poison and no longer runs into walls.",

  async run({ quick, seed, progress, table, picture, chart }) {
    const network = () => {
      const layers = [nn.dense(64), nn.relu(), nn.dense(64), nn.relu(), nn.dense(actions.length)];
      const values = nn.sequential(layers);
      values.build([senseCount], { seed });
      return values;
    };
    const [values, target] = [network(), network()];
    const optimizer = optim.adam(values.parameters(), { learningRate: 1e-3 });
    const best = compile((senses: Tensor) => values.forward(senses).argmax(1));
    const learn = compile((before: Tensor, chosen: Tensor, rewards: Tensor, after: Tensor) => {
      const estimate = values.forward(before).multiply(oneHot(chosen, actions.length)).sum(1);
      const outlook = rewards.add(target.forward(after).max(1).multiply(discount));
      const loss = losses.huber(estimate, outlook.stopGradient());
      optimizer.minimize(loss);
      return loss;
    });
    const refreshTarget = compile(() => {
      for (const [i, copy] of target.parameters().entries()) copy.assign(values.parameters()[i]!.value);
    });

    const stream = new random.RandomStream(seed, 1);
    const anyAction = () => stream.integer(actions.length);
    /** The best actions by its estimates, but random ones in a share of cases. */
    const policy =
      (curiosity: number): Policy =>
      async (senses) =>
        Array.from(await best(senses).data(), (wise) => (stream.uniform() < curiosity ? anyAction() : wise));

    const replay = new Replay(50_000, senseCount);
    let worlds: World[] = [];
    const steps = quick ? 3000 : 12_000;
    const window = steps / 30;
    const rewards: number[] = [];
    let gained = 0;
    for (let step = 0; step < steps; step++) {
      if (step % 50 === 0) refreshTarget();
      if (step % 500 === 0) worlds = worldsOf(seed + agents * (step / 500));
      // From acting at random to acting as it seems best, and never quite.
      const curiosity = Math.max(leastCuriosity, 1 - (2 * step) / steps);
      optimizer.learningRate = 1e-3 * (1 - step / steps);
      const before = worlds.map((world) => world.senses());
      const chosen = await policy(curiosity)(sensesOf(worlds));
      for (const [i, world] of worlds.entries()) {
        const { reward } = world.step(chosen[i]!);
        replay.add(before[i]!, chosen[i]!, reward, world.senses());
        gained += reward / agents;
      }
      for (let i = 0; i < (quick ? 1 : 2) && replay.count >= 1000; i++) {
        const { before, actions, rewards, after } = replay.sample(128, stream);
        await learn(before, actions, rewards, after).item();
      }
      if ((step + 1) % window === 0) {
        rewards.push((1000 * gained) / window);
        gained = 0;
      }
      progress("learning", step / steps);
    }

    const { total: blind, picture: blindly } = await test(policy(1), testSeed);
    const { total: learnt, picture: wisely } = await test(policy(leastCuriosity), testSeed);
    await picture("random", blindly, "the way of an agent that acts at random; what it has eaten as rings");
    await picture("learnt", wisely, "the way of an agent that has learnt, in the same world");
    await chart("reward", {
      title: "Reward while learning, exploration included",
      x: { label: "steps of each agent" },
      y: { label: "reward in 1,000 steps" },
      series: [
        { label: "learning", x: rewards.map((_, i) => (i + 0.5) * window), y: rewards },
        { label: "at random", x: [0, steps], y: [blind.reward, blind.reward] },
      ],
    });
    const show = (value: number) => value.toFixed(1);
    table(
      [`in ${testSteps} steps`, "food", "poison", "walls hit", "reward"],
      [blind, learnt].map(({ food, poison, bumps, reward }, i) => [
        ["at random", "learnt"][i]!,
        ...[food, poison, bumps, reward].map(show),
      ]),
    );
    return {
      measured:
        `After ${steps * agents} steps of experience, agents in worlds that are new to them eat ${show(learnt.food)} pieces of food and ` +
        `${show(learnt.poison)} of poison in ${testSteps} steps, and run into walls ${show(learnt.bumps)} times. At random it is ` +
        `${show(blind.food)}, ${show(blind.poison)} and ${show(blind.bumps)}. The reward rises from ${show(blind.reward)} to ` +
        `${show(learnt.reward)}.`,
      values: { random: blind, learnt, rewards },
    };
  },
});
