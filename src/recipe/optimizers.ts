import { z } from "zod";
import * as optim from "../optim/index.js";
import type { Variable } from "../runtime/variable.js";
import { define, given, oneOf } from "./definition.js";
import { nonNegative, positive, share } from "./fields.js";

/** What all optimizers of recipes share besides their keys. */
type Common = Pick<optim.OptimizerOptions, "decays" | "clipNorm">;
type Parameters = readonly Variable[];

const decay = { weightDecay: nonNegative.optional() };
const rate = { learningRate: positive, ...decay };
/** Of optimizers that find their own step sizes. */
const optionalRate = { learningRate: positive.optional(), ...decay };
const epsilon = { epsilon: positive.optional() };
const moments = { beta1: share.optional(), beta2: share.optional(), ...epsilon };

const types = {
  sgd: define(
    "sgd",
    {
      ...rate,
      momentum: share.optional(),
      nesterov: z.boolean().optional(),
      dampening: z.number().min(0).max(1).optional(),
    },
    ({ type, ...options }, parameters: Parameters, common: Common) =>
      optim.sgd(parameters, { ...common, ...given(options) }),
  ),
  adadelta: define(
    "adadelta",
    { ...optionalRate, rho: share.optional(), ...epsilon },
    ({ type, ...options }, parameters: Parameters, common: Common) =>
      optim.adadelta(parameters, { ...common, ...given(options) }),
  ),
  adam: define(
    "adam",
    { ...rate, ...moments, amsgrad: z.boolean().optional() },
    ({ type, ...options }, parameters: Parameters, common: Common) =>
      optim.adam(parameters, { ...common, ...given(options) }),
  ),
  adamw: define(
    "adamw",
    { ...rate, ...moments, amsgrad: z.boolean().optional() },
    ({ type, ...options }, parameters: Parameters, common: Common) =>
      optim.adamW(parameters, { ...common, ...given(options) }),
  ),
  adamax: define(
    "adamax",
    { ...rate, ...moments },
    ({ type, ...options }, parameters: Parameters, common: Common) =>
      optim.adamax(parameters, { ...common, ...given(options) }),
  ),
  nadam: define(
    "nadam",
    { ...rate, ...moments, momentumDecay: nonNegative.optional() },
    ({ type, ...options }, parameters: Parameters, common: Common) =>
      optim.nAdam(parameters, { ...common, ...given(options) }),
  ),
  radam: define(
    "radam",
    { ...rate, ...moments },
    ({ type, ...options }, parameters: Parameters, common: Common) =>
      optim.rAdam(parameters, { ...common, ...given(options) }),
  ),
  rmsprop: define(
    "rmsprop",
    {
      ...rate,
      decay: share.optional(),
      ...epsilon,
      centered: z.boolean().optional(),
      momentum: share.optional(),
    },
    ({ type, ...options }, parameters: Parameters, common: Common) =>
      optim.rmsProp(parameters, { ...common, ...given(options) }),
  ),
  adagrad: define(
    "adagrad",
    {
      ...rate,
      initialAccumulator: nonNegative.optional(),
      ...epsilon,
      learningRateDecay: nonNegative.optional(),
    },
    ({ type, ...options }, parameters: Parameters, common: Common) =>
      optim.adagrad(parameters, { ...common, ...given(options) }),
  ),
  windowedAdagrad: define(
    "windowedAdagrad",
    { ...rate, rho: share.optional(), ...epsilon },
    ({ type, ...options }, parameters: Parameters, common: Common) =>
      optim.windowedAdagrad(parameters, { ...common, ...given(options) }),
  ),
  rprop: define(
    "rprop",
    {
      ...optionalRate,
      initialStep: positive.optional(),
      shrink: z.number().gt(0).lt(1).optional(),
      grow: z.number().gt(1).optional(),
      minimumStep: positive.optional(),
      maximumStep: positive.optional(),
    },
    ({ type, ...options }, parameters: Parameters, common: Common) =>
      optim.rprop(parameters, { ...common, ...given(options) }),
  ),
};

export const optimizer = oneOf("optimizer", types);

type OptimizerRecipe = z.output<typeof optimizer>;

const makers: {
  readonly [T in OptimizerRecipe["type"]]: {
    readonly make: (
      written: Extract<OptimizerRecipe, { type: T }>,
      parameters: Parameters,
      common: Common,
    ) => optim.Optimizer;
  };
} = types;

/** @throws RangeError if options exclude each other */
export function makeOptimizer<T extends OptimizerRecipe["type"]>(
  written: Extract<OptimizerRecipe, { type: T }>,
  parameters: Parameters,
  common: Common,
): optim.Optimizer {
  const { make } = makers[written.type as T];
  return make(written, parameters, common);
}
