import { z } from "zod";
import * as nn from "../nn/index.js";
import { define, given, oneOf } from "./definition.js";
import { nonNegative } from "./fields.js";

/** Initializers without options, written as their name. */
const plain = [
  "heNormal",
  "heUniform",
  "xavierNormal",
  "xavierUniform",
  "leCunNormal",
  "leCunUniform",
  "fanInUniform",
  "zeros",
  "ones",
] as const;

/** Initializers with options. */
const types = {
  normal: define(
    "normal",
    { mean: z.number().optional(), standardDeviation: nonNegative },
    ({ mean, standardDeviation }) => nn.init.normal(mean, standardDeviation),
  ),
  uniform: define("uniform", { low: z.number(), high: z.number() }, ({ low, high }) =>
    nn.init.uniform(low, high),
  ),
  constant: define("constant", { value: z.number() }, ({ value }) => nn.init.constant(value)),
  orthogonal: define("orthogonal", { gain: z.number().optional() }, ({ gain }) => nn.init.orthogonal(gain)),
};

const initializer = z.union([z.enum(plain), oneOf("initializer", types)]);

type InitializerRecipe = z.output<typeof initializer>;
type WithOptions = Exclude<InitializerRecipe, string>;

const makers: {
  readonly [T in WithOptions["type"]]: {
    readonly make: (written: Extract<WithOptions, { type: T }>) => nn.Initializer;
  };
} = types;

function makeWithOptions<T extends WithOptions["type"]>(
  written: Extract<WithOptions, { type: T }>,
): nn.Initializer {
  const { make } = makers[written.type as T];
  return make(written);
}

function makeInitializer(written: InitializerRecipe): nn.Initializer {
  return typeof written === "string" ? nn.init[written] : makeWithOptions(written);
}

/** The keys of layers that have weights. */
export const weightKeys = { bias: z.boolean().optional(), initializer: initializer.optional() };

/** What `weightKeys` mean to a layer. */
export function weightOptions({
  bias,
  initializer,
}: {
  bias?: boolean | undefined;
  initializer?: InitializerRecipe | undefined;
}) {
  return given({ bias, initializer: initializer && makeInitializer(initializer) });
}
