import type { Examination, LayerExamination, ParameterExamination } from "../examination.js";
import { type Finding, figure, named } from "../finding.js";

/** How far the deviation of a layer's output may be from that of the first layer with weights, either way. */
export const watchedSignal = 1e2;
export const brokenSignal = 1e4;
/** How many times smaller or larger than at its largest the relative gradient of the first weights may be. */
export const watchedGradient = 1e3;
export const brokenGradient = 1e5;

/** With fewer layers with weights there is no depth for anything to fade in. */
const leastDepth = 3;

/**
 * Whether signals keep their size on the way through the network, and gradients on the way back.
 *
 * Sources: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010, section 4.2;
 * He et al., "Delving deep into rectifiers", 2015, section 2.2; Pascanu, Mikolov and Bengio, "On the difficulty of training
 * recurrent neural networks", 2013, section 2.
 */
export function signalRules(examination: Examination): readonly Finding[] {
  const weights = examination.parameters.filter(({ shape }) => shape.length >= 2);
  if (weights.length < leastDepth) return [];
  return [...forward(examination, weights), ...backward(examination, weights)];
}

/** Deviations of what layers with weights give, against the first's. */
function forward({ layers }: Examination, weights: readonly ParameterExamination[]): Finding[] {
  const owners = new Set(weights.map(({ layer }) => layer));
  const signals = layers.flatMap(({ path, standardDeviation }) =>
    owners.has(path) && standardDeviation !== null ? [{ path, deviation: standardDeviation }] : [],
  );
  const first = signals[0];
  if (first === undefined || first.deviation === 0 || signals.length < leastDepth) return [];
  // Behind a layer that is dead as a whole there is no signal, whatever the weights.
  if (layers.some(({ dead }) => dead === 1)) return [];
  const byDeviation = [...signals].sort((a, b) => a.deviation - b.deviation);
  const [least, most] = [byDeviation[0]!, byDeviation.at(-1)!];
  const shrinks = first.deviation > watchedSignal * least.deviation;
  const grows = most.deviation > watchedSignal * first.deviation;
  const told = ({ path, deviation }: { path: string; deviation: number }) =>
    `from ${figure(first.deviation)} behind ${named(first.path)} to ${figure(deviation)} behind ${named(path)}`;
  const remedy =
    "use an initializer that keeps it (heNormal for ReLU, xavierNormal for tanh), or normalize after each layer";
  if (shrinks) {
    const broken = first.deviation > brokenSignal * least.deviation;
    return [
      {
        severity: broken ? "bad" : "watch",
        layer: least.path,
        what: "fading signal",
        measured: least.deviation / first.deviation,
        advice: `The deviation of the signal falls ${told(least)}, so the output hardly depends on the input: the weights are too small; ${remedy}.`,
      },
    ];
  }
  if (grows) {
    const broken = most.deviation > brokenSignal * first.deviation;
    return [
      {
        severity: broken ? "bad" : "watch",
        layer: most.path,
        what: "exploding signal",
        measured: most.deviation / first.deviation,
        advice: `The deviation of the signal grows ${told(most)}: the weights are too large; ${remedy}.`,
      },
    ];
  }
  return [
    {
      severity: "good",
      layer: "",
      what: "signal size",
      measured: least.deviation / first.deviation,
      advice: `The deviation of the signal stays between ${figure(least.deviation)} and ${figure(most.deviation)} through ${signals.length} layers: the scale of the weights fits.`,
    },
  ];
}

/** Gradients by weights, each as a share of the weights' length, so that layers of all sizes compare. */
function backward({ layers }: Examination, weights: readonly ParameterExamination[]): Finding[] {
  const shares = weights.flatMap(({ name, layer, norm, gradientNorm }) =>
    norm === null || gradientNorm === null || norm === 0 ? [] : [{ name, layer, share: gradientNorm / norm }],
  );
  const [first, ...later] = shares;
  const last = shares.at(-1);
  // Without a gradient at the last layer there is none to vanish.
  if (first === undefined || last === undefined || shares.length < leastDepth || last.share === 0) return [];
  const most = later.reduce((a, b) => (b.share > a.share ? b : a));
  const told = (from: string) =>
    `The gradient of ${first.name} is ${figure(first.share)} of its length, that of ${from}`;
  if (most.share > watchedGradient * first.share) {
    return [
      {
        severity: most.share > brokenGradient * first.share ? "bad" : "watch",
        layer: first.layer,
        what: "vanishing gradient",
        measured: first.share / most.share,
        advice: `${told(most.name)} ${figure(most.share)}, so the first layers hardly learn; ${remedyFor(layers)}.`,
      },
    ];
  }
  if (first.share > watchedGradient * last.share) {
    return [
      {
        severity: first.share > brokenGradient * last.share ? "bad" : "watch",
        layer: first.layer,
        what: "exploding gradient",
        measured: first.share / last.share,
        advice: `${told(last.name)} ${figure(last.share)}, so it grows on its way back; clip gradients, start from smaller weights, or normalize after each layer.`,
      },
    ];
  }
  return [
    {
      severity: "good",
      layer: "",
      what: "gradient size",
      measured: first.share / most.share,
      advice: `${told(most.name)} ${figure(most.share)}: the first layers learn as the last ones do.`,
    },
  ];
}

/** What to do against vanishing gradients depends on what they pass through. */
function remedyFor(layers: readonly LayerExamination[]): string {
  const count = (kind: string) => layers.filter((layer) => layer.kind === kind).length;
  const sigmoids = count("sigmoid");
  if (sigmoids > 1) {
    return `each of the ${sigmoids} sigmoids multiplies it by at most 1/4, so use ReLU, batch normalization or residual connections`;
  }
  if (count("tanh") > 1) return "use xavierNormal weights, ReLU, batch normalization or residual connections";
  return "use an initializer such as heNormal, batch normalization or residual connections";
}
