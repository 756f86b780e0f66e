import { z } from "zod";
import type { Module } from "../../nn/module.js";
import { object, oneOf } from "../definition.js";
import { activations } from "./activations.js";
import { normalization } from "./normalization.js";
import { others } from "./others.js";
import { pooling } from "./pooling.js";
import { weighted } from "./weights.js";

/** Every layer without layers inside. */
const simple = { ...weighted, ...pooling, ...activations, ...normalization, ...others };

type SimpleLayer = z.output<(typeof simple)[keyof typeof simple]["schema"]>;

/** Layers, and what they are added to: their input, or what the layers of `shortcut` make of it. */
export interface ResidualRecipe {
  type: "residual";
  layers: LayerRecipe[];
  shortcut?: LayerRecipe[] | undefined;
}

export type LayerRecipe = SimpleLayer | ResidualRecipe;

const inner: z.ZodType<LayerRecipe[], LayerRecipe[]> = z.lazy(() => z.array(layer).min(1));

const residual = object({ type: z.literal("residual"), layers: inner, shortcut: inner.optional() });

export const layer = oneOf(
  "layer",
  { ...simple, residual: { schema: residual } },
  { softmax: "; the loss applies softmax to the last layer's output, so leave it out" },
);

const makers: {
  readonly [T in SimpleLayer["type"]]: {
    readonly make: (written: Extract<SimpleLayer, { type: T }>) => Module;
  };
} = simple;

/** @throws RangeError or ShapeError if options exclude each other */
export function makeLayer<T extends SimpleLayer["type"]>(written: Extract<SimpleLayer, { type: T }>): Module {
  const { make } = makers[written.type as T];
  return make(written);
}
