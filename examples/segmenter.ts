import { compile, concatenate, data, inspect, nn, optim, random, stack, type Tensor, tensor } from "gradus";
import { defineExample } from "gradus/example";
import { first, fit } from "./kit/fit.js";

const side = 28;
/** Distance of digits in a scene; each stands up to `jitter` pixels off its place. */
const cell = 32;
const jitter = 3;
const nothing = 10;
/** Pixels from one place of the sliding classifier to the next: it pools by 2 twice. */
const step = 4;

/** A large picture full of digits. */
interface Scene {
  readonly pixels: Uint8Array;
  readonly height: number;
  readonly width: number;
  /** Upper left corners of the digits' boxes. */
  readonly digits: readonly { readonly top: number; readonly left: number; readonly label: number }[];
  /** For each pixel, the class whose ink it is, or `nothing`. */
  readonly truth: Uint8Array;
}

/** All digits of a set, row by row. */
function scene(set: data.LabelledImages, columns: number, seed: number): Scene {
  const stream = new random.RandomStream(seed, 15);
  const rows = Math.ceil(set.count / columns);
  const [height, width] = [rows * cell + cell, columns * cell + cell];
  const pixels = new Uint8Array(height * width);
  const truth = new Uint8Array(height * width).fill(nothing);
  const off = () => stream.integer(2 * jitter + 1) - jitter;
  const digits = Array.from(set.labels, (label, i) => {
    const top = Math.floor(i / columns) * cell + cell / 2 + off();
    const left = (i % columns) * cell + cell / 2 + off();
    for (let at = 0; at < side * side; at++) {
      const ink = set.pixels[i * side * side + at]!;
      const place = (top + Math.floor(at / side)) * width + left + (at % side);
      pixels[place] = Math.max(pixels[place]!, ink);
      if (ink > 127) truth[place] = label;
    }
    return { top, left, label };
  });
  return { pixels, height, width, digits, truth };
}

/** Windows of a scene: on each digit, a little off its middle; and as many beside digits, which show nothing. */
function windows(from: Scene, seed: number): data.LabelledImages {
  const stream = new random.RandomStream(seed, 16);
  const near = () => stream.integer(2 * jitter + 1) - jitter;
  const far = () => (9 + stream.integer(8)) * (stream.integer(2) === 0 ? 1 : -1);
  const cuts = from.digits.flatMap(({ top, left, label }) => {
    const beside = stream.integer(2) === 0 ? [far(), near()] : [stream.integer(33) - 16, far()];
    return [
      { top: top + near(), left: left + near(), label },
      { top: top + beside[0]!, left: left + beside[1]!, label: nothing },
    ];
  });
  const inside = cuts.filter(
    ({ top, left }) => top >= 0 && left >= 0 && top + side <= from.height && left + side <= from.width,
  );
  const pixels = new Uint8Array(inside.length * side * side);
  for (const [i, { top, left }] of inside.entries()) {
    for (let y = 0; y < side; y++) {
      const start = (top + y) * from.width + left;
      pixels.set(from.pixels.subarray(start, start + side), (i * side + y) * side);
    }
  }
  return {
    name: "windows",
    pixels,
    labels: Uint8Array.from(inside, ({ label }) => label),
    count: inside.length,
    channels: 1,
    height: side,
    width: side,
    classes: [...data.digitClasses, "nothing"],
  };
}

/** Ten colours that differ, also in brightness; black for nothing. */
const palette = [
  [230, 25, 75],
  [60, 180, 75],
  [255, 225, 25],
  [67, 99, 216],
  [245, 130, 49],
  [66, 212, 244],
  [240, 50, 230],
  [188, 246, 12],
  [250, 190, 212],
  [170, 110, 40],
  [0, 0, 0],
] as const;

/** Classes as colours, as bright as `light` says (0 to 255). */
function paint(classes: ArrayLike<number>, light: ArrayLike<number>, width: number): data.PixelImage {
  const pixels = Uint8Array.from({ length: 3 * classes.length }, (_, i) => {
    const at = Math.floor(i / 3);
    return (palette[classes[at]!]![i % 3]! * light[at]!) / 255;
  });
  return { width, height: classes.length / width, channels: 3, data: pixels };
}

export default defineExample({
  name: "segmenter",
  topic: "Convolutional networks",
  rows: ["M15"],
  title: "a digit classifier slides over a large picture and says where is what",
  claim:
    "A convolution takes inputs of any size, and a dense layer is a convolution as large as its input. So a classifier that was " +
    "trained on small windows can be laid over a large picture as it is: it gives a class for every place, the same as if " +
    "each window had been cut out, at a fraction of the work, since windows share what they overlap in.",

  async run(context) {
    const { quick, seed } = context;
    const digits = await context.digits();
    const train = windows(scene(first(digits.train, quick ? 1500 : 8000), 40, seed), seed);
    const test = scene(first(digits.test, quick ? 40 : 200), quick ? 8 : 20, seed + 1);
    const model = nn.sequential([
      ...[nn.conv2d(12, 5), nn.relu(), nn.maxPool2d(2)],
      ...[nn.conv2d(24, 5), nn.relu(), nn.maxPool2d(2)],
      ...[nn.flatten(), nn.dense(64), nn.relu(), nn.dense(11)],
    ]);
    model.build([1, side, side], { seed });
    const sets = { train, test: windows(test, seed) };
    const optimizer = optim.adam(model.parameters(), { learningRate: 2e-3 });
    const { evaluation } = await fit(context, model, sets, { optimizer, epochs: quick ? 3 : 8 });

    const { height, width } = test;
    const values = Float32Array.from(test.pixels, (value) => value / 255 - 0.5);
    const picture = tensor(values, { shape: [1, 1, height, width] });
    const sliding = nn.toFullyConvolutional(model);
    const slide = compile((image: Tensor) => sliding.forward(image).softmax(1));
    const slid = await timed(async () => {
      const places = slide(picture);
      await places.data();
      return places;
    });
    const [, , rows, columns] = slid.value.shape as [number, number, number, number];

    // The same by cutting out each window, a row of places at a time.
    const classifyRow = compile((strip: Tensor) => {
      const cuts = Array.from({ length: columns }, (_, i) =>
        strip.slice([0, 0, 0, step * i], [1, 1, side, step * i + side]),
      );
      return model.forward(concatenate(cuts)).softmax(1);
    });
    const cropped = await timed(async () => {
      const results = [];
      for (let row = 0; row < rows; row++) {
        const strip = values.subarray(step * row * width, (step * row + side) * width);
        results.push(await classifyRow(tensor(strip, { shape: [1, 1, side, width] })).data());
      }
      return stack(results.map((result) => tensor(result, { shape: [columns, 11] })));
    });
    const expected = cropped.value.permute([2, 0, 1]).expandDimensions(0);
    const difference = await slid.value.subtract(expected).abs().max().item();

    // Every place votes for the class of the pixels around the middle of its window, where its digit would be.
    const segment = compile((places: Tensor) => {
      const votes = places.slice([0, 0], [1, nothing]).resize([step * rows, step * columns]);
      const before = side / 2 - step / 2;
      const around = [
        [0, 0],
        [0, 0],
        [before, height - step * rows - before],
        [before, width - step * columns - before],
      ] as const;
      return votes.pad(around).averagePool(21, { stride: 1, padding: 10 }).argmax(1);
    });
    const classes = await segment(slid.value).data();
    const placeClasses = await slid.value.argmax(1).data();

    const found = test.digits.filter(({ top, left, label }) => {
      const place = Math.round(top / step) * columns + Math.round(left / step);
      return placeClasses[place] === label;
    }).length;
    const ink = test.truth.reduce((count, label) => count + Number(label !== nothing), 0);
    const right = test.truth.reduce((count, label, at) => count + Number(label === classes[at]), 0);

    const map = inspect.enlarge(paint(placeClasses, new Uint8Array(rows * columns).fill(255), columns), step);
    const legend = data.digitClasses.map((name, label) => {
      const word = inspect.text(name, { scale: 3, ink: 255, paper: 0 });
      return paint(new Uint8Array(word.data.length).fill(label), word.data, word.width);
    });
    const grey: data.PixelImage = { width, height, channels: 1, data: test.pixels };
    const sheet = [
      grey,
      map,
      paint(classes, test.pixels, width),
      inspect.tile(legend, { columns: 10, background: 0 }),
    ];
    await context.picture(
      "segments",
      inspect.tile(sheet, { columns: 2, gap: 4, scale: quick ? 2 : 1, background: 0 }),
      "a scene; the class at each place of the classifier's window; the ink in the colour of its class",
    );

    const percent = (share: number) => (100 * share).toFixed(1);
    return {
      measured:
        `The classifier, right on ${percent(evaluation.accuracy)} percent of windows, slid over a picture of ${width}x${height} pixels to ` +
        `${rows * columns} places in ${slid.seconds.toFixed(2)} s; cutting out each window took ${cropped.seconds.toFixed(2)} s, ` +
        `${(cropped.seconds / slid.seconds).toFixed(1)} times as long, and gave the same to within ${difference.toExponential(1)}. At ` +
        `${found} of the ${test.digits.length} digits the nearest place has the right class, and of the pixels with ink ` +
        `${percent(right / ink)} percent have.`,
      values: {
        windowAccuracy: evaluation.accuracy,
        places: rows * columns,
        difference,
        time: { sliding: slid.seconds, cutting: cropped.seconds },
        digits: { count: test.digits.length, found },
        pixelAccuracy: right / ink,
      },
    };
  },
});

/** What a run takes when its program has been compiled: the second one. */
async function timed<T>(run: () => Promise<T>): Promise<{ value: T; seconds: number }> {
  await run();
  const start = performance.now();
  const value = await run();
  return { value, seconds: (performance.now() - start) / 1000 };
}
