import { arange, compile, full, losses, nn, optim, random, scan, type Tensor, tensor } from "gradus";
import { defineExample } from "gradus/example";
import { isCorrect, write } from "./kit/grammar.js";

/** A text as numbers: the position of each character among all that occur. */
class Alphabet {
  readonly characters: string;

  constructor(text: string) {
    this.characters = [...new Set(text)].sort().join("");
  }

  encode(text: string): Tensor {
    return tensor(Int32Array.from(text, (character) => this.characters.indexOf(character)));
  }

  decode(numbers: Iterable<number>): string {
    return Array.from(numbers, (number) => this.characters[number]).join("");
  }
}

/** Says how likely each character is to come next. */
class CharacterModel extends nn.Module {
  readonly kind = "characterModel";
  readonly characters: nn.Embedding;
  readonly memory: nn.Gru;
  readonly output: nn.Dense;

  constructor(characters: number, units: number) {
    super();
    this.characters = nn.embedding(characters, 24);
    this.memory = nn.gru(units);
    this.output = nn.dense(characters, { initializer: nn.init.xavierUniform });
  }

  /** Characters `[N, T]` to logits of the next ones, `[N, T, characters]`. */
  protected override compute(characters: Tensor): Tensor {
    return this.output.forward(this.memory.forward(this.characters.forward(characters)));
  }

  /**
   * Writes on from `start`, a character for each of the `N` texts: each next one is drawn with its probability, as the greatest
   * of logits plus Gumbel noise, `-log(-log u)`.
   *
   * @param uniform `[T, N, characters]`, in [0, 1)
   */
  write(start: Tensor, uniform: Tensor): Tensor {
    const gumbel = uniform.add(1e-9).log().negate().log().negate();
    const { outputs } = scan(
      ({ character, state }, noise) => {
        const step = this.memory.step(this.characters.forward(character), state);
        const next = this.output.forward(step.output).add(noise).argmax(1);
        return { carry: { character: next, state: step.state }, output: next };
      },
      { character: start, state: this.memory.zeroState(start.size) },
      gumbel,
    );
    return outputs.transpose();
  }
}

/** Bits for each character of `test` that the last `order` characters tell, counted in `text`; one is added to each count. */
function bitsOfCounts(text: string, test: string, order: number, characters: number): number {
  const counts = new Map<string, number>();
  const count = (key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  for (let i = order; i < text.length; i++) {
    count(text.slice(i - order, i));
    count(text.slice(i - order, i + 1));
  }
  let bits = 0;
  for (let i = order; i < test.length; i++) {
    const before = counts.get(test.slice(i - order, i)) ?? 0;
    const both = counts.get(test.slice(i - order, i + 1)) ?? 0;
    bits -= Math.log2((both + 1 / characters) / (before + 1));
  }
  return bits / (test.length - order);
}

export default defineExample({
  name: "character-model",
  topic: "Recurrent and recursive networks",
  rows: ["M40"],
  title: "a recurrent net learns to write, letter by letter",
  claim:
    "A recurrent net that is only asked which character comes next learns words, and then what belongs together across many words, " +
    "since its state can carry that along as far as it is needed; counts of the last few characters cannot. Drawing from what it " +
    "expects, and giving it back what was drawn, it writes text of its own.",

  async run({ seed, quick, signal, progress, say, table, chart, file }) {
    const training = write(quick ? 60_000 : 200_000, seed);
    const test = write(8_000, seed + 1);
    const alphabet = new Alphabet(training.text);
    const characters = alphabet.characters.length;
    const units = quick ? 64 : 128;
    const steps = quick ? 350 : 2500;
    // So many characters in a row a training step looks at; it tells each one from all before it.
    const stretch = quick ? 64 : 128;
    const model = new CharacterModel(characters, units);
    model.build([stretch], { seed });

    // Bits for a character, of logits [N, T, characters] against the characters that came.
    const bits = (logits: Tensor, next: Tensor) =>
      losses.crossEntropy(logits.reshape([-1, characters]), next.reshape([-1])).divide(Math.LN2);
    const text = alphabet.encode(training.text);
    const positions = new random.Generator(seed, 1);
    const optimizer = optim.adam(model.parameters(), { clipNorm: 1 });
    const rate = optim.schedules.cosine({ rate: 8e-3, steps });
    const learn = compile(() => {
      const starts = positions.bits([32, 1], 30).remainder(text.size - stretch);
      const stretches = text.gather(starts.add(arange(stretch + 1)));
      const loss = bits(model.forward(stretches.slice([0, 0], [32, stretch])), stretches.slice([0, 1]));
      optimizer.minimize(loss);
      return loss;
    });
    // The unseen text as one long sequence.
    const unseen = alphabet.encode(test.text).expandDimensions(0);
    const measure = compile(() => bits(model.forward(unseen.slice([0, 0], [1, -1])), unseen.slice([0, 1])));
    const noise = new random.Generator(seed, 2);
    const sentences = 60;
    const generate = compile(() => {
      const start = full([sentences], alphabet.characters.indexOf("."), "int32");
      return model.write(start, noise.uniform([120, sentences, characters]));
    });
    /** What the model writes after a full stop, several times. */
    const writeTexts = async () => {
      const written = alphabet.decode(await generate().data());
      return Array.from({ length: sentences }, (_, i) => written.slice(i * 120, (i + 1) * 120).trim());
    };

    const before = await measure().item();
    const scribble = (await writeTexts())[0]!;
    const curve = { x: [0], y: [before] };
    for (let i = 0; i < steps; i++) {
      optimizer.learningRate = rate(i);
      const loss = learn();
      if ((i + 1) % 25 !== 0) continue;
      signal.throwIfAborted();
      curve.x.push(i + 1);
      curve.y.push(await loss.item());
      progress("learning to write", i / steps);
    }
    const after = await measure().item();

    const texts = await writeTexts();
    const first = texts.map((written) => written.slice(0, written.indexOf(".") + 1));
    const correct = first.filter(isCorrect);
    const known = new Set(training.text.split(/(?<=\.) /));
    const fresh = correct.filter((sentence) => !known.has(sentence));
    say(`Before it learnt:\n  ${scribble.slice(0, 72)}\nAfterwards:`);
    for (const sentence of first.slice(0, 8)) say(`  ${isCorrect(sentence) ? " " : "x"} ${sentence}`);
    say(`(x: not what the grammar allows)\n`);
    await file("written.txt", `${texts.join("\n")}\n`);

    const counted = [0, 1, 2, 3, 4].map((order) => bitsOfCounts(training.text, test.text, order, characters));
    const best = Math.min(...counted);
    table(
      ["what is known", "bits for a character"],
      [
        [`that there are ${characters} characters`, Math.log2(characters).toFixed(3)],
        ...counted.map((value, order) => [`counts of the last ${order + 1}`, value.toFixed(3)]),
        ["the net, before", before.toFixed(3)],
        ["the net, after", after.toFixed(3)],
        ["the grammar itself", test.bits.toFixed(3)],
      ],
    );
    await chart("learning", {
      title: "Learning to write",
      x: { label: "step" },
      y: { label: "bits for a character", scale: "log" },
      series: [
        { label: `GRU of ${units} units`, ...curve },
        { label: "counts of the last characters, the best order", x: [0, steps], y: [best, best] },
        { label: "the grammar itself", x: [0, steps], y: [test.bits, test.bits] },
      ],
    });
    return {
      measured:
        `In ${steps} steps the net goes from ${before.toFixed(2)} to ${after.toFixed(2)} bits for a character of unseen text. Counts of the ` +
        `last characters come to ${best.toFixed(2)} at best; the grammar that wrote the text takes ${test.bits.toFixed(2)}, and nothing can do ` +
        `with less. Of ${first.length} sentences that the net writes, ${correct.length} are correct, and ${fresh.length} of these are not in the ` +
        "text that it has read.",
      values: {
        steps,
        before,
        after,
        counts: best,
        grammar: test.bits,
        sentences: first.length,
        correct: correct.length,
        fresh: fresh.length,
      },
    };
  },
});
