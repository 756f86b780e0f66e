import { arange, compile, concatenate, full, losses, nn, optim, random, scan, type Tensor } from "gradus";
import { defineExample, type ExampleContext } from "gradus/example";

/** What ends a sequence, and fills it up in front. */
const blank = 10;
const symbols = 11;

type Task = "reverse" | "copy";

const blanks = (count: number) => full([count, 1], blank, "int32");

/**
 * Random sequences of 1 to `longest` digits at the end of rows with blanks in front, `[count, room]`; and the answers, at the
 * beginning of rows that are one longer, with blanks behind.
 */
function draw(generator: random.Generator, task: Task, count: number, room: number, longest: number) {
  const place = arange(room);
  const digits = generator.bits([count, room], 24).remainder(10);
  const lengths = generator.bits([count, 1], 24).remainder(longest).add(1);
  const inside = place.greaterEqual(lengths.negate().add(room));
  const inputs = inside.where(digits, blank);
  const rows = arange(count).multiply(room).expandDimensions(1);
  const moved = rows.add(place).add(room).subtract(lengths);
  const copied = place.less(lengths).where(inputs.reshape([-1]).gather(moved), blank);
  const answers = concatenate([task === "reverse" ? inputs.flip(1) : copied, blanks(count)], 1);
  // One sequence in five, known by its sum, is kept for the test, whatever its length.
  const unseen = inside.where(digits, 0).sum(1).remainder(5).equal(0);
  // The digits of an answer and the blank that ends it count.
  return { inputs, answers, lengths, counts: arange(room + 1).lessEqual(lengths), unseen };
}

/** One LSTM reads a sequence into its state, and another one writes the answer from there. */
class Translator extends nn.Module {
  readonly kind = "translator";
  readonly digits = nn.embedding(symbols, 16);
  readonly encoder: nn.Lstm;
  readonly decoder: nn.Lstm;
  readonly output = nn.dense(symbols, { initializer: nn.init.xavierUniform });

  constructor(units: number) {
    super();
    this.encoder = nn.lstm(units);
    this.decoder = nn.lstm(units);
  }

  /** Digits `[N, T]` to logits `[N, T + 1, symbols]`. Each written symbol is read again, and the first is a blank. */
  protected override compute(inputs: Tensor): Tensor {
    const [count, length] = inputs.shape as [number, number];
    const { state } = this.encoder.run(this.digits.forward(inputs));
    const { outputs } = scan(
      ({ symbol, memory }) => {
        const { output, state: next } = this.decoder.step(this.digits.forward(symbol), memory);
        const logits = this.output.forward(output);
        return { carry: { symbol: logits.argmax(1), memory: next }, output: logits };
      },
      { symbol: full([count], blank, "int32"), memory: state },
      undefined,
      { length: length + 1 },
    );
    return outputs.permute([1, 0, 2]);
  }

  /** The same while it learns: the decoder reads what it should have written, not what it wrote. */
  guided(inputs: Tensor, answers: Tensor): Tensor {
    const { state } = this.encoder.run(this.digits.forward(inputs));
    const before = concatenate(
      [blanks(answers.shape[0]!), answers.slice([0, 0], [answers.shape[0]!, -1])],
      1,
    );
    const { output } = this.decoder.run(this.digits.forward(before), state);
    return this.output.forward(output);
  }
}

/** Teaches a task on sequences of 1 to `longest` digits; gives the losses on the way. */
async function learn(
  { seed, signal, progress }: Pick<ExampleContext, "seed" | "signal" | "progress">,
  model: Translator,
  task: Task,
  { room, longest, steps }: { room: number; longest: number; steps: number },
) {
  const optimizer = optim.adam(model.parameters(), { clipNorm: 1 });
  const rate = optim.schedules.cosine({ rate: 4e-3, steps });
  const generator = new random.Generator(seed, 1);
  const step = compile(() => {
    const { inputs, answers, counts, unseen } = draw(generator, task, 64, room, longest);
    const logits = model.guided(inputs, answers);
    const wanted = counts.and(unseen.not().expandDimensions(1)).where(answers, -1);
    const loss = losses.crossEntropy(logits.reshape([-1, symbols]), wanted.reshape([-1]), {
      ignoreIndex: -1,
    });
    optimizer.minimize(loss);
    return loss;
  });
  const curve = { label: task, x: [] as number[], y: [] as number[] };
  for (let i = 0; i < steps; i++) {
    optimizer.learningRate = rate(i);
    const loss = step();
    if (i % 20 !== 0) continue;
    signal.throwIfAborted();
    curve.x.push(i);
    curve.y.push(await loss.item());
    progress(task, i / steps);
  }
  return curve;
}

/** Lets the model write what it has never seen: of each length how many, and the share without a mistake. */
async function examine(model: Translator, task: Task, room: number, seed: number) {
  const generator = new random.Generator(seed, 2);
  const test = compile(() => {
    const { inputs, answers, lengths, counts, unseen } = draw(generator, task, 4000, room, room);
    const written = model.forward(inputs).argmax(2);
    const exact = written.equal(answers).or(counts.not()).cast("int32").min(1).cast("bool");
    const ofLength = lengths.equal(arange(room + 1)).and(unseen.expandDimensions(1));
    const total = (which: Tensor) => which.cast("float32").sum(0);
    return {
      inputs,
      written,
      lengths,
      number: total(ofLength),
      right: total(ofLength.and(exact.expandDimensions(1))),
    };
  });
  const { inputs, written, lengths, number, right } = test();
  const [count, exact] = [await number.data(), await right.data()];
  const rows = (await lengths.slice([0], [6]).data()).entries();
  const [read, answer] = [await inputs.data(), await written.data()];
  const shown = Array.from(rows, ([row, length]) => {
    const digits = read.slice((row + 1) * room - length, (row + 1) * room);
    const symbols = answer.slice(row * (room + 1), (row + 1) * (room + 1));
    const end = symbols.indexOf(blank);
    return `${digits.join(" ")}  ->  ${symbols.slice(0, end < 0 ? undefined : end).join(" ")}`;
  });
  return { shown, byLength: Array.from(count, (n, length) => ({ count: n, exact: exact[length]! / n })) };
}

export default defineExample({
  name: "reverse-sequence",
  topic: "Recurrent and recursive networks",
  rows: ["M40"],
  title: "one network reads digits, another writes them down backwards",
  claim:
    "Two recurrent networks turn sequences into sequences of any length: an encoder reads the whole input into its state, a fixed number " +
    "of values, and a decoder that starts from there writes the answer, symbol by symbol, until it says that it is done. Backwards is " +
    "easier than forwards, because what is to be written first has been read last.",

  async run({ quick, seed, say, table, chart, ...context }) {
    const [longest, units, steps] = quick ? [4, 64, 700] : [10, 128, 4000];
    const room = longest + 2;
    const attempt = async (task: Task) => {
      const model = new Translator(units);
      model.build([room], { seed });
      const curve = await learn({ seed, ...context }, model, task, { room, longest, steps });
      const test = await examine(model, task, room, seed);
      const trained = test.byLength.slice(1, longest + 1);
      const total = trained.reduce((sum, { count }) => sum + count, 0);
      const overall = trained.reduce((sum, { exact, count }) => sum + exact * count, 0) / total;
      return { curve, overall, ...test };
    };
    const [reverse, copy] = [await attempt("reverse"), await attempt("copy")];

    const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
    say(`What it reads, and what it writes:\n${reverse.shown.join("\n")}\n`);
    table(
      ["digits", "unseen sequences", "reversed exactly", "copied exactly"],
      Array.from({ length: room }, (_, i) => i + 1).map((length) => [
        length > longest ? `${length} (not in training)` : length,
        reverse.byLength[length]!.count,
        percent(reverse.byLength[length]!.exact),
        percent(copy.byLength[length]!.exact),
      ]),
    );
    await chart("learning", {
      title: "Learning to write sequences",
      x: { label: "step" },
      y: { label: "cross-entropy of a symbol", scale: "log" },
      series: [reverse.curve, copy.curve],
    });
    const beyond = reverse.byLength[longest + 1]!.exact;
    return {
      measured:
        `After ${steps} steps, ${percent(reverse.overall)} of unseen sequences of 1 to ${longest} digits are reversed without a mistake, ` +
        `${percent(reverse.byLength[longest]!.exact)} of the longest; ${percent(copy.overall)} are copied, and ` +
        `${percent(copy.byLength[longest]!.exact)} of the longest. Of ${longest + 1} digits, more than any sequence in training had, it ` +
        `reverses ${percent(beyond)}.`,
      values: {
        steps,
        longest,
        reverse: reverse.overall,
        copy: copy.overall,
        beyond,
        byLength: reverse.byLength.slice(1).map(({ exact }) => exact),
        loss: reverse.curve.y.at(-1)!,
      },
    };
  },
});
