/** Layers one after the other: how large their outputs are, and how much of the input a unit sees. */
export type ChainKind = "convolution" | "maximum" | "average";

export interface ChainLayer {
  readonly kind: ChainKind;
  readonly size: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
  /** A convolution's kernel: a preset's name; "" for pooling. */
  readonly preset: string;
}

export const mostLayers = 8;

/** What is known of a layer's output along one side. */
export interface Stage {
  readonly output: number;
  /** Inputs that a unit sees: `field += (size - 1) dilation jump`. */
  readonly field: number;
  /** Inputs between the fields of neighbouring units: `jump *= stride`. */
  readonly jump: number;
  /** First input that unit 0 sees; below 0 is padding. */
  readonly start: number;
}

/** Follows one side of the input through the layers. The first stage is the input itself. Source: Dumoulin and Visin 2016. */
export function stages(layers: readonly ChainLayer[], input: number): Stage[] {
  const all: Stage[] = [{ output: input, field: 1, jump: 1, start: 0 }];
  for (const { size, stride, padding, dilation } of layers) {
    const { output, field, jump, start } = all.at(-1) as Stage;
    const reach = (size - 1) * dilation;
    all.push({
      output: Math.floor((output + 2 * padding - reach - 1) / stride) + 1,
      field: field + reach * jump,
      jump: jump * stride,
      start: start - padding * jump,
    });
  }
  return all;
}

/**
 * What a unit of the last layer sees along one side: the indices at every stage, the input first, in order. Padding is not
 * seen. Dilation leaves gaps, which later layers may fill.
 */
export function seenBy(layers: readonly ChainLayer[], input: number, unit: number): number[][] {
  const outputs = stages(layers, input).map(({ output }) => output);
  const seen: number[][] = [[unit]];
  for (let i = layers.length - 1; i >= 0; i--) {
    const { size, stride, padding, dilation } = layers[i] as ChainLayer;
    const below = new Set<number>();
    for (const place of seen[0] as number[]) {
      for (let tap = 0; tap < size; tap++) below.add(place * stride + tap * dilation - padding);
    }
    const limit = outputs[i] as number;
    seen.unshift([...below].filter((at) => at >= 0 && at < limit).sort((a, b) => a - b));
  }
  return seen;
}

/** Layers whose outputs are weighted sums of their inputs are together one such layer. */
export const isLinear = (layers: readonly ChainLayer[]): boolean =>
  layers.every(({ kind }) => kind !== "maximum");

/** Weights of one channel. */
export const weightsOf = (layers: readonly ChainLayer[]): number =>
  layers.reduce((sum, { kind, size }) => sum + (kind === "convolution" ? size * size : 0), 0);

const letters: Readonly<Record<ChainKind, string>> = { convolution: "c", maximum: "m", average: "a" };

/** Layers split by `~`: kind, size, stride, padding, dilation, preset, split by `.`. */
export function writeChain(layers: readonly ChainLayer[]): string {
  return layers
    .map(({ kind, size, stride, padding, dilation, preset }) =>
      [letters[kind], size, stride, padding, dilation, preset].join("."),
    )
    .join("~");
}

/** What cannot be read is left out. */
export function readChain(text: string): ChainLayer[] {
  return text
    .split("~")
    .slice(0, mostLayers)
    .flatMap((one): ChainLayer[] => {
      const [letter, size, stride, padding, dilation, preset = ""] = one.split(".");
      const kind = (Object.keys(letters) as ChainKind[]).find((key) => letters[key] === letter);
      const inRange = (text: string | undefined, minimum: number, maximum: number) =>
        Number.isInteger(Number(text)) && Number(text) >= minimum && Number(text) <= maximum;
      const good =
        inRange(size, 1, 7) && inRange(stride, 1, 4) && inRange(padding, 0, 8) && inRange(dilation, 1, 8);
      if (kind === undefined || !good) return [];
      const [k, s, p, d] = [size, stride, padding, dilation].map(Number) as [number, number, number, number];
      return [
        { kind, size: k, stride: s, padding: p, dilation: d, preset: kind === "convolution" ? preset : "" },
      ];
    });
}

const convolution = (size: number, dilation = 1, stride = 1): ChainLayer => ({
  kind: "convolution",
  size,
  stride,
  padding: 0,
  dilation,
  preset: "box",
});

const pool = (kind: "maximum" | "average"): ChainLayer => ({
  kind,
  size: 2,
  stride: 2,
  padding: 0,
  dilation: 1,
  preset: "",
});

/** Chains to begin with. */
export const chains: readonly { readonly title: string; readonly layers: readonly ChainLayer[] }[] = [
  { title: "three 3 x 3", layers: [convolution(3), convolution(3), convolution(3)] },
  { title: "one 7 x 7", layers: [convolution(7)] },
  { title: "dilated 1, 2, 4, 8", layers: [1, 2, 4, 8].map((dilation) => convolution(3, dilation)) },
  {
    title: "convolve and pool, twice",
    layers: [convolution(3), pool("maximum"), convolution(3), pool("maximum")],
  },
  {
    title: "blur, then find edges",
    layers: [
      { ...convolution(5), preset: "gaussian" },
      { ...convolution(3), preset: "sobelX" },
    ],
  },
];
