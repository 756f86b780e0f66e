import { arange, compile, nn, optim, random, stack, type Tensor } from "gradus";
import { defineExample } from "gradus/example";

/** Length of a signal, and standard deviation of the noise. */
const length = 128;
const noise = 0.8;
const kinds = ["sine", "square", "sawtooth"];

/** Waves of random kind, period (16 to 64) and phase, clean and with noise, `[count, length]` each. */
function draw(generator: random.Generator, count: number) {
  const period = generator.uniform([count, 1]).multiply(48).add(16);
  const turns = arange(length)
    .cast("float32")
    .divide(period)
    .add(generator.uniform([count, 1]));
  const part = turns.subtract(turns.floor());
  const waves = [part.multiply(2 * Math.PI).sin(), part.less(0.5).where(1, -1), part.multiply(2).subtract(1)];
  const kind = generator.bits([count], 24).remainder(kinds.length);
  const clean = stack(waves)
    .reshape([-1, length])
    .gather(kind.multiply(count).add(arange(count)));
  return { kind, clean, noisy: clean.add(generator.normal([count, length]).multiply(noise)) };
}

/** The mean of each value and its neighbours, `width` in all; less at the ends. */
function movingAverage(x: Tensor, width: number): Tensor {
  return x
    .expandDimensions(1)
    .averagePool(width, { stride: 1, padding: Math.floor(width / 2), countIncludePad: false })
    .squeeze(1);
}

/** Root of the mean squared difference, for each signal. */
function errors(x: Tensor, clean: Tensor): Tensor {
  return x.subtract(clean).square().mean(1).sqrt();
}

/** Denoisers of signals `[N, length]`: a net on the sequence of their values. */
function denoiser(memory: nn.Module, seed: number) {
  const net = nn.sequential([memory, nn.dense(1, { initializer: nn.init.xavierUniform })]);
  net.build([length, 1], { seed });
  return { net, run: (x: Tensor) => net.forward(x.expandDimensions(2)).squeeze(2) };
}

export default defineExample({
  name: "denoise-signal",
  topic: "Recurrent and recursive networks",
  rows: ["M40"],
  title: "a recurrent net takes the noise off waves",
  claim:
    "A moving average takes noise off a signal, and blurs its edges: it treats all signals alike. A recurrent net that is trained to give " +
    "the clean signal from the noisy one learns what signals look like, and its state gathers in what phase of which wave it is. One that " +
    "runs in both directions knows what comes, too.",

  async run({ seed, quick, signal, progress, table, chart }) {
    const steps = quick ? 300 : 3000;
    const units = quick ? 32 : 64;
    const nets = {
      "GRU, from the past alone": denoiser(nn.gru(units), seed),
      "GRU in both directions": denoiser(
        nn.bidirectional(nn.gru(units), nn.gru(units, { reverse: true })),
        seed,
      ),
    };
    const curves = [];
    for (const [label, { net, run }] of Object.entries(nets)) {
      const optimizer = optim.adam(net.parameters(), { clipNorm: 1 });
      const rate = optim.schedules.cosine({ rate: 8e-3, steps });
      const generator = new random.Generator(seed, 1);
      const step = compile(() => {
        const { clean, noisy } = draw(generator, 32);
        const loss = run(noisy).subtract(clean).square().mean();
        optimizer.minimize(loss);
        return loss;
      });
      const curve = { label, x: [] as number[], y: [] as number[] };
      for (let i = 0; i < steps; i++) {
        optimizer.learningRate = rate(i);
        const loss = step();
        if (i % 10 !== 0) continue;
        signal.throwIfAborted();
        curve.x.push(i);
        curve.y.push(Math.sqrt(await loss.item()));
        progress(label, i / steps);
      }
      curves.push(curve);
    }

    // The moving average may choose its width on the test itself.
    const widths = Array.from({ length: 15 }, (_, i) => 2 * i + 3);
    const tests = new random.Generator(seed, 2);
    const compare = compile(() => {
      const { kind, clean, noisy } = draw(tests, 900);
      const outputs = Object.values(nets).map(({ run }) => run(noisy));
      const averages = stack(widths.map((width) => errors(movingAverage(noisy, width), clean).mean()));
      const all = stack([noisy, ...outputs].map((x) => errors(x, clean)));
      return { kind, clean, noisy, outputs, averages, all };
    });
    const { kind, clean, noisy, outputs, averages, all } = compare();
    const ofWidth = await averages.data();
    const width = widths[ofWidth.indexOf(Math.min(...ofWidth))]!;
    const averaged = movingAverage(noisy, width);
    const rows = stack([
      all.slice([0], [1]).squeeze(0),
      errors(averaged, clean),
      ...[1, 2].map((i) => all.slice([i], [i + 1]).squeeze(0)),
    ]);
    const mean = await rows.mean(1).data();
    const masks = kind.equal(arange(kinds.length).expandDimensions(1)).cast("float32");
    const byKind = await rows.matmul(masks.transpose()).divide(masks.sum(1)).data();

    const names = ["noisy signal", `moving average of ${width}, the best`, ...Object.keys(nets)];
    table(
      ["root mean squared error", ...kinds, "all"],
      names.map((name, i) => [
        name,
        ...kinds.map((_, k) => byKind[i * kinds.length + k]!.toFixed(3)),
        mean[i]!.toFixed(3),
      ]),
    );
    // The first square wave of the test.
    const square = (await kind.data()).indexOf(1);
    const signalOf = async (x: Tensor) => (await x.slice([square], [square + 1]).data()) as Float32Array;
    await chart("signal", {
      title: "A square wave, its noise taken off",
      x: { label: "time" },
      y: { label: "value" },
      series: [
        { label: "noisy", y: await signalOf(noisy), mark: "points" },
        { label: "clean", y: await signalOf(clean) },
        { label: `moving average of ${width}`, y: await signalOf(averaged) },
        { label: "GRU in both directions", y: await signalOf(outputs[1]!) },
      ],
    });
    await chart("learning", {
      title: "Learning to take noise off",
      x: { label: "step" },
      y: { label: "root mean squared error", scale: "log" },
      series: curves,
    });
    const [raw, average, past, both] = Array.from(mean) as [number, number, number, number];
    return {
      measured:
        `Noise of deviation ${noise} leaves waves with an error of ${raw.toFixed(3)}. The best moving average, of ${width} values, brings it down to ` +
        `${average.toFixed(3)}; a GRU that knows the past alone to ${past.toFixed(3)}, and one in both directions to ${both.toFixed(3)}, ` +
        `${(average / both).toFixed(1)} times less than the average.`,
      values: { steps, raw, average, width, past, both, byKind: Array.from(byKind) },
    };
  },
});
