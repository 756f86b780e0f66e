import { errorFunction } from "../../backends/reference/error-function.js";
import type { ActivationOptions } from "../../nn/activations.js";
import { applied, type Derivation, derived, slope, term } from "./derive.js";
import type { Factor, Term } from "./types.js";

/** An activation function: its TeX, given that of its argument, and its derivative's; the derivative may use `y = f(x)`. */
export interface Transfer {
  readonly tex: (x: string, options: ActivationOptions) => string;
  readonly slopeTex: (x: string, options: ActivationOptions) => string;
  readonly value: (x: number, options: ActivationOptions) => number;
  readonly slope: (x: number, y: number, options: ActivationOptions) => number;
}

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const normal = (x: number) => Math.exp(-(x * x) / 2) / Math.sqrt(2 * Math.PI);
const below = (x: number) => (1 + errorFunction(x * Math.SQRT1_2)) / 2;
const within = (x: number, low: number, high: number) => (x <= low ? low : x >= high ? high : x);

/** The inner function of the tanh form of gelu, and its derivative. */
const inner = (x: number) => Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);
const innerSlope = (x: number) => Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
const innerTex = (x: string) => `\\sqrt{2/\\pi}\\,(${x} + 0.044715\\,${x}^3)`;

const cases = (...rows: readonly (readonly [string, string])[]) =>
  `\\begin{cases}${rows.map(([what, when]) => `${what} & ${when}`).join(" \\\\ ")}\\end{cases}`;
const sides = (x: string, positive: string, otherwise: string) =>
  cases([positive, `\\text{if } ${x} > 0`], [otherwise, "\\text{otherwise}"]);
const between = (x: string, low: number, high: number, value: string) =>
  cases([value, `\\text{if } ${low} < ${x} < ${high}`], ["0", "\\text{otherwise}"]);

const hardTanh = (low: number, high: number): Transfer => ({
  tex: (x) => `\\min(\\max(${x}, ${low}), ${high})`,
  slopeTex: (x) => between(x, low, high, "1"),
  value: (x) => within(x, low, high),
  slope: (x) => (x > low && x < high ? 1 : 0),
});
const ofRange = ({ low = -1, high = 1 }: ActivationOptions) => hardTanh(low, high);

/** By the kind of `nn.Activation`. At kinks the derivative is the library's; see docs/nn.md. */
export const transfers: ReadonlyMap<string, Transfer> = new Map<string, Transfer>([
  ["identity", { tex: (x) => x, slopeTex: () => "1", value: (x) => x, slope: () => 1 }],
  [
    "step",
    {
      tex: (x) => sides(x, "1", "0"),
      slopeTex: () => "0",
      value: (x) => (x > 0 ? 1 : 0),
      slope: () => 0,
    },
  ],
  [
    "relu",
    {
      tex: (x) => `\\max(${x}, 0)`,
      slopeTex: (x) => sides(x, "1", "0"),
      value: (x) => (x <= 0 ? 0 : x),
      slope: (x) => (x > 0 ? 1 : 0),
    },
  ],
  ["relu6", hardTanh(0, 6)],
  [
    "leakyRelu",
    {
      tex: (x, { slope = 0 }) => sides(x, x, `${slope} \\cdot ${x}`),
      slopeTex: (x, { slope = 0 }) => sides(x, "1", `${slope}`),
      value: (x, { slope = 0 }) => (x > 0 ? x : slope * x),
      slope: (x, _, { slope = 0 }) => (x > 0 ? 1 : slope),
    },
  ],
  [
    "elu",
    {
      tex: (x, { alpha = 1 }) => sides(x, x, `${alpha}\\,(e^{${x}} - 1)`),
      slopeTex: (x, { alpha = 1 }) => sides(x, "1", `${alpha}\\,e^{${x}}`),
      value: (x, { alpha = 1 }) => (x > 0 ? x : alpha * Math.expm1(x)),
      slope: (x, _, { alpha = 1 }) => (x > 0 ? 1 : alpha * Math.exp(x)),
    },
  ],
  [
    "selu",
    {
      tex: (x) => `1.0507 \\cdot ${sides(x, x, `1.6733\\,(e^{${x}} - 1)`)}`,
      slopeTex: (x) => `1.0507 \\cdot ${sides(x, "1", `1.6733\\,e^{${x}}`)}`,
      value: (x) => SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Math.expm1(x)),
      slope: (x) => SELU_SCALE * (x > 0 ? 1 : SELU_ALPHA * Math.exp(x)),
    },
  ],
  [
    "sigmoid",
    {
      tex: (x) => `\\frac{1}{1 + e^{-${x}}}`,
      slopeTex: () => "y\\,(1 - y)",
      value: sigmoid,
      slope: (_, y) => y * (1 - y),
    },
  ],
  [
    "logSigmoid",
    {
      tex: (x) => `-\\log(1 + e^{-${x}})`,
      slopeTex: (x) => `\\frac{1}{1 + e^{${x}}}`,
      value: (x) => -softplus(-x),
      slope: (x) => sigmoid(-x),
    },
  ],
  [
    "tanh",
    {
      tex: (x) => `\\tanh(${x})`,
      slopeTex: () => "1 - y^2",
      value: Math.tanh,
      slope: (_, y) => 1 - y * y,
    },
  ],
  [
    "softsign",
    {
      tex: (x) => `\\frac{${x}}{1 + |${x}|}`,
      slopeTex: (x) => `\\frac{1}{(1 + |${x}|)^2}`,
      value: (x) => x / (1 + Math.abs(x)),
      slope: (x) => 1 / (1 + Math.abs(x)) ** 2,
    },
  ],
  [
    "softplus",
    {
      tex: (x) => `\\log(1 + e^{${x}})`,
      slopeTex: (x) => `\\frac{1}{1 + e^{-${x}}}`,
      value: softplus,
      slope: sigmoid,
    },
  ],
  [
    "silu",
    {
      tex: (x) => `\\frac{${x}}{1 + e^{-${x}}}`,
      slopeTex: (x) => `\\sigma(${x})\\,(1 + ${x}\\,(1 - \\sigma(${x})))`,
      value: (x) => x * sigmoid(x),
      slope: (x) => sigmoid(x) * (1 + x * sigmoid(-x)),
    },
  ],
  [
    "mish",
    {
      tex: (x) => `${x}\\,\\tanh(\\log(1 + e^{${x}}))`,
      slopeTex: (x) => `t + ${x}\\,(1 - t^2)\\,\\sigma(${x}),\\; t = \\tanh(\\log(1 + e^{${x}}))`,
      value: (x) => x * Math.tanh(softplus(x)),
      slope: (x) => {
        const t = Math.tanh(softplus(x));
        return t + x * (1 - t * t) * sigmoid(x);
      },
    },
  ],
  [
    "gelu",
    {
      tex: (x, { form }) =>
        form === "tanh"
          ? `\\frac{${x}}{2}\\,(1 + \\tanh(${innerTex(x)}))`
          : `\\frac{${x}}{2}\\,(1 + \\operatorname{erf}(${x} / \\sqrt 2))`,
      slopeTex: (x, { form }) =>
        form === "tanh"
          ? `\\frac{1 + t}{2} + \\frac{${x}}{2}(1 - t^2)\\,\\sqrt{2/\\pi}\\,(1 + 0.134145\\,${x}^2),\\; t = \\tanh(${innerTex(x)})`
          : `\\Phi(${x}) + ${x}\\,\\varphi(${x})`,
      value: (x, { form }) => (form === "tanh" ? (x / 2) * (1 + Math.tanh(inner(x))) : x * below(x)),
      slope: (x, _, { form }) => {
        if (form !== "tanh") return below(x) + x * normal(x);
        const t = Math.tanh(inner(x));
        return (1 + t) / 2 + (x / 2) * (1 - t * t) * innerSlope(x);
      },
    },
  ],
  [
    "hardTanh",
    {
      tex: (x, options) => ofRange(options).tex(x, options),
      slopeTex: (x, options) => ofRange(options).slopeTex(x, options),
      value: (x, options) => ofRange(options).value(x, options),
      slope: (x, y, options) => ofRange(options).slope(x, y, options),
    },
  ],
  [
    "hardSigmoid",
    {
      tex: (x) => `\\min(\\max(${x} + 3, 0), 6) / 6`,
      slopeTex: (x) => between(x, -3, 3, "1/6"),
      value: (x) => within(x + 3, 0, 6) / 6,
      slope: (x) => (x > -3 && x < 3 ? 1 / 6 : 0),
    },
  ],
  [
    "hardSwish",
    {
      tex: (x) => `${x} \\cdot \\min(\\max(${x} + 3, 0), 6) / 6`,
      slopeTex: (x) =>
        cases(
          ["0", `\\text{if } ${x} < -3`],
          ["1", `\\text{if } ${x} > 3`],
          [`${x}/3 + 1/2`, "\\text{between}"],
        ),
      value: (x) => (x * within(x + 3, 0, 6)) / 6,
      slope: (x) => (x < -3 ? 0 : x > 3 ? 1 : x / 3 + 1 / 2),
    },
  ],
]);

/** `y = f(x)` */
export function applyTransfer({ tex, value }: Transfer, options: ActivationOptions, x: Factor): Derivation {
  return applied(x, (argument) => tex(argument, options), value(x.value, options));
}

/** What comes back through `y = f(x)`. */
export function throughTransfer(
  name: string,
  transfer: Transfer,
  options: ActivationOptions,
  x: Factor,
  y: Factor,
  dy: Factor,
): Term[] {
  const derivative = derived("f'(x)", transfer.slope(x.value, y.value, options), [x, y]);
  return [term(`through ${name}`, [dy, derivative])];
}

/** The same as a formula. */
export const slopeThrough = ({ slopeTex }: Transfer, options: ActivationOptions): string =>
  `${slope("y")} \\cdot \\left(${slopeTex("x", options)}\\right)`;
