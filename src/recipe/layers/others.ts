import { z } from "zod";
import * as nn from "../../nn/index.js";
import { define, given } from "../definition.js";
import { cellsPerAxis, share, size } from "../fields.js";

/** Noise, and layers that only move values. */
export const others = {
  flatten: define("flatten", {}, () => nn.flatten()),
  dropout: define("dropout", { rate: share }, ({ rate }) => nn.dropout(rate)),
  spatialDropout: define("spatialDropout", { rate: share }, ({ rate }) => nn.spatialDropout(rate)),
  gaussianDropout: define("gaussianDropout", { rate: share }, ({ rate }) => nn.gaussianDropout(rate)),
  pad: define(
    "pad",
    {
      padding: cellsPerAxis,
      filling: z.union([z.number(), z.enum(["reflect", "replicate", "circular"])]).optional(),
    },
    ({ padding, filling }) => nn.pad(padding, filling),
  ),
  upsample: define(
    "upsample",
    { factor: size, mode: z.enum(["nearest", "linear"]).optional(), alignCorners: z.boolean().optional() },
    ({ type, factor, ...options }) => nn.upsample(factor, given(options)),
  ),
};
